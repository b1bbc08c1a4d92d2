-- What the student wrote where its letters are not those of the bank.
ALTER TABLE items ADD COLUMN said TEXT NOT NULL DEFAULT '';

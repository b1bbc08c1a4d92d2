-- What waits for a person is looked for often, and rare among all items.
CREATE INDEX waiting_items ON items (submission) WHERE earned IS NULL;
-- The history of one student.
CREATE INDEX changes_of ON changes (student);
CREATE INDEX submissions_of ON submissions (student, notebook);

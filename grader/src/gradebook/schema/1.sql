-- What is in the course. A task that is taken out of its notebook loses its
-- position and stays: earlier results, marks and changes refer to it.
CREATE TABLE notebooks (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE tasks (
    id       INTEGER PRIMARY KEY,
    notebook INTEGER NOT NULL REFERENCES notebooks,
    name     TEXT NOT NULL,
    position INTEGER,
    kind     TEXT NOT NULL,
    title    TEXT NOT NULL,
    prompt   TEXT NOT NULL,
    possible REAL NOT NULL,
    options  TEXT NOT NULL, -- JSON: [[letter, text], ..]
    UNIQUE (notebook, name)
) STRICT;

CREATE TABLE students (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Each grading of a file, in the order in which they came. The one that counts
-- is current, and only that one has items.
CREATE TABLE submissions (
    id        INTEGER PRIMARY KEY,
    student   INTEGER NOT NULL REFERENCES students,
    notebook  INTEGER NOT NULL REFERENCES notebooks,
    current   INTEGER NOT NULL CHECK (current IN (0, 1)),
    digest    TEXT NOT NULL,
    rules     TEXT NOT NULL,
    submitted TEXT, -- times are RFC 3339 in UTC
    graded    TEXT NOT NULL,
    problem   TEXT,
    remarks   TEXT NOT NULL, -- JSON: [sentence, ..]
    share     REAL NOT NULL,
    late      INTEGER NOT NULL,
    seconds   REAL NOT NULL
) STRICT;

CREATE UNIQUE INDEX current_submission ON submissions (student, notebook) WHERE current;

CREATE TABLE items (
    id         INTEGER PRIMARY KEY,
    submission INTEGER NOT NULL REFERENCES submissions,
    task       INTEGER NOT NULL REFERENCES tasks,
    earned     REAL, -- NULL: for a person to mark
    verdict    TEXT NOT NULL,
    answer     TEXT NOT NULL,
    words      TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    UNIQUE (submission, task)
) STRICT;

-- What persons gave and said, with the answer for which they did.
CREATE TABLE marks (
    id      INTEGER PRIMARY KEY,
    student INTEGER NOT NULL REFERENCES students,
    task    INTEGER NOT NULL REFERENCES tasks,
    points  REAL, -- NULL: a comment alone
    comment TEXT NOT NULL,
    answer  TEXT NOT NULL,
    marked  TEXT NOT NULL,
    UNIQUE (student, task)
) STRICT;

-- What became of points, never changed afterwards.
CREATE TABLE changes (
    id          INTEGER PRIMARY KEY,
    at          TEXT NOT NULL,
    student     INTEGER NOT NULL REFERENCES students,
    task        INTEGER NOT NULL REFERENCES tasks,
    why         TEXT NOT NULL,
    old_points  REAL,
    new_points  REAL,
    old_verdict TEXT,
    new_verdict TEXT,
    comment     TEXT NOT NULL
) STRICT;

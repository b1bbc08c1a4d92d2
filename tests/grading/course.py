"""A short course, and what students hand in for it."""

import copy
import json
from pathlib import Path

EXERCISES = '''section = "attack"

[[question]]
id = "attack-1"
kind = "choice"
prompt = "Which one?"
answer = "B"
feedback = "later"
explanation = "KEY-EXPLANATION"
reference = "Nobody, Nothing (2026)"
[question.options.A]
text = "one"
hint = "Not that one."
[question.options.B]
text = "two"
[question.options.C]
text = "three"
hint = "Not that one either."

[[exercise]]
id = "attack-double"
title = "Twice as much"
points = 4

[[exercise]]
id = "attack-triple"
title = "Three times as much"
points = 3
'''

GIVEN = "fn shop() -> u64 {\n    7\n}"

DOUBLE = """fn double(x: u64) -> u64 {
    // BEGIN SOLUTION
    // STUB: todo!("double it")
    x * 2
    // END SOLUTION
}"""

DOUBLE_CHECK = """exercise("attack-double")
    .equal(1, "two is doubled", || double(2), 4)
    .equal(1, "zero is doubled", || double(0), 0)
    // BEGIN HIDDEN TESTS
    .equal(2, "HIDDEN-CASE", || double(21), 42)
    // END HIDDEN TESTS
    .points()"""

TRIPLE = """fn triple(x: u64) -> u64 {
    // BEGIN SOLUTION
    // STUB: todo!("triple it")
    x * 3
    // END SOLUTION
}"""

TRIPLE_CHECK = """assert_eq!(triple(shop()), 21);
// BEGIN HIDDEN TESTS
assert_eq!(triple(333_667), 1_001_001, "HIDDEN-WORDS");
// END HIDDEN TESTS"""


def role(name, *, grade=False, solution=False, locked=False, points=None, kind="code"):
    metadata = {
        "schema_version": 3,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
        "grade_id": name,
        "cell_type": kind,
    }
    if points is not None:
        metadata["points"] = points
    return {"nbgrader": metadata}


def code(name, source, **of_role):
    metadata = role(name, **of_role) if of_role else {}
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def markdown(name, source, **of_role):
    metadata = role(name, kind="markdown", **of_role) if of_role else {}
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": source}


def notebook(cells):
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"display_name": "Rust (twoaxes)", "language": "rust", "name": "twoaxes"},
            "language_info": {"name": "rust"},
        },
        "cells": cells,
    }


def source_cells():
    return [
        code("questions", 'quiz::questions_from("attack.toml");', locked=True),
        code("given", GIVEN),
        code("attack-1-answer", 'answer("attack-1", "B");', solution=True),
        code("double-answer", DOUBLE, solution=True),
        code("double-check", DOUBLE_CHECK, grade=True, locked=True, points=4),
        code("triple-answer", TRIPLE, solution=True),
        code("triple-check", TRIPLE_CHECK, grade=True, locked=True, points=3),
        markdown("essay", "*Write your answer here.*", grade=True, solution=True, points=5),
    ]


def write_source(folder: Path):
    folder.mkdir(parents=True)
    (folder / "attack.ipynb").write_text(json.dumps(notebook(source_cells())))
    (folder / "attack.toml").write_text(EXERCISES)


HONEST = {
    "attack-1-answer": 'answer("attack-1", "B");',
    "double-answer": "fn double(x: u64) -> u64 {\n    x * 2\n}",
    "triple-answer": "fn triple(x: u64) -> u64 {\n    x * 3\n}",
}


def submission(released, **answers):
    """What a student hands in: all is right but what is named, with `_` for `-`."""
    given = {name.replace("_", "-"): text for name, text in answers.items()}
    made = copy.deepcopy(released)
    for cell in made["cells"]:
        original = "".join(cell["source"])
        cell["source"] = given.pop(cell["id"], HONEST.get(cell["id"], original))
    assert not given, given
    return made


def cell_of(made, name):
    """The cell of a notebook with this id."""
    return next(cell for cell in made["cells"] if cell["id"] == name)


def hand_in(folder: Path, student: str, what):
    """Writes a notebook, a text or bytes as what a student hands in."""
    place = folder / student
    place.mkdir(parents=True, exist_ok=True)
    if isinstance(what, dict):
        what = json.dumps(what)
    if isinstance(what, str):
        what = what.encode()
    (place / "attack.ipynb").write_bytes(what)
    return place / "attack.ipynb"

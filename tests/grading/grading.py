"""The grader as an instructor runs it, and what stands in its gradebook."""

import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRADER = ROOT / ".venv/bin/twoaxes-grader"


@dataclass
class Item:
    earned: float | None
    verdict: str
    answer: str
    words: str
    evidence: str


@dataclass
class Result:
    problem: str | None
    remarks: str
    share: float
    late: int
    seconds: float
    items: dict[str, Item]

    def points(self):
        return sum(item.earned or 0.0 for item in self.items.values()) * self.share


def run(*arguments, seconds=300, check=True, **more):
    done = subprocess.run(
        [GRADER, *map(str, arguments)], capture_output=True, text=True, timeout=seconds, **more
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


def grade(folder, source, out, *more, **options):
    return run("grade", folder, "--source", source, "--out", out, *more, **options)


def results(out):
    """Student and notebook to result."""
    book = sqlite3.connect(f"file:{out}/gradebook.db?mode=ro", uri=True)
    found = {}
    rows = book.execute(
        "SELECT submissions.id, students.name, notebooks.name, problem, remarks, share, late, seconds "
        "FROM submissions JOIN students ON students.id = student "
        "JOIN notebooks ON notebooks.id = notebook WHERE current"
    )
    for number, student, notebook, *rest in rows.fetchall():
        items = book.execute(
            "SELECT tasks.name, earned, verdict, answer, words, evidence FROM items "
            "JOIN tasks ON tasks.id = task WHERE submission = ?",
            [number],
        )
        found[student, notebook] = Result(
            *rest, {name: Item(*values) for name, *values in items.fetchall()}
        )
    book.close()
    return found


def environment(**more):
    return {**os.environ, **{name: str(value) for name, value in more.items()}}

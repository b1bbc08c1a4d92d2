"""Wrong solutions of the course's exercises get from the grader the points that
the exercise's own check gives them in the kernel, and its own solutions all."""

import copy
import json
import re
import tomllib

import pytest

from grading import grading

ROOT = grading.ROOT
EXERCISES = ROOT / "tests/exercises"


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source_of(cell):
    return "".join(cell["source"])


def places():
    """Exercise to its notebook, the cell that checks it and the answer above."""
    found = {}
    for path in sorted((ROOT / "notebooks/source").glob("*.ipynb")):
        answer = None
        for cell in cells_of(path)["cells"]:
            role = cell["metadata"].get("nbgrader", {})
            if role.get("solution") and "answer(" not in source_of(cell):
                answer = cell["id"]
            if role.get("grade") and (call := re.search(r'\bexercise\("([^"]+)"\)', source_of(cell))):
                found[call[1]] = (path.name, cell["id"], answer)
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    place = tmp_path_factory.mktemp("exercises")
    wanted = {}
    for exercise, (notebook, check, answer) in places().items():
        released = cells_of(ROOT / "notebooks" / notebook)
        wrong = tomllib.loads((EXERCISES / f"{exercise}.toml").read_text(encoding="utf-8"))["wrong"]
        for number, solution in enumerate(wrong):
            made = copy.deepcopy(released)
            next(cell for cell in made["cells"] if cell["id"] == answer)["source"] = solution["code"]
            student = f"{exercise}-{number}"
            folder = place / "submitted" / student
            folder.mkdir(parents=True)
            (folder / notebook).write_text(json.dumps(made))
            wanted[student] = (notebook.removesuffix(".ipynb"), check, solution)
    out = place / "out"
    grading.grade(place / "submitted", ROOT / "notebooks/source", out, seconds=900)
    return grading.results(out), wanted


@pytest.mark.timeout(900)
def test_wrong_solutions_get_what_they_deserve(graded):
    results, wanted = graded
    problems = []
    for student, (notebook, check, solution) in wanted.items():
        item = results[student, notebook].items[check]
        if item.earned != solution["points"]:
            problems.append(
                f"{student} ({solution['name']}): {item.earned} instead of {solution['points']}\n"
                f"{item.verdict}: {item.words}\n{item.evidence[:500]}"
            )
    assert not problems, "\n\n".join(problems)
    assert len(wanted) >= 36

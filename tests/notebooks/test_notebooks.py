"""Every notebook of both editions runs from its first cell to its last, as
`Run all` does, and says of each answer what it is worth."""

import re
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

import nbformat
import pytest

from notebooks.running import EXECUTED, ROOT, Running, errors, opened, role, text, value

STUDENTS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXAM = ROOT / "examples/exam"
SOURCES = [*sorted((ROOT / "notebooks/source").glob("*.ipynb")), EXAM / "exam.ipynb"]
EXERCISES = ROOT / "tests/exercises"
GRADER = ROOT / "target/release/twoaxes-grader"
# The bar is 60 s on two quiet cores; a test must not fail because they are busy.
SLOW = 120


def run_through(running: Running, path: Path) -> float:
    """Runs it all; how long it took, in seconds."""
    started = time.monotonic()
    running.run_all()
    took = time.monotonic() - started
    print(f"{path}: {took:.1f} s")
    kept = EXECUTED / (path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(running.notebook, kept)
    assert errors(running.notebook) == []
    counts = [c.execution_count for c in running.notebook.cells if c.cell_type == "code" and c.source.strip()]
    assert counts == list(range(1, len(counts) + 1))
    warnings = [c.id for c in running.notebook.cells if c.cell_type == "code"
                for output in c.outputs if output.output_type == "stream" and output.name == "stderr"]
    told = [c.id for c in running.notebook.cells if c.cell_type == "code"
            for output in c.outputs if "twoaxes-warnings" in output.get("data", {}).get("text/html", "")]
    assert told == [], "the compiler has nothing to say about a lesson"
    assert warnings == [], "nbgrader takes all points from a cell that writes to standard error"
    return took


@pytest.mark.timeout(420)
@pytest.mark.parametrize("path", STUDENTS, ids=lambda p: p.stem)
def test_the_students_edition_runs_and_scores_nothing(path: Path, tmp_path: Path):
    with opened(path, tmp_path) as running:
        took = run_through(running, path)
    for cell in running.notebook.cells:
        if cell.cell_type != "code":
            continue
        if role(cell).get("grade"):
            assert value(cell) == "0", f"{cell.id}: {text(cell)}"
            says = "not answered" if "progress(" in cell.source else "Not attempted|Not repaired yet"
            assert re.search(says, text(cell)), f"{cell.id}: {text(cell)}"
        if cell.source.startswith("answer("):
            assert "Not answered" in text(cell), f"{cell.id}: {text(cell)}"
    assert took < SLOW


def with_its_questions(path: Path, folder: Path) -> None:
    """A kernel reads question files from where its notebook is."""
    for file in path.parent.glob("*.toml"):
        shutil.copy(file, folder)


@pytest.mark.timeout(420)
def test_students_sit_the_exam_without_a_verdict(tmp_path: Path):
    subprocess.run([GRADER, "release", EXAM, "--out", tmp_path], check=True, timeout=60, capture_output=True)
    with opened(tmp_path / "exam.ipynb", tmp_path) as running:
        run_through(running, tmp_path / "exam.ipynb")
        keys = tomllib.loads((EXAM / "exam.toml").read_text(encoding="utf-8"))["question"]
        for number, key in enumerate(keys, start=1):
            [source] = [c.source for c in running.notebook.cells if c.source.startswith(f'answer("{key["id"]}"')]
            wrong = {"number": "1", "order": "A,B,C,D"}.get(key["kind"], "A")
            # The right one last, since that one counts.
            cards = [text(running.run(source.replace('"?"', f'"{answer}"'))) for answer in (wrong, key["answer"])]
            for card in cards:
                assert "Taken down" in card and "Correct" not in card and "Not yet" not in card, card
            score = running.run('progress("exam")')
            assert f"{number} of {len(keys)} taken down so far" in text(score), text(score)
            assert value(score) == "0"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_the_source_scores_all_points_and_wrong_solutions_what_they_deserve(path: Path, tmp_path: Path):
    with_its_questions(path, tmp_path)
    with opened(path, tmp_path) as running:
        run_through(running, path)
        for cell in running.notebook.cells:
            if cell.cell_type == "code" and role(cell).get("grade"):
                assert value(cell) == str(role(cell)["points"]), f"{cell.id}: {text(cell)}"
        failed = [problem for exercise, check in checks(running) for problem in tried(running, exercise, check)]
    assert failed == []


def checks(running: Running) -> list[tuple[str, str]]:
    """Each exercise of a notebook, with the cell that checks it."""
    found = []
    for cell in running.notebook.cells:
        if cell.cell_type == "code" and (match := re.search(r'(?m)^exercise\("([a-z0-9-]+)"\)', cell.source)):
            found.append((match[1], cell.source))
    return found


def tried(running: Running, exercise: str, check: str) -> list[str]:
    """What is not as it should be with the wrong solutions of an exercise."""
    wrong = tomllib.loads((EXERCISES / f"{exercise}.toml").read_text(encoding="utf-8"))["wrong"]
    problems = []
    if len(wrong) < 3:
        problems.append(f"{exercise} has fewer than three wrong solutions")
    for solution in wrong:
        place = f"{exercise}, {solution['name']}"
        answer = running.run(solution["code"])
        if any(output.output_type == "error" for output in answer.outputs):
            problems.append(f"{place}: it does not compile\n{text(answer)}")
            continue
        checked = running.run(check)
        if value(checked) != str(solution["points"]):
            problems.append(f"{place}: {value(checked)} points instead of {solution['points']}\n{text(checked)}")
        elif solution["says"] not in text(checked):
            problems.append(f"{place}: it does not say {solution['says']!r}\n{text(checked)}")
    return problems


def test_every_exercise_has_wrong_solutions_and_nothing_else_has():
    banks = [*(ROOT / "src/quiz/bank").glob("*.toml"), *EXAM.glob("*.toml")]
    exercises = [e["id"] for bank in banks for e in tomllib.loads(bank.read_text(encoding="utf-8")).get("exercise", [])]
    assert sorted(path.stem for path in EXERCISES.glob("*.toml")) == sorted(exercises)


@pytest.mark.parametrize("path", STUDENTS, ids=lambda p: p.stem)
def test_notebook_is_handed_out_without_outputs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert all(not c.outputs for c in notebook.cells if c.cell_type == "code")
    assert notebook.metadata.kernelspec.name == "twoaxes"

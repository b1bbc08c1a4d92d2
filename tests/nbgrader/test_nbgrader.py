"""The real nbgrader works on our notebooks with our kernel, and comes to the same scores as we do."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from nbgrader.course import ROOT, Course
from nbgrader.submissions import GRADED, SUBMISSIONS, TO_MARK, WORDS, Submission, everything_right, write

# Ten submissions of four notebooks; on two busy cores that takes a while.
pytestmark = pytest.mark.timeout(600)

WEEK = "week"
NOTEBOOKS = [ROOT / "notebooks/source/00-start.ipynb", ROOT / "notebooks/source/06-final-quiz.ipynb",
             ROOT / "examples/exam/exam.ipynb", ROOT / "tests/nbgrader/source/words.ipynb"]
QUESTIONS = ROOT / "examples/exam/exam.toml"
BY_STUDENT = {submission.student: submission for submission in SUBMISSIONS}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """With a release of the week's assignment."""
    course = Course(tmp_path_factory.mktemp("nbgrader") / "course")
    course.add_source(WEEK, *NOTEBOOKS, QUESTIONS)
    course.nbgrader("generate_assignment", WEEK)
    return course


@pytest.fixture(scope="module")
def graded(course: Course) -> Course:
    """With all submissions graded, and feedback on them."""
    for submission in SUBMISSIONS:
        write(submission, course.folder / "release" / WEEK, course.folder / "source" / WEEK,
              course.folder / "submitted" / submission.student / WEEK)
    course.nbgrader("autograde", WEEK)
    course.nbgrader("generate_feedback", WEEK)
    return course


@pytest.fixture(scope="module")
def scores(graded: Course) -> dict[str, dict[str, dict]]:
    return graded.scores(WEEK)


def test_the_release_is_the_one_that_we_make(tmp_path: Path):
    course = Course(tmp_path / "course")
    course.add_source("all", *sorted((ROOT / "notebooks/source").glob("*.ipynb")))
    course.nbgrader("generate_assignment", "all")
    ours = sorted((ROOT / "notebooks").glob("*.ipynb"))
    theirs = sorted((course.folder / "release/all").iterdir())
    assert [path.name for path in theirs] == [path.name for path in ours]
    for their, our in zip(theirs, ours):
        assert read(their) == read(our), our.name


def test_no_key_is_handed_out(course: Course):
    files = {path.name: path.read_text(encoding="utf-8") for path in (course.folder / "release" / WEEK).iterdir()}
    assert sorted(files) == sorted(path.name for path in NOTEBOOKS)
    for name, text in files.items():
        for secret in ("BEGIN", "No dish is put aside", "requests.div_ceil", "the same as the simulator", "They wait, and"):
            assert secret not in text, f"{name}: {secret}"


def test_students_validate_what_they_have(course: Course, tmp_path: Path):
    release, source = course.folder / "release" / WEEK, course.folder / "source" / WEEK
    write(Submission("solved", everything_right, (0,) * 7), release, source, tmp_path / "solved")
    check(course, release / "00-start.ipynb", ["2 CELL(S) DO NOT GIVE ALL", 'exercise("start-ticks")', 'progress("start")'])
    # Three of its six points come from hidden tests.
    check(course, tmp_path / "solved/00-start.ipynb", ["1 CELL(S) DO NOT GIVE ALL", 'exercise("start-ticks")'])
    check(course, source / "00-start.ipynb", ["Success! Your notebook passes all the tests."])


def check(course: Course, notebook: Path, says: list[str]) -> None:
    said = course.nbgrader("validate", str(notebook))
    for text in says:
        assert text in said


@pytest.mark.parametrize("student", BY_STUDENT)
def test_nbgrader_gives_what_a_submission_deserves(scores: dict[str, dict[str, dict]], student: str):
    cells = scores[student]
    found = {name: TO_MARK if cell["to_mark"] else cell["score"] for name, cell in cells.items()}
    assert found == BY_STUDENT[student].by_cell
    possible = {name: points for notebook in GRADED.values() for name, points in notebook.items()}
    assert {name: cell["possible"] for name, cell in cells.items()} == possible


def test_we_come_to_the_same_scores(graded: Course, scores: dict[str, dict[str, dict]]):
    ours: dict[str, dict[str, float]] = {student: dict.fromkeys(cells, 0.0) for student, cells in scores.items()}
    to_mark = set()
    for row in graded.our_items(WEEK):
        cells = ours[row["student"]]
        # In nbgrader, all questions of a notebook have their points in one cell.
        cell = row["task"] if row["task"] in cells else next(name for name in GRADED[row["notebook"]] if "progress" in name)
        cells[cell] += float(row["earned"] or 0)
        if row["verdict"] == "pending":
            to_mark.add((row["student"], cell))
    theirs = {student: {name: cell["score"] or 0.0 for name, cell in cells.items()} for student, cells in scores.items()}
    assert ours == theirs
    assert to_mark == {(student, name) for student, cells in scores.items() for name, cell in cells.items() if cell["to_mark"]}


def test_the_export_has_every_students_points(graded: Course):
    rows = {row["student_id"]: row for row in graded.exported()}
    assert {student: float(row["score"]) for student, row in rows.items()} == {s.student: s.total for s in SUBMISSIONS}
    assert {float(row["max_score"]) for row in rows.values()} == {34}


def test_feedback_tells_points_and_shows_cards(graded: Course):
    for student, submission in BY_STUDENT.items():
        page = feedback(graded, student, "00-start")
        for name, possible in GRADED["00-start"].items():
            points = submission.by_cell[name]
            assert re.search(rf"Score: {points:.1f} / {possible:.1f}", page), f"{student}: {name}"
    assert "the same as the simulator" in page
    assert "☕" in feedback(graded, student, WORDS[0])
    others = [path for path in (graded.folder / "feedback").rglob("*") if path.is_file() and path.suffix != ".html"]
    assert others == [], "they may hold keys"


def feedback(course: Course, student: str, notebook: str) -> str:
    return (course.folder / "feedback" / student / WEEK / f"{notebook}.html").read_text(encoding="utf-8")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)

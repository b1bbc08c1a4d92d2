"""Files that students hand in, of which many are no notebook at all."""

import json
import os
import zipfile

import pytest

from grading import course, grading

POINTS = {"attack-1": 1, "double-check": 4, "triple-check": 3, "essay": 0}
NOTHING = dict.fromkeys(POINTS, 0)


def earned(result):
    return {task: item.earned for task, item in result.items.items()}


def old_format(released):
    cells = [
        {"cell_type": "code", "input": cell["source"], "language": "rust", "outputs": []}
        for cell in released["cells"]
    ]
    worksheet = {"cells": cells, "metadata": {}}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [worksheet]}


UNREADABLE = {
    "empty": (lambda _: "", "is not JSON"),
    "text": (lambda _: "my homework", "is not JSON"),
    "deep-json": (lambda _: "[" * 1_000_000, "recursion limit"),
    "deep-objects": (lambda _: '{"a":' * 500_000, "recursion limit"),
    "not-utf-8": (lambda _: b'{"nbformat": 4, "x": "\xff\xfe"}', "is not JSON"),
    "utf-16": (lambda released: json.dumps(released).encode("utf-16"), "is not JSON"),
    "not-a-notebook": (lambda _: '{"name": "Ada"}', "format missing"),
    "a-list": (lambda _: "[1, 2, 3]", "not a JSON object"),
    "format-3": (old_format, "format 3"),
    "cells-are-no-list": (
        lambda _: '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}',
        "`cells`",
    ),
    "truncated": (lambda released: json.dumps(released)[:-200], "is not JSON"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, source, released):
    place = tmp_path_factory.mktemp("files")
    submissions, out = place / "submitted", place / "out"
    course.hand_in(submissions, "an-honest-one", course.submission(released))
    for name, (make, _) in UNREADABLE.items():
        course.hand_in(submissions, name, make(released))

    large = course.hand_in(submissions, "500-megabytes", "")
    with open(large, "r+b") as file:
        file.truncate(500 << 20)
    link = course.hand_in(submissions, "a-link", "")
    link.unlink()
    link.symlink_to(submissions / "an-honest-one/attack.ipynb")
    pipe = course.hand_in(submissions, "a-pipe", "")
    pipe.unlink()
    os.mkfifo(pipe)
    folder = course.hand_in(submissions, "a-folder", "")
    folder.unlink()
    folder.mkdir()

    (submissions / "linked-student").symlink_to(submissions / "an-honest-one")
    with zipfile.ZipFile(submissions / "slip.zip", "w") as packed:
        packed.writestr("../../slipped/attack.ipynb", json.dumps(released))
    (submissions / "an-honest-one/.ipynb_checkpoints").mkdir()
    (submissions / "an-honest-one/.ipynb_checkpoints/attack.ipynb").write_text("{}")
    (submissions / "an-honest-one/other.ipynb").write_text("{}")
    (submissions / os.fsdecode(b"na\xffme")).mkdir()

    done = grading.grade(submissions, source, out)
    return grading.results(out), done, place


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_notebook_has_no_points_and_a_reason(graded, name):
    results, done, _ = graded
    result = results[name, "attack"]
    assert UNREADABLE[name][1] in result.problem
    assert earned(result) == NOTHING
    assert f"attack of {name}" in done.stderr


@pytest.mark.parametrize(
    "name, reason",
    [
        ("500-megabytes", "524288000 bytes"),
        ("a-link", "no ordinary file"),
        ("a-pipe", "no ordinary file"),
        ("a-folder", "no ordinary file"),
    ],
)
def test_what_is_no_file_is_not_read(graded, name, reason):
    results, _, _ = graded
    result = results[name, "attack"]
    assert reason in result.problem
    assert earned(result) == NOTHING


def test_the_honest_one_is_graded_beside_them(graded):
    results, _, _ = graded
    assert earned(results["an-honest-one", "attack"]) == POINTS


def test_what_is_no_submission_is_told_and_left_alone(graded):
    results, done, place = graded
    students = {student for student, _ in results}
    assert students == {"an-honest-one", *UNREADABLE, "500-megabytes", "a-link", "a-pipe", "a-folder"}
    for strange in ["slip.zip", "linked-student", "other.ipynb", "UTF-8"]:
        assert strange in done.stderr
    assert not (place.parent / "slipped").exists()
    assert not (place / "slipped").exists()


def grade_one(tmp_path, source, made, student="ada"):
    course.hand_in(tmp_path / "submitted", student, made)
    grading.grade(tmp_path / "submitted", source, tmp_path / "out")
    return grading.results(tmp_path / "out")[student, "attack"]


def test_an_edited_check_has_no_effect(tmp_path, source, released):
    made = course.submission(released, double_answer="fn double(x: u64) -> u64 { x }")
    course.cell_of(made, "double-check")["source"] = "4"
    course.cell_of(made, "triple-check")["source"] = "panic!()"
    result = grade_one(tmp_path, source, made)
    assert earned(result) == {**POINTS, "double-check": 1}
    assert "double-check" in result.remarks and "no effect" in result.remarks


def test_points_roles_and_results_of_the_file_are_not_read(tmp_path, source, released):
    made = course.submission(
        released, double_answer="fn double(x: u64) -> u64 { x }", attack_1_answer="answer(1, 2)"
    )
    check = course.cell_of(made, "double-check")
    check["metadata"]["nbgrader"]["points"] = 1000
    check["outputs"] = [
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "metadata": {},
            "data": {"text/plain": ["1000"]},
        }
    ]
    answer = course.cell_of(made, "double-answer")
    answer["metadata"]["nbgrader"] = {"schema_version": 99, "grade": "yes", "points": "many"}
    made["metadata"]["kernelspec"]["name"] = "python3"
    result = grade_one(tmp_path, source, made)
    assert earned(result) == {**POINTS, "double-check": 1, "attack-1": 0}
    assert result.items["attack-1"].verdict == "unreadable"


def test_cells_are_found_wherever_they_are(tmp_path, source, released):
    made = course.submission(released)
    made["cells"].reverse()
    made["cells"].insert(0, course.code("mine", "let scratch = 1;"))
    assert earned(grade_one(tmp_path, source, made)) == POINTS


def test_a_notebook_without_ids_is_matched_by_nbgraders_names(tmp_path, source, released):
    made = course.submission(released)
    made["nbformat_minor"] = 4
    for cell in made["cells"]:
        del cell["id"]
    assert earned(grade_one(tmp_path, source, made)) == POINTS


def test_of_two_cells_with_one_id_the_first_that_was_changed_counts(tmp_path, source, released):
    made = course.submission(released)
    index = next(n for n, cell in enumerate(made["cells"]) if cell["id"] == "double-answer")
    stub = dict(course.cell_of(released, "double-answer"))
    wrong = {**stub, "source": "fn double(_: u64) -> u64 { 0 }"}
    made["cells"].insert(index, stub)
    made["cells"].append(wrong)
    result = grade_one(tmp_path, source, made)
    assert earned(result) == POINTS
    assert "3 times" in result.remarks


def test_a_deleted_cell_is_nothing_written(tmp_path, source, released):
    made = course.submission(released)
    made["cells"] = [cell for cell in made["cells"] if not cell["id"].startswith("double")]
    result = grade_one(tmp_path, source, made)
    assert earned(result) == {**POINTS, "double-check": 0}
    assert result.items["double-check"].verdict == "unanswered"
    assert "missing" in result.remarks


@pytest.mark.parametrize(
    "text, points, verdict",
    [
        ('answer("attack-1", "B")', 1, "right"),
        ('answer("attack-1", "b");', 1, "right"),
        ("answer(\"attack-1\", 'B');", 1, "right"),
        ('quiz::answer(\n    "attack-1", // the second\n    "B",\n);', 1, "right"),
        ('answer("attack-1", "A"); answer("attack-1", "B");', 1, "right"),
        ('answer("attack-1", "B"); answer("attack-1", "A");', 0, "wrong"),
        ('answer("attack-1", "A");', 0, "wrong"),
        # B of the bank, in an order of one's own.
        ('answer("attack-1:BAC", "A");', 1, "right"),
        ('answer("attack-1:BBB", "A");', 0, "unreadable"),
        ('answer("attack-1", "?");', 0, "unanswered"),
        ('// answer("attack-1", "B");', 0, "unanswered"),
        ('answer("attack-1", "Z");', 0, "unreadable"),
        ('answer("attack-1", best());', 0, "unreadable"),
        ('answer("other-1", "B");', 0, "unanswered"),
        ("", 0, "unanswered"),
        ("\u0000" * 100, 0, "unanswered"),
    ],
)
def test_answers_are_read_as_data(tmp_path, source, released, text, points, verdict):
    made = course.submission(released, attack_1_answer=text)
    # Nothing is run for it.
    for name in ["double-answer", "triple-answer"]:
        course.cell_of(made, name)["source"] = course.cell_of(released, name)["source"]
    item = grade_one(tmp_path, source, made).items["attack-1"]
    assert (item.earned, item.verdict) == (points, verdict), item

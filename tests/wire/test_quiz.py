"""Answers, exams and exercises as a kernel takes them, also from bad hands."""

import json
import subprocess
from pathlib import Path

import pytest

from wire.client import Cell, Kernel

ROOT = Path(__file__).resolve().parents[2]


def run_in(kernel: Kernel, cell: str, code: str) -> Cell:
    """Runs `code` as JupyterLab does: it says which cell of the notebook it is."""
    session = kernel.client.session
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
               "stop_on_error": True}
    message = session.msg("execute_request", content)
    message["metadata"] = {"cellId": cell}
    kernel.client.shell_channel.send(message)
    return kernel.finish(message["header"]["msg_id"])


def shown(cell: Cell) -> str:
    return "\n".join(content["data"]["text/plain"] for content in cell.of_type("display_data"))


def test_an_answer_in_two_cells_is_noticed(own_kernel: Kernel):
    first = run_in(own_kernel, "a", 'answer("barista-1", "A");')
    assert "Another cell" not in shown(first)
    assert "Another cell" not in shown(run_in(own_kernel, "a", 'answer("barista-1", "C");')), "one may change one's mind"
    assert 'Another cell answered this question with "C"' in shown(run_in(own_kernel, "b", 'answer("barista-1", "B");'))
    assert "Another cell" not in shown(own_kernel.run('answer("barista-1", "C");')), "some front ends tell no cell"


def test_a_cell_that_measures_is_no_second_answer(own_kernel: Kernel):
    for answer in ("300", "200"):
        assert "Another cell" not in shown(run_in(own_kernel, "a", f'answer("start-3", "{answer}");'))
        assert "Well predicted" in shown(run_in(own_kernel, "b", 'quiz::measured("start-3", 104.0);'))


@pytest.mark.parametrize("cell", ["", "x" * 10_000, "\u0000", 7, None, {"a": []}])
def test_any_name_of_a_cell_is_fine(kernel: Kernel, cell):
    assert shown(run_in(kernel, cell, 'answer("start-1", "no");')).startswith("✔ Correct")


@pytest.mark.parametrize(
    "code, says",
    [
        ('answer("barsta-1", "B");', "There is no question \"barsta-1\"; the nearest are barista-1"),
        ('answer("barista-1", "A,B");', "names 2 options, and the question has one right answer: choose one letter"),
        ('answer("barista-1", 2);', "expected is one letter from A to D"),
        ('answer("barista-2", "soon");', "expected is a number of ticks"),
        ('answer("barista-1:ABC", "B");', "behind the colon stand the 4 letters of its options"),
        ('answer("barista-1", "A"); answer("barista-1", "B");', "This cell answers the question twice"),
        ('quiz::measured("barista-1", 1.0);', "asks for no prediction"),
        ('quiz::measured("start-3", f64::NAN);', "no number to compare"),
        ('quiz::questions_from("nowhere.toml");', "The question file nowhere.toml cannot be read"),
        ('quiz::questions("section = 3");', "question bank, the questions of this notebook line 1"),
        ('quiz::questions(r#"section = "s"\n[[exercise]]\nid = "start-ticks"\ntitle = "t"\npoints = 1"#);', "the course has this id already"),
        ('progress("barrista");', "There is no section \"barrista\"; the nearest are barista"),
    ],
)
def test_bad_input_gets_a_sentence(kernel: Kernel, code: str, says: str):
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    assert says.lower() in shown(cell).lower(), shown(cell)


@pytest.mark.timeout(90)
def test_an_endless_exercise_ends_in_a_number(own_kernel: Kernel):
    own_kernel.run("fn spins() -> u32 { loop { std::hint::spin_loop(); } }")
    checked = own_kernel.run('exercise("start-ticks").equal(1, "spins", spins, 1).case(1, "after it", || true).points()')
    assert (checked.status, checked.result) == ("ok", "0")
    assert "still running after 10 s" in shown(checked)
    assert checked.stream("stderr") == ""
    assert own_kernel.run("1 + 1").result == "2"


def test_what_code_under_test_prints_is_not_on_stderr(kernel: Kernel):
    """nbgrader takes all points from a cell that writes there."""
    code = 'eprintln!("seen once"); dbg!(2) == 2'
    check = f'.checked(1, "quiet", &model::check::Check::dfs(), || {{ {code}; }})'
    checked = kernel.run(f'exercise("start-ticks").case(1, "loud", || {{ {code} }}){check}.points()')
    assert (checked.result, checked.stream("stderr")) == ("2", "")
    assert checked.stream("stdout").count("seen once") == 2
    assert kernel.run('eprintln!("as ever");').stream("stderr") == "as ever\n"


def test_what_an_endless_case_prints_is_not_on_stderr(own_kernel: Kernel):
    endless = "loop { eprintln!(\"on and on\"); std::thread::sleep(std::time::Duration::from_millis(20)); }"
    own_kernel.run(f"fn endless() -> bool {{ {endless} }}")
    checked = own_kernel.run('exercise("start-ticks").case(1, "ends", || true).case(1, "does not", endless).points()')
    assert (checked.result, checked.stream("stderr")) == ("1", "")
    assert "on and on" in checked.stream("stdout")
    assert own_kernel.run("std::thread::sleep(std::time::Duration::from_millis(200));").stream("stderr") == ""


def test_a_panic_in_an_exercise_is_not_on_stderr(kernel: Kernel):
    """nbgrader takes all points from a cell that writes there."""
    checked = kernel.run('exercise("start-ticks").case(1, "panics", || -> bool { panic!("no beans") }).case(1, "ok", || true).points()')
    assert (checked.result, checked.stream("stderr")) == ("1", "")
    assert "It panicked: no beans" in shown(checked)


def test_an_exam_takes_answers_down_and_judges_none(own_kernel: Kernel, tmp_path: Path):
    """What the instructor's tool makes of the example, answered by a student."""
    grader = ROOT / ".venv/bin/twoaxes-grader"
    subprocess.run([grader, "release", ROOT / "examples/exam", "--out", tmp_path], check=True, capture_output=True)
    exam = json.loads((tmp_path / "exam.ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in exam["cells"] if cell["cell_type"] == "code"]
    assert "exam-1, exam-2" in shown(own_kernel.run(sources[0]))
    given = {"exam-1": "C", "exam-2": "18", "exam-3": "B", "exam-4": "no", "exam-5": "A,B,C,D"}
    for number, (question, answer) in enumerate(given.items(), start=1):
        card = shown(own_kernel.run(sources[number].replace('"?"', json.dumps(answer))))
        assert card.startswith(f"◆ Taken down ({question}) - {number} of 5 taken down"), card
        assert "You learn with your grade" in card
    assert "cannot be read" in shown(own_kernel.run('answer("exam-2", "many");'))
    score = own_kernel.run(sources[-1])
    assert score.result == "0"
    assert "taken down" in shown(score) and "right" not in shown(score)

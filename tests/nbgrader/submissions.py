"""Ten students, what each of them hands in, and what that deserves.

Each begins with the notebooks as they were handed out. The table holds for both
graders, ours and nbgrader.
"""

import copy
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from nbgrader.course import ROOT

# Notebooks by name.
Notebooks = dict[str, NotebookNode]

# The graded cells, by notebook, with the most points that each can give.
GRADED = {
    "00-start": {"ticks-check": 6, "start-progress": 5},
    "06-final-quiz": {"plan-check": 6, "final-progress": 5},
    "exam": {"amdahl-check": 4, "exam-progress": 5},
    "words": {"riddle-in-words": 3},
}
# A person has yet to mark it.
TO_MARK = None
WORDS = "words", "riddle-in-words"


@dataclass(frozen=True)
class Submission:
    student: str
    hand_in: Callable[["Notebooks", "Notebooks"], None]
    # In the order of GRADED.
    points: tuple[int | None, ...]

    @property
    def by_cell(self) -> dict[str, int | None]:
        cells = [cell for notebook in GRADED.values() for cell in notebook]
        return dict(zip(cells, self.points, strict=True))

    @property
    def total(self) -> int:
        return sum(points or 0 for points in self.points)


def everything_right(notebooks: Notebooks, source: Notebooks) -> None:
    for name, notebook in notebooks.items():
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = find(source[name], cell.id).source


def nothing(notebooks: Notebooks, source: Notebooks) -> None:
    pass


def half_of_the_questions(notebooks: Notebooks, source: Notebooks) -> None:
    answers = {"start-1": '"no"', "start-2": '"C"', "start-3": '"1000000"', "start-4": '"19999"', "start-5": '"B"',
               "final-1": '"D"', "final-2": '"A"', "final-3": '"100"', "final-4": '"A,C,D,B"'}
    put_answers(notebooks, answers)
    del notebooks["exam"]


def parts_of_exercises(notebooks: Notebooks, source: Notebooks) -> None:
    put(notebooks["00-start"], "ticks-answer", wrong("start-ticks", "seven requests on two workers"))
    put(notebooks["06-final-quiz"], "plan-answer", wrong("final-plan", "a deadline that is met exactly"))
    put(notebooks["exam"], "amdahl-answer", wrong("exam-amdahl", "the results of the visible tests"))


def what_does_not_compile(notebooks: Notebooks, source: Notebooks) -> None:
    everything_right(notebooks, source)
    put(notebooks["00-start"], "ticks-answer", "fn ticks(requests: u64, compute: u64, wait: u64, workers: u64) -> u64 {")
    put(notebooks["exam"], "amdahl-answer", "fn speedup(p: f64, workers: u32) -> f64 { 1.0 / ((1.0 - p) + p / workers) }")
    # A name instead of a text.
    put_answers(notebooks, {"start-2": "C", "exam-1": "C", "exam-5": '"B" "D"'})
    del notebooks["words"]


def panics_and_endless_loops(notebooks: Notebooks, source: Notebooks) -> None:
    put(notebooks["00-start"], "ticks-answer",
        "fn ticks(requests: u64, compute: u64, wait: u64, workers: u64) -> u64 {\n"
        "    let odd = [1, 3, 4, 8];\n"
        "    let workers = odd[odd.iter().position(|w| *w == workers).unwrap()];\n"
        "    if requests == 0 { 0 } else { requests.div_ceil(workers) * compute + wait }\n"
        "}")
    put(notebooks["06-final-quiz"], "plan-answer", wrong("final-plan", "it looks for ever"))
    put(notebooks["exam"], "amdahl-answer",
        "fn speedup(p: f64, workers: u32) -> f64 {\n"
        '    if workers == 1 { panic!("6") }\n'
        "    1.0 / ((1.0 - p) + p / f64::from(workers))\n"
        "}")
    put_answers(notebooks, {"start-1": '"no"', "final-3": '"100"', "exam-1": '"C"'})


def cells_elsewhere(notebooks: Notebooks, source: Notebooks) -> None:
    """All is right, and nothing is where it was."""
    everything_right(notebooks, source)
    for notebook in notebooks.values():
        notebook.cells.reverse()
    start, final, exam = (notebooks[name] for name in ("00-start", "06-final-quiz", "exam"))
    drop(start, "start-2-answer", "start-5-question")
    start.cells.insert(1, new_code_cell('// It was gone.\nanswer("start-2", "C");'))
    drop(final, "plan-check", "final-progress")
    unanswered = copy.deepcopy(find(final, "final-1-answer"))
    unanswered.source = 'answer("final-1", "?");'
    final.cells.insert(0, unanswered)
    drop(exam, "questions", "amdahl-check")
    exam.cells.append(new_markdown_cell("Done."))


def forged_checks(notebooks: Notebooks, source: Notebooks) -> None:
    """Nothing is solved. The checks are changed, and so is the key of the exam."""
    for notebook in notebooks.values():
        for cell in notebook.cells:
            role = cell.metadata.get("nbgrader", {})
            if role.get("grade") and cell.cell_type == "code":
                cell.source = str(role["points"])
                role["points"] *= 10
    put(notebooks["00-start"], "ticks-answer", 'println!("6");\n6')
    put(notebooks["06-final-quiz"], "plan-check", 'answer("final-1", "D");\n6')
    put(notebooks["exam"], "questions",
        'quiz::questions(r#"section = "exam"\n[[question]]\nid = "exam-1"\nkind = "choice"\nprompt = "?"\nanswer = "A"\n'
        'explanation = "."\nreference = "."\n[question.options.A]\ntext = "a"\n[question.options.B]\ntext = "b"\nhint = "."\n"#);')
    put_answers(notebooks, {"exam-1": '"A"', "exam-2": '"15"'})


def wrong_types(notebooks: Notebooks, source: Notebooks) -> None:
    put(notebooks["00-start"], "ticks-answer",
        "fn ticks(requests: u64, compute: u64, wait: u64, workers: u64) -> f64 {\n"
        "    (requests.div_ceil(workers) * compute + wait) as f64\n"
        "}")
    put(notebooks["06-final-quiz"], "plan-answer",
        "fn fewest_workers(photos: u64, before: u64, wait: u64, after: u64, deadline: u64) -> u64 {\n"
        "    (1..=photos).find(|n| done_at(photos, before, wait, after, *n) <= deadline).unwrap_or(0)\n"
        "}")
    # The visible tests take it, the hidden ones do not.
    put(notebooks["exam"], "amdahl-answer",
        "fn speedup(p: f32, workers: u32) -> f32 {\n    1.0 / ((1.0 - p) + p / workers as f32)\n}")
    put_answers(notebooks, {"start-1": "true", "start-2": "3", "start-4": '"C"', "start-5": '"B,D"', "final-3": "'x'",
                            "final-4": "100", "exam-2": "-18", "exam-3": '"A,B,D"'})


def odd_forms(notebooks: Notebooks, source: Notebooks) -> None:
    """Right, in other forms, and with much noise."""
    put(notebooks["00-start"], "ticks-answer",
        'std::thread::spawn(|| loop { eprintln!("still here"); std::thread::sleep(std::time::Duration::from_millis(5)); });\n'
        "fn ticks(requests: u64, compute: u64, wait: u64, workers: u64) -> u64 {\n"
        '    println!("0");\n    eprintln!("0");\n    dbg!(requests);\n'
        "    if requests == 0 { 0 } else { requests.div_ceil(workers) * compute + wait }\n"
        "}")
    put_answers(notebooks, {"start-1": 'r#"  No "#', "start-2": "'c'", "start-3": "1.3e2", "start-4": "10_999",
                            "start-5": '"d, b"', "final-1": '"\u2009D\u2009"', "final-2": '"c,a"', "final-3": "100.0",
                            "final-4": '"c a d b"', "final-5": '"11/10"', "exam-1": '/* sure */ "C"',
                            "exam-2": "18u32", "exam-3": '\n    "A;B;D",\n', "exam-4": '"\uff16"', "exam-5": '"BDAC"'})
    put(notebooks["words"], WORDS[1], "Sie warten – und wer wartet, braucht keinen Kern. ☕ 等待")


# fmt: off
SUBMISSIONS = [
    #                                            ticks start plan final amdahl exam words
    Submission("ada", everything_right,              (6, 5, 6, 5, 4, 5, TO_MARK)),
    Submission("boole", nothing,                     (0, 0, 0, 0, 0, 0, 0)),
    Submission("church", half_of_the_questions,      (0, 2, 0, 2, 0, 0, 0)),
    Submission("dijkstra", parts_of_exercises,       (3, 0, 1, 0, 2, 0, 0)),
    Submission("erdos", what_does_not_compile,       (0, 4, 6, 5, 0, 3, 0)),
    Submission("floyd", panics_and_endless_loops,    (3, 1, 2, 1, 1, 1, 0)),
    Submission("gauss", cells_elsewhere,             (6, 5, 6, 5, 4, 5, TO_MARK)),
    Submission("hopper", forged_checks,              (0, 0, 0, 0, 0, 0, 0)),
    Submission("iverson", wrong_types,               (0, 1, 0, 0, 0, 1, 0)),
    Submission("Søren J.", odd_forms,                (6, 5, 0, 5, 0, 4, TO_MARK)),
]
# fmt: on


def find(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    [cell] = [cell for cell in notebook.cells if cell.id == cell_id]
    return cell


def put(notebook: NotebookNode, cell_id: str, source: str) -> None:
    find(notebook, cell_id).source = source


def put_answers(notebooks: Notebooks, answers: dict[str, str]) -> None:
    """Answers to questions, each written in Rust."""
    for question, answer in answers.items():
        cell_id = f"{question}-answer"
        [cell] = [cell for notebook in notebooks.values() for cell in notebook.cells if cell.id == cell_id]
        cell.source = f'answer("{question}", {answer});'


def drop(notebook: NotebookNode, *cell_ids: str) -> None:
    notebook.cells = [cell for cell in notebook.cells if cell.id not in cell_ids]


def wrong(exercise: str, name: str) -> str:
    """A wrong solution, by how its name begins."""
    known = tomllib.loads((ROOT / f"tests/exercises/{exercise}.toml").read_text(encoding="utf-8"))["wrong"]
    [code] = [solution["code"] for solution in known if solution["name"].startswith(name)]
    return code


def write(submission: Submission, handed_out: Path, source: Path, folder: Path) -> None:
    """Hands it in: into `folder`, made from the notebooks in `handed_out`."""
    notebooks, solved = (
        {name: nbformat.read(place / f"{name}.ipynb", as_version=4) for name in GRADED} for place in (handed_out, source)
    )
    submission.hand_in(notebooks, solved)
    folder.mkdir(parents=True)
    for name, notebook in notebooks.items():
        # As a student's own front end would: what is handed in may be out of shape.
        (folder / f"{name}.ipynb").write_text(nbformat.v4.writes(notebook), encoding="utf-8")

#!/usr/bin/env python3
"""How many submissions a minute: `twoaxes-grader grade` beside nbgrader.

nbgrader with evcxr_jupyter, nbgrader with our kernel, and our grader have to
grade the same mix of submissions, in one run on one machine: all right, one
exercise wrong, one not begun. Each has a number of its own in its code, so that no
answer is known from another submission, and our caches are new folders. Whoever
does not come to the points that a submission deserves has not measured anything.
Nothing fails to compile: an error of evcxr_jupyter's has no name, and nbgrader
gives the whole submission up. Then come submissions of questions alone, 10 of
them and 10,000.

    target/test-venv/bin/python benches/grading.py

writes benches/results/grading-DATE.md and .json. Needs what `tests/run.sh install
nbgrader` has set up. Without --evcxr, it builds evcxr_jupyter into target/bench
the first time. The notebooks are in benches/grading, ours with our exercises, that
for evcxr_jupyter with the same tests written out.
"""

import argparse
import copy
import csv
import datetime
import io
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from evcxr import EVCXR_VERSION, build_evcxr
from machine import machine

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "benches/grading"
NBGRADER = ROOT / "target/nbgrader-venv/bin"
ASSIGNMENT = "bench"

# What nbgrader has to be told about any Rust kernel.
PLAIN_CONFIG = 'c = get_config()\nc.ClearSolutions.code_stub = {"rust": "todo!()"}\nc.Execute.timeout = 120\n'
EVCXR_KERNEL = {"display_name": "Rust", "language": "rust", "interrupt_mode": "message"}

# Bars: as many times nbgrader's submissions a minute, seconds for all questions, growth of memory.
LEAST_RATIO, MOST_SECONDS, MOST_GROWTH = 20, 60, 1.25
FEW, MANY = 10, 10_000
HOLDS, MISSED = "holds", "**missed**"

BEGUN = "// BEGIN SOLUTION"
EXERCISES = ("gcd", "run", "makespan")


@dataclass
class Run:
    """One command that graded."""

    name: str
    submissions: int
    seconds: float
    # Of the largest of its processes, in MB.
    memory: float
    scores: dict[str, float] = field(repr=False)

    @property
    def a_minute(self) -> float:
        return 60 * self.submissions / self.seconds


# -- what is handed in

def hand_in(source: NotebookNode, number: int) -> tuple[NotebookNode, float]:
    """Submission `number`, and the points that it deserves."""
    notebook = copy.deepcopy(source)
    cells = {cell.id: cell for cell in notebook.cells}
    for name in EXERCISES:
        cell = cells[f"{name}-answer"]
        cell.source = cell.source.replace(BEGUN, f"let _number = {number}_u64;")
    kind = number % 4
    if kind == 1:
        cells["gcd-answer"].source = f"fn gcd(a: u64, b: u64) -> u64 {{\n    a.max(b) + {number}\n}}"
    elif kind == 2:
        cells["run-answer"].source = f"fn longest_run(values: &[u32]) -> usize {{\n    values.len() + {number + 1}\n}}"
    elif kind == 3:
        cells["makespan-answer"].source = 'fn makespan(tasks: &[u64], workers: usize) -> u64 {\n    todo!("the tick")\n}'
        cells["bench-1-answer"].source = cells["bench-1-answer"].source.replace('"B"', '"A"')
    return notebook, (11, 8, 8, 7)[kind]


def questions(source: NotebookNode, number: int) -> tuple[NotebookNode, float]:
    """Answers to questions: `number` says which of them are right."""
    notebook = copy.deepcopy(source)
    answers = [cell for cell in notebook.cells if cell.id.endswith("-answer")]
    wrong = [cell for at, cell in enumerate(answers) if number >> at & 1]
    for cell in wrong:
        cell.source = cell.source.split(",")[0] + f', "-{number + 1}");'
    return notebook, len(answers) - len(wrong)


Hand = Callable[[NotebookNode, int], tuple[NotebookNode, float]]


def submit(folder: Path, notebook: Path, below: str, count: int, hand: Hand) -> dict[str, float]:
    """Hands in `count` submissions; what each of them deserves."""
    source = nbformat.read(notebook, as_version=4)
    deserved = {}
    for number in range(count):
        student = f"student-{number:05}"
        made, deserved[student] = hand(source, number)
        place = folder / student / below
        place.mkdir(parents=True)
        (place / notebook.name).write_text(nbformat.v4.writes(made), encoding="utf-8")
    return deserved


# -- who grades

def nbgrader(name: str, folder: Path, source: Path, count: int, environment: dict[str, str], config: list[Path]) -> Run:
    shutil.copytree(source, folder / "source" / ASSIGNMENT)
    for file in config:
        shutil.copy(file, folder)
    command = NBGRADER / "nbgrader"
    environment = environment | {"PATH": f"{NBGRADER}{os.pathsep}{os.environ['PATH']}"}
    timed([command, "generate_assignment", ASSIGNMENT], folder, environment)
    deserved = submit(folder / "submitted", source / "bench.ipynb", ASSIGNMENT, count, hand_in)
    seconds, memory = timed([command, "autograde", ASSIGNMENT], folder, environment)
    timed([command, "export", "--to", "grades.csv"], folder, environment)
    rows = csv.DictReader(io.StringIO((folder / "grades.csv").read_text(encoding="utf-8")))
    return checked(Run(name, count, seconds, memory, {row["student_id"]: float(row["score"]) for row in rows}), deserved)


def ours(name: str, grader: Path, folder: Path, notebook: Path, count: int, environment: dict[str, str], hand: Hand) -> list[Run]:
    """Once, and again with nothing changed."""
    folder.mkdir(parents=True)
    deserved = submit(folder / "submitted", notebook, ".", count, hand)
    argv = [grader, "grade", "submitted", "--source", notebook.parent, "--out", "graded"]
    runs = []
    for label in (name, f"{name}, again"):
        seconds, memory = timed(argv, folder, environment)
        export = subprocess.run([grader, "export", "graded", "--format", "csv"], cwd=folder, env=environment, check=True,
                                stdout=subprocess.PIPE, text=True)
        rows = csv.DictReader(io.StringIO(export.stdout))
        run = Run(label, count, seconds, memory, {row["student"]: float(row["total"]) for row in rows})
        runs.append(checked(run, deserved))
    return runs


def checked(run: Run, deserved: dict[str, float]) -> Run:
    if run.scores != deserved:
        wrong = [f"{student}: {run.scores.get(student)} instead of {points}" for student, points in deserved.items()
                 if run.scores.get(student) != points]
        raise SystemExit(f"{run.name}: {len(wrong)} submissions with other points than they deserve, such as {wrong[:4]}")
    print(f"{run.name}: {run.submissions} submissions in {run.seconds:.1f} s, {run.memory:.0f} MB", flush=True)
    return run


def timed(argv: list[str | Path], folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds, and the memory of the largest process in MB."""
    with open(folder / "log.txt", "w+", encoding="utf-8") as log:
        started = time.perf_counter()
        process = subprocess.Popen(argv, cwd=folder, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            raise SystemExit(f"{argv} failed:\n{log.read()[-3000:]}")
    return seconds, usage.ru_maxrss / 1024


# -- the run

def measure(options: argparse.Namespace, scratch: Path) -> list[Run]:
    spec = json.loads((options.jupyter_path / "kernels/twoaxes/kernel.json").read_text())
    grader = Path(spec["argv"][0]).with_name("twoaxes-grader")
    with_our_kernel = os.environ | {"JUPYTER_PATH": str(options.jupyter_path), "TWOAXES_CACHE": str(scratch / "cache-nbgrader")}
    evcxr = options.evcxr or build_evcxr()
    kernels = scratch / "jupyter"
    kernel = kernels / "kernels/evcxr/kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps(EVCXR_KERNEL | {"argv": [str(evcxr), "--control_file", "{connection_file}"]}))
    plain = scratch / "nbgrader_config.py"
    plain.write_text(PLAIN_CONFIG)

    runs = [
        nbgrader("nbgrader with evcxr_jupyter", folder(scratch, "peer"), NOTEBOOKS / "evcxr", options.nbgrader,
                 os.environ | {"JUPYTER_PATH": str(kernels)}, [plain]),
        nbgrader("nbgrader with twoaxes", folder(scratch, "nbgrader"), NOTEBOOKS / "twoaxes", options.nbgrader,
                 with_our_kernel, sorted((ROOT / "grader/nbgrader").glob("*.py"))),
    ]
    if options.nbgrader_only:
        return runs
    own_cache = os.environ | {"TWOAXES_CACHE": str(scratch / "cache-grade")}
    runs += ours("twoaxes-grader grade", grader, scratch / "grade", NOTEBOOKS / "twoaxes/bench.ipynb", options.ours,
                 own_cache, hand_in)
    for count in (FEW, options.questions):
        runs += ours(f"{count} of questions alone", grader, scratch / f"questions-{count}", NOTEBOOKS / "quiz/quiz.ipynb", count,
                     own_cache, questions)
    return runs


def folder(scratch: Path, name: str) -> Path:
    made = scratch / name
    made.mkdir()
    return made


def report(about: dict[str, str], runs: list[Run]) -> str:
    peer, *_ = runs
    lines = [f"# Grading, {about['date']}", "",
             "Every row is one command, its start included. The first three grade the same mix of submissions: a notebook "
             "with three exercises and two questions, 9 cells of code (10 with us, where one brings the questions). nbgrader "
             "grades one after the other, `twoaxes-grader` as many at once as there are CPUs. Memory is that of the largest "
             "process, kernels included.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["", "| | submissions | seconds | a submission (s) | a minute | times nbgrader with evcxr_jupyter | MB |",
              "|---|---:|---:|---:|---:|---:|---:|"]
    for run in runs:
        ratio = f"{run.a_minute / peer.a_minute:.1f}" if "questions" not in run.name and "again" not in run.name else ""
        lines.append(f"| {run.name} | {run.submissions} | {run.seconds:.1f} | {run.seconds / run.submissions:.3g} | "
                     f"{run.a_minute:,.0f} | {ratio} | {run.memory:.0f} |")
    lines += ["", "| | value | bar | |", "|---|---:|---:|---|"]
    lines += [f"| {label} | {value} | {bar} | {HOLDS if holds else MISSED} |" for label, value, bar, holds in bars(runs)]
    return "\n".join(lines) + "\n"


def bars(runs: list[Run]) -> list[tuple[str, str, str, bool]]:
    found = {run.name: run for run in runs}
    if len(runs) < 3:
        return []
    ratio = found["twoaxes-grader grade"].a_minute / runs[0].a_minute
    few, _, many, _ = runs[4:]
    growth = many.memory / few.memory
    return [
        ("submissions a minute, times nbgrader's with evcxr_jupyter", f"{ratio:.1f}", f"at least {LEAST_RATIO}", ratio >= LEAST_RATIO),
        (f"{many.submissions:,} of questions alone", f"{many.seconds:.1f} s", f"at most {MOST_SECONDS} s", many.seconds <= MOST_SECONDS),
        (f"memory for {many.submissions:,}, times that for {few.submissions}", f"{growth:.2f}", f"at most {MOST_GROWTH}", growth <= MOST_GROWTH),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nbgrader", type=int, default=8, help="submissions for nbgrader")
    parser.add_argument("--ours", type=int, default=200, help="submissions for twoaxes-grader")
    parser.add_argument("--questions", type=int, default=MANY, help="submissions of questions alone")
    parser.add_argument("--nbgrader-only", action="store_true")
    parser.add_argument("--evcxr", type=Path, help="an evcxr_jupyter that is there")
    parser.add_argument("--jupyter-path", type=Path, default=ROOT / ".venv/share/jupyter", help="where our kernel is registered")
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()

    version = subprocess.run([NBGRADER / "python", "-c", "import nbgrader; print(nbgrader.__version__)"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    about = {"date": datetime.date.today().isoformat()} | machine() | {"nbgrader": version, "evcxr_jupyter": EVCXR_VERSION}
    with tempfile.TemporaryDirectory(prefix="grading-") as scratch:
        runs = measure(options, Path(scratch))
    text = report(about, runs)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"grading-{about['date']}"
    (options.out / f"{name}.md").write_text(text)
    figures = [{"name": r.name, "submissions": r.submissions, "seconds": round(r.seconds, 3), "memory": round(r.memory, 1)} for r in runs]
    (options.out / f"{name}.json").write_text(json.dumps({"about": about, "runs": figures}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()

"""Grading on a Dask cluster comes to the same grades as grading here, whatever happens to workers."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from dask.cluster import GRADER, PYTHON, Cluster, cluster, grading_processes, wait_for
from grading import course, grading

# Compiling 12 submissions on two busy cores takes a while.
pytestmark = pytest.mark.timeout(420)

OPTIONS = ["--cell-time", "4", "--time", "30", "--due", "2026-01-01T00:00Z", "--late-a-day", "0.01"]
WORDS = "\n".join(["// Größe, 大きさ, 🦀", *(f"// line {number}" for number in range(50))])


def double(body: str) -> str:
    return f"fn double(x: u64) -> u64 {{\n    {body}\n}}"


HANDED_IN = {
    "ada": {},
    "bob": {"attack_1_answer": 'answer("attack-1", "C");', "double_answer": double("x + 2")},
    "cyn": {"double_answer": double("x *")},
    "dan": {"double_answer": double('panic!("no idea")')},
    "eve": {"double_answer": double("loop {}")},
    "fay": {"double_answer": double("std::process::exit(0)")},
    "gil": {"triple_answer": "fn triple(x: u64) -> u64 {\n    21\n}", "essay": "What I learnt: **much**."},
    "hal": {"double_answer": WORDS + "\n" + double("x << 1")},
    "ida": {"double_answer": double("unsafe { std::hint::unreachable_unchecked() }")},
    "jon": None,
    "kay": b"\xff\xfe not a notebook",
    "lea": b'{"cells": [',
}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory, source, released) -> Path:
    folder = tmp_path_factory.mktemp("handed-in") / "submissions"
    for student, answers in HANDED_IN.items():
        what = answers if isinstance(answers, bytes) else course.submission(released, **answers or {})
        course.hand_in(folder, student, released if answers is None else what)
    return folder


@pytest.fixture(scope="module")
def local(tmp_path_factory, handed_in: Path, source: Path) -> dict:
    """What grading here comes to."""
    out = tmp_path_factory.mktemp("local")
    grading.grade(handed_in, source, out, *OPTIONS)
    return without_times(out)


def without_times(out: Path) -> dict:
    found = grading.results(out)
    for result in found.values():
        result.seconds = 0.0
        for item in result.items.values():
            item.evidence = re.sub(r"(?m)^\d+\.\d\d s", "", item.evidence)
    return found


class Run:
    """`grade --dask`, into a folder of its own."""

    def __init__(self, out: Path, source: Path, handed_in: Path, address: str, *more: object):
        self.out = out
        self.argv = [GRADER, "grade", handed_in, "--source", source, "--out", out, *OPTIONS,
                     "--dask", address, "--dask-python", PYTHON, *more]

    def begin(self) -> subprocess.Popen:
        return subprocess.Popen([str(part) for part in self.argv], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def to_end(self, status: int = 0) -> str:
        """What it said."""
        process = self.begin()
        said = "".join(process.communicate(timeout=300))
        assert process.returncode == status, said
        return said

    def recorded(self) -> int:
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(
                sqlite3.connect(f"file:{self.out}/gradebook.db?mode=ro", uri=True)) as book:
            return book.execute("SELECT count(*) FROM submissions").fetchone()[0]
        return 0


def test_a_worker_is_killed_and_the_grades_are_those_of_one_machine(
        tmp_path: Path, source: Path, handed_in: Path, local: dict):
    with cluster(tmp_path / "cluster", GRADER, GRADER) as there:
        run = Run(tmp_path / "out", source, handed_in, there.address)
        process = run.begin()
        # Some are recorded, and this worker has another in hand.
        wait_for(lambda: run.recorded() >= 3 and grading_processes(there.workers[0]))
        there.workers[0].send_signal(signal.SIGKILL)
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert "12 submissions graded" in out
        assert "has left the cluster" in err
    assert without_times(run.out) == local

    # Nothing has changed, so the cluster, which is gone, is not asked.
    assert "nothing to grade: all 12 submissions are as they were" in run.to_end()


def test_a_grader_that_is_killed_leaves_nothing_behind_and_goes_on_later(
        tmp_path: Path, source: Path, handed_in: Path, local: dict):
    with cluster(tmp_path / "cluster", GRADER, GRADER) as there:
        run = Run(tmp_path / "out", source, handed_in, there.address)
        process = run.begin()
        wait_for(lambda: run.recorded() >= 3 and all(map(grading_processes, there.workers)))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=20)
        before = run.recorded()
        # What was being graded comes to its end first.
        wait_for(lambda: not any(map(grading_processes, there.workers)))
        said = run.to_end()
        assert f"{len(HANDED_IN) - before} submissions graded" in said, said
        assert f"{before} were as before" in said, said
    assert without_times(run.out) == local


def test_workers_that_cannot_grade_leave_it_to_the_others(
        tmp_path: Path, source: Path, handed_in: Path, local: dict):
    no_kernel = script(tmp_path / "no-kernel", f"TWOAXES_KERNEL=/bin/false exec {GRADER} \"$@\"")
    with cluster(tmp_path / "cluster", None, no_kernel, GRADER) as there:
        run = Run(tmp_path / "out", source, handed_in, there.address)
        said = run.to_end()
        assert "cannot grade: there is no twoaxes-grader on its PATH" in said, said
        assert "cannot grade: the kernel does not start" in said, said
    assert without_times(run.out) == local


def test_no_worker_can_grade(tmp_path: Path, source: Path, handed_in: Path):
    with cluster(tmp_path / "cluster", None, None) as there:
        said = Run(tmp_path / "out", source, handed_in, there.address).to_end(status=2)
    assert "no worker of the cluster can grade" in said, said
    assert "there is no twoaxes-grader on its PATH" in said, said


def test_what_no_grader_survives_is_left_for_another_time(tmp_path: Path, source: Path, handed_in: Path):
    dies = script(tmp_path / "dies", """read setup; echo '{"ready": {"version": "x"}}'; read job; exit 3""")
    with cluster(tmp_path / "cluster", GRADER) as there:
        run = Run(tmp_path / "out", source, handed_in, there.address, "--dask-grader", dies)
        said = run.to_end(status=2)
        # One is no text at all, which is found out without the cluster.
        assert run.recorded() == 1
        assert said.count("ended over it twice: status 3") == 11, said
        assert "11 submissions are left to grade" in said, said


def test_what_ends_worker_after_worker_is_given_up(tmp_path: Path, source: Path, handed_in: Path):
    kills = script(tmp_path / "kills", """read setup; echo '{"ready": {"version": "x"}}'; read job; kill -9 $PPID""")
    with cluster(tmp_path / "cluster", GRADER, GRADER, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1") as there:
        run = Run(tmp_path / "out", source, handed_in, there.address, "--student", "ada", "--dask-grader", kills)
        said = run.to_end(status=2)
    assert "attack of ada: 2 workers ended while they graded it" in said, said
    assert "1 submission is left to grade" in said, said
    assert run.recorded() == 0


def test_no_scheduler_answers(tmp_path: Path, source: Path, handed_in: Path):
    with socket.socket() as nobody:
        # Bound, so that it is nobody else's, and not listening.
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        begun = time.monotonic()
        said = Run(tmp_path / "out", source, handed_in, address, "--dask-wait", "2").to_end(status=2)
        assert time.monotonic() - begun < 30
    assert f"no Dask scheduler answers at {address} within 2 s" in said, said


def test_a_worker_that_joins_later_is_used(
        tmp_path: Path, source: Path, handed_in: Path, local: dict):
    with cluster(tmp_path / "cluster") as there:
        run = Run(tmp_path / "out", source, handed_in, there.address, "--student", "jon", "--student", "lea")
        process = run.begin()
        wait_for(lambda: "Receive client connection" in (tmp_path / "cluster/scheduler-0.log").read_text())
        there.add_worker()
        out, err = process.communicate(timeout=120)
        assert "2 submissions graded" in out, err
    expected = {who: result for who, result in local.items() if who[0] in ("jon", "lea")}
    assert without_times(run.out) == expected


def test_nobody_joins_the_cluster(tmp_path: Path, source: Path, handed_in: Path):
    with cluster(tmp_path / "cluster") as there:
        said = Run(tmp_path / "out", source, handed_in, there.address, "--dask-wait", "2").to_end(status=2)
    assert "has had no worker for 2 s" in said, said


@pytest.mark.parametrize(
    "more, message",
    [
        (["--dask-python", "/nowhere/python"], "cannot run /nowhere/python; name a Python"),
        # The Python of the grader's own environment has no `distributed`.
        (["--dask-python", GRADER.with_name("python")], "has no package `distributed`"),
        (["--dask", "nonsense"], "the Dask scheduler at nonsense cannot be used"),
        (["--jobs", "2"], "cannot be used with"),
        (["--dask-wait", "0"], "--dask-wait is 0"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(
        more: list, message: str, tmp_path: Path, source: Path, handed_in: Path):
    run = Run(tmp_path / "out", source, handed_in, "tcp://127.0.0.1:9")
    for option in more[::2]:
        if option in run.argv:
            at = run.argv.index(option)
            del run.argv[at:at + 2]
    run.argv += more
    said = run.to_end(status=2)
    assert message in said and "Traceback" not in said, said


@pytest.mark.parametrize(
    "change, message",
    [
        ({"version": "0.0.0"}, "and the one that asks is 0.0.0: install the same on both"),
        ({"rules": "of another course"}, "understands the course in another way"),
        ({"files": [["../a.ipynb", "{}"]]}, '"../a.ipynb" is no name of a file'),
    ],
)
def test_graders_that_differ_do_not_grade_together(change: dict, message: str, source: Path):
    setup = {"version": version(), "rules": "", "files": [[f.name, f.read_text()] for f in source.iterdir()],
             "cell": 5.0, "submission": 5.0, "sandbox": "auto", "memory": 2048, "cpu": 20}
    done = subprocess.run([GRADER, "work"], input=json.dumps(setup | change) + "\n", text=True,
                          capture_output=True, timeout=60, check=True)
    assert message in json.loads(done.stdout)["unable"]["why"]


def version() -> str:
    said = subprocess.run([GRADER, "--version"], text=True, capture_output=True, timeout=60, check=True).stdout
    return said.split()[1]


def script(path: Path, commands: str) -> Path:
    path.write_text(f"#!/bin/sh\n{commands}\n")
    os.chmod(path, 0o755)
    return path

"""A Dask cluster on this machine: a scheduler, and workers that can be killed."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("TWOAXES_DASK", ROOT / "target/dask-venv"))
PYTHON = VENV / "bin/python"
GRADER = ROOT / ".venv/bin/twoaxes-grader"


def wait_for(event: Callable[[], object], seconds: float = 60):
    """The first true thing that `event` returns."""
    deadline = time.monotonic() + seconds
    while not (found := event()):
        assert time.monotonic() < deadline, f"{event} did not come about in {seconds} s"
        time.sleep(0.02)
    return found


class Cluster:
    def __init__(self, folder: Path, processes: contextlib.ExitStack):
        self.folder, self.processes = folder, processes
        self.workers: list[subprocess.Popen] = []
        self.address = ""

    def start_scheduler(self, **environment: str) -> None:
        file = self.folder / "scheduler.json"
        self.run("scheduler", "--port", "0", "--scheduler-file", file, **environment)
        # Written in one go, under another name first.
        self.address = json.loads(wait_for(lambda: file.is_file() and file.read_text()))["address"]

    def add_worker(self, grader: Path | None = GRADER) -> subprocess.Popen:
        """A worker with one thread, which finds a grader or none."""
        # Nothing that was compiled here is there already.
        environment = {"TWOAXES_CACHE": str(self.folder / "cache")}
        environment |= {"TWOAXES_GRADER": str(grader)} if grader else {"PATH": "/usr/bin:/bin"}
        name = f"worker-{len(self.workers)}"
        worker = self.run("worker", self.address, "--nthreads", "1", "--no-nanny", "--name", name,
                          "--local-directory", self.folder / name, **environment)
        self.workers.append(worker)
        return worker

    def run(self, what: str, *arguments: object, **environment: str) -> subprocess.Popen:
        log = self.processes.enter_context(open(self.folder / f"{what}-{len(self.workers)}.log", "wb"))
        argv = [VENV / "bin/dask", what, *arguments, "--host", "127.0.0.1", "--no-dashboard",
                "--dashboard-address", "127.0.0.1:0"]
        process = subprocess.Popen([str(part) for part in argv], env=os.environ | environment,
                                   stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.processes.callback(end, process)
        return process


def end(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(20)


@contextlib.contextmanager
def cluster(folder: Path, *graders: Path | None, **environment: str) -> Iterator[Cluster]:
    """With a worker for each of `graders`."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as processes:
        made = Cluster(folder, processes)
        made.start_scheduler(**environment)
        for grader in graders:
            made.add_worker(grader)
        yield made


def grading_processes(worker: subprocess.Popen) -> list[int]:
    """The processes `twoaxes-grader work` that a worker has started."""
    found = []
    for task in Path(f"/proc/{worker.pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(pid) for pid in task.read_text().split()]
    return found

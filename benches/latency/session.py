"""One launch of one kernel, and what is measured in it."""

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager, KernelManager

from .cells import GROWTH, OURS, READING_S, Contestant

Samples = dict[str, list[float]]


def kernel_spec(contestant: Contestant) -> KernelSpec:
    return KernelSpec(argv=contestant.argv, language=contestant.language, display_name=contestant.name,
                      interrupt_mode="message")


def with_cache(folder: Path) -> dict[str, str]:
    """Our kernel keeps compiled cells in a folder of the benchmark's own."""
    return os.environ | {"TWOAXES_CACHE": str(folder)}


class Session:
    def __init__(self, contestant: Contestant, environment: Mapping[str, str]):
        self.contestant = contestant
        self.samples: Samples = {}
        self.manager = KernelManager(kernel_name=contestant.name)
        self.manager._kernel_spec = kernel_spec(contestant)
        self.launched = time.perf_counter()
        self.manager.start_kernel(env=dict(environment))
        self.client = self.manager.client()
        self.client.start_channels()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    # -- what is measured

    def measure(self, repeats: int, n: int) -> None:
        """A session that asks at once and then goes on. `n` and the numbers above it are its own."""
        info = self.client.kernel_info()
        first = self.client.execute(self.contestant.cells(n)["sum"])
        self.shell_reply(info)
        self.add("info", time.perf_counter() - self.launched)
        # By its reply: a subscription made at launch may miss the first messages.
        self.shell_reply(first)
        self.add("first", time.perf_counter() - self.launched)
        self.add("first_let", self.time(self.contestant.first_let(n)))
        if self.contestant.dependencies:
            self.add("dependencies", self.time("\n".join(self.contestant.dependencies), 600))
        self.repeat(repeats, n)
        self.add("memory", sum(proportional_size(p) for p in family(self.manager.provisioner.pid)) / 2**20)
        self.grow(repeats, n + repeats + 1)

    def read_first(self, n: int) -> None:
        """A session of somebody who reads before the first cell."""
        self.shell_reply(self.client.kernel_info())
        time.sleep(READING_S)
        self.add("reading", self.time(self.contestant.first_let(n)))

    def repeat(self, repeats: int, n: int) -> None:
        """The cells that a session has many of; those of another session if it had the same numbers."""
        if self.contestant.preparation:
            self.time(self.contestant.preparation)
        self.time(self.contestant.first_let(n))  # evcxr drops variables when it loads crates
        self.time("6 * 7")
        for number in range(n + 1, n + 1 + repeats):
            for row, code in self.contestant.cells(number).items():
                if row == "loop":
                    self.add(row, self.time_inside(code))
                else:
                    self.add(row, self.time(code, fails=row == "error"))

    def grow(self, repeats: int, n: int) -> None:
        for start, end in zip((0, *GROWTH), GROWTH):
            for code in self.contestant.growth(start, end, n):
                self.time(code)
            for _ in range(repeats):
                n += 1
                self.add(f"grown {end}", self.time(self.contestant.cells(n)["sum"]))

    # -- how

    def add(self, row: str, value: float) -> None:
        self.samples.setdefault(row, []).append(value)

    def time(self, code: str, limit: float = 60, fails: bool = False) -> float:
        asked = time.perf_counter()
        self.finish(self.client.execute(code, allow_stdin=False), limit, fails)
        return time.perf_counter() - asked

    def time_inside(self, code: str) -> float:
        """The time that the cell itself says it took."""
        said = self.finish(self.client.execute(code, allow_stdin=False))
        return float(re.search(r"took ([\d.]+) s", said)[1])

    def finish(self, msg_id: str, limit: float = 60, fails: bool = False) -> str:
        """Waits for reply and idle; returns what the cell printed."""
        reply = self.shell_reply(msg_id, limit)["content"]
        said = ""
        while True:
            message = self.client.get_iopub_msg(timeout=limit)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            if message["msg_type"] == "stream":
                said += message["content"]["text"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                # A cell that fails by mistake is faster than one that runs.
                if (reply["status"] == "error") != fails:
                    raise RuntimeError(f"{self.contestant.name}: {reply} {said}")
                return said

    def shell_reply(self, msg_id: str, limit: float = 60) -> dict:
        while True:
            message = self.client.get_shell_msg(timeout=limit)
            if message["parent_header"].get("msg_id") == msg_id:
                return message


def visit(contestant: Contestant, environment: Mapping[str, str], repeats: int, n: int) -> Samples:
    """All sessions of one kernel in one round. Kernels that keep nothing know a cell only in its session."""
    with Session(contestant, environment) as session:
        session.measure(repeats, n)
    samples = session.samples
    with Session(contestant, environment) as later:
        later.read_first(n + 500)
        if contestant.name == OURS:
            reading = later.samples.pop("reading")
            later.repeat(repeats, n)
            samples |= {"reading": reading, "seen": later.samples["sum"]}
        else:
            samples |= {"reading": later.samples["reading"], "seen": samples["again"]}
    return samples


def run_notebook(contestant: Contestant, environment: Mapping[str, str], path: Path) -> float:
    """The time from launch to the last output of a notebook's `Run all`."""
    import nbformat
    from nbclient import NotebookClient

    manager = AsyncKernelManager(kernel_name=contestant.name)
    manager._kernel_spec = kernel_spec(contestant)
    client = NotebookClient(nbformat.read(path, as_version=4), km=manager, timeout=300, allow_errors=False)
    begin = time.perf_counter()
    client.execute(env=dict(environment))
    return time.perf_counter() - begin


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def proportional_size(pid: int) -> int:
    """Memory in bytes; what processes share is divided among them."""
    try:
        return int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1]) * 1024
    except (OSError, TypeError):
        return 0

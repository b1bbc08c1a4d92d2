#!/usr/bin/env python3
"""How long a person waits: our kernel beside evcxr_jupyter and ipykernel.

Every kernel is asked over the real wire, in one run on one machine, and the
kernels take turns round by round, so that a slow minute hurts all of them.
Times end when the reply and the idle status are both there. Rust cells differ
in a literal each time, so that nothing is answered from a cache, except in the
row that asks for it.

    target/test-venv/bin/python benches/kernel_latency.py

writes benches/results/kernel_latency-DATE.md and .json. Without --evcxr, it
builds evcxr_jupyter into target/bench the first time (about 5 minutes).
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import ipykernel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[1]
EVCXR_VERSION = "0.22.0"
DEPENDENCIES = [':dep rayon = "1"', ':dep tokio = { version = "1", features = ["full"] }',
                ':dep plotters = { version = "0.3", default-features = false, features = ["svg_backend", "all_series"] }']

ROWS = [
    ("info", "kernel_info answered, after launch"),
    ("first", "first cell, asked at launch"),
    ("first_let", "first variable"),
    ("dependencies", "rayon, tokio and plotters usable"),
    ("sum", "`1 + n`"),
    ("let", "`let x = vec![..]`"),
    ("fn", "`fn`"),
    ("print", "`println!` of a stored variable"),
    ("error", "compile error"),
    ("again", "the very same cell again"),
]


@dataclass
class Contestant:
    name: str
    argv: list[str]
    language: str
    version: str
    dependencies: tuple[str, ...] = ()

    def cells(self, n: int) -> dict[str, str]:
        if self.language == "python":
            return {"sum": f"1 + {n}", "let": f"x{n} = [1, 2, {n}]", "fn": f"def f{n}(x):\n    return x + {n}",
                    "print": f"print(data, {n})", "error": f"let {n} =", "again": "6 * 7"}
        return {"sum": f"1 + {n}", "let": f"let x{n} = vec![1, 2, {n}];", "fn": f"fn f{n}(x: i32) -> i32 {{ x + {n} }}",
                "print": f'println!("{{data:?}} {n}");', "error": f'let e{n}: i32 = "{n}";', "again": "6 * 7"}

    @property
    def first_let(self) -> str:
        return "data = [1, 2, 3]" if self.language == "python" else "let data = vec![1, 2, 3];"


class Session:
    """One launch of one kernel."""

    def __init__(self, contestant: Contestant):
        self.contestant = contestant
        self.samples: dict[str, list[float]] = {}
        self.manager = KernelManager(kernel_name=contestant.name)
        self.manager._kernel_spec = KernelSpec(argv=contestant.argv, language=contestant.language,
                                               display_name=contestant.name, interrupt_mode="message")
        self.launched = time.perf_counter()
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()

    def measure(self, repeats: int, first_number: int) -> None:
        info = self.client.kernel_info()
        first = self.client.execute(self.contestant.cells(first_number)["sum"])
        self.shell_reply(info)
        self.add("info", time.perf_counter() - self.launched)
        self.finish(first)
        self.add("first", time.perf_counter() - self.launched)
        self.add("first_let", self.time(self.contestant.first_let))
        if self.contestant.dependencies:
            self.add("dependencies", self.time("\n".join(self.contestant.dependencies), 600))
            self.time(self.contestant.first_let)  # evcxr drops variables when it loads crates
        self.time("6 * 7")
        for n in range(first_number + 1, first_number + 1 + repeats):
            for row, code in self.contestant.cells(n).items():
                self.add(row, self.time(code))
        self.add("memory", sum(proportional_size(p) for p in family(self.manager.provisioner.pid)) / 2**20)

    def add(self, row: str, value: float) -> None:
        self.samples.setdefault(row, []).append(value)

    def time(self, code: str, limit: float = 120) -> float:
        asked = time.perf_counter()
        self.finish(self.client.execute(code, allow_stdin=False), limit)
        return time.perf_counter() - asked

    def finish(self, msg_id: str, limit: float = 120) -> None:
        self.shell_reply(msg_id, limit)
        while True:
            message = self.client.get_iopub_msg(timeout=limit)
            if (message["parent_header"].get("msg_id") == msg_id and message["msg_type"] == "status"
                    and message["content"]["execution_state"] == "idle"):
                return

    def shell_reply(self, msg_id: str, limit: float = 120) -> dict:
        while True:
            message = self.client.get_shell_msg(timeout=limit)
            if message["parent_header"].get("msg_id") == msg_id:
                return message

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


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


def contestants(options: argparse.Namespace) -> list[Contestant]:
    ours = options.kernel
    evcxr = options.evcxr or build_evcxr()
    version = subprocess.run([ours, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    evcxr_argv = [str(evcxr), "--control_file", "{connection_file}"]
    found = [
        Contestant("twoaxes", [str(ours), "run", "--connection-file", "{connection_file}"], "rust", version),
        Contestant("evcxr_jupyter", evcxr_argv, "rust", EVCXR_VERSION),
        Contestant("ipykernel", [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "python",
                   ipykernel.__version__),
    ]
    if not options.without_dependencies:
        found.insert(2, Contestant("evcxr_jupyter with crates", evcxr_argv, "rust", EVCXR_VERSION, tuple(DEPENDENCIES)))
    return found


def build_evcxr() -> Path:
    folder = ROOT / "target/bench"
    binary = folder / "bin/evcxr_jupyter"
    if not binary.exists():
        subprocess.run(["cargo", "install", "evcxr_jupyter", "--version", EVCXR_VERSION, "--locked", "--root", folder,
                        "--target-dir", folder / "target"], check=True)
    return binary


def machine() -> dict[str, str]:
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"cpu": model[1] if model else platform.machine(), "cores": str(os.cpu_count()), "system": platform.platform(),
            "rust": rustc, "load before": f"{os.getloadavg()[0]:.1f}"}


def report(results: dict, kernels: list[Contestant], about: dict[str, str], options: argparse.Namespace) -> str:
    ours, peer = "twoaxes", "evcxr_jupyter" if options.without_dependencies else "evcxr_jupyter with crates"
    lines = [f"# Kernel latency, {about['date']}", "",
             f"Medians in seconds of {options.rounds} launches, {options.repeats} cells of each kind in each. "
             "The kernels took turns. twoaxes has rayon, tokio and plotters in scope without asking. "
             f"The ratio is {peer} to {ours}: above 1, ours is faster.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += [f"- {k.name}: {k.version}" for k in kernels if not k.dependencies]
    lines += ["", "| | " + " | ".join(k.name for k in kernels) + " | ratio |", "|---|" + "---:|" * (len(kernels) + 1)]
    for row, label in [*ROWS, ("memory", "memory of all processes at rest, MB")]:
        medians = {k.name: statistics.median(results[k.name][row]) for k in kernels if results[k.name].get(row)}
        digits = 0 if row == "memory" else 3
        shown = [f"{medians[k.name]:.{digits}f}" if k.name in medians else "-" for k in kernels]
        ratio = f"{medians[peer] / medians[ours]:.1f}" if ours in medians and peer in medians else "-"
        lines.append(f"| {label} | " + " | ".join(shown) + f" | {ratio} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", type=Path, default=ROOT / ".venv/bin/twoaxes-kernel")
    parser.add_argument("--evcxr", type=Path, help="an evcxr_jupyter that is there")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--without-dependencies", action="store_true", help="leave out evcxr with crates (40 s a launch)")
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()

    about = {"date": datetime.date.today().isoformat()} | machine()
    kernels = contestants(options)
    results: dict[str, dict[str, list[float]]] = {k.name: {} for k in kernels}
    for number in range(options.rounds):
        for contestant in kernels[number % len(kernels):] + kernels[: number % len(kernels)]:
            print(f"round {number + 1} of {options.rounds}: {contestant.name}", flush=True)
            session = Session(contestant)
            try:
                session.measure(options.repeats, first_number=1000 * (number + 1))
            finally:
                session.stop()
            for row, values in session.samples.items():
                results[contestant.name].setdefault(row, []).extend(values)

    text = report(results, kernels, about, options)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"kernel_latency-{about['date']}"
    (options.out / f"{name}.md").write_text(text)
    samples = {k: {row: [round(v, 4) for v in vs] for row, vs in rows.items()} for k, rows in results.items()}
    (options.out / f"{name}.json").write_text(json.dumps({"about": about, "samples": samples}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()

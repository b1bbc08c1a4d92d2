#!/usr/bin/env python3
"""Ten thousand cells in one session: what grows, and how fast.

Most cells are those of a reader who runs things again: expressions, prints, displays, a variable
that is set anew, a function that is defined anew, an error of the compiler, a panic. After each
thousand the kernel and the process that runs cells are looked at: memory, open files, threads,
mapped regions; and the files in the session's folder.

    target/test-venv/bin/python benches/long_session.py

writes benches/results/long-session-DATE.md and .json.
"""

import argparse
import datetime
import json
import os
import re
import statistics
import time
from pathlib import Path

from latency.cells import OURS, Contestant
from latency.session import Session
from machine import machine

ROOT = Path(__file__).resolve().parents[1]
CELLS = [
    "1 + 1",
    'println!("a line");',
    "let again = vec![1, 2, 3];",
    "again.iter().sum::<i32>()",
    "fn doubled(n: i32) -> i32 { 2 * n }",
    "doubled(again[1])",
    "barista::time_slice(&[20, 20], 5)",
    "no_such_name",
    'panic!("on purpose")',
    'interact(slider("n", 1..=8), |n: i32| n);',
]


def look(pid: int) -> dict[str, float]:
    proc = Path(f"/proc/{pid}")
    status = (proc / "status").read_text()
    return {
        "memory, MB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024,
        "open files": len(list((proc / "fd").iterdir())),
        "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
        "mapped regions": len((proc / "maps").read_text().splitlines()),
    }


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def runtime(pid: int) -> int:
    """The process that runs cells. One that has just ended has no command line any more."""
    running = [child for child in children(pid) if Path(f"/proc/{child}/cmdline").read_bytes().endswith(b"\0runtime\0")]
    return running[-1]


def files(pid: int) -> int:
    """The files in the session's own folder, which its process has in its environment."""
    for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if entry.startswith(b"CARGO_HOME="):
            folder = Path(os.fsdecode(entry.split(b"=", 1)[1])).parent
            return sum(len(names) for _, _, names in os.walk(folder))
    return 0


def run(session: Session, code: str) -> float:
    begun = time.perf_counter()
    session.shell_reply(session.client.execute(code, allow_stdin=False))
    return (time.perf_counter() - begun) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", type=Path, default=ROOT / ".venv/bin/twoaxes-kernel")
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()
    about = machine()
    ours = Contestant(OURS, [str(options.kernel), "run", "--connection-file", "{connection_file}"], "rust", "")
    rows = []
    with Session(ours, os.environ) as session:
        session.client.wait_for_ready(timeout=60)
        kernel = session.manager.provisioner.pid
        times = []
        for number in range(options.cells + 1):
            if number % (options.cells // 10) == 0:
                runs_cells = runtime(kernel)
                row = {"cells": number, "processes": len(children(kernel))}
                row |= {f"kernel: {key}": value for key, value in look(kernel).items()}
                row |= {f"runtime: {key}": value for key, value in look(runs_cells).items()}
                row |= {"files": files(runs_cells), "cell, ms": statistics.median(times) if times else 0.0}
                rows.append(row)
                print(row, flush=True)
                times = []
            times.append(run(session, CELLS[number % len(CELLS)]))
            while session.client.iopub_channel.msg_ready():
                session.client.get_iopub_msg(timeout=1)
    lines = [f"# A long session, {datetime.date.today()}", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    keys = list(rows[0])
    lines += ["", f"| {' | '.join(keys)} |", "|" + "---:|" * len(keys)]
    lines += [f"| {' | '.join(f'{row[key]:g}' if isinstance(row[key], int) else f'{row[key]:.0f}' for key in keys)} |" for row in rows]
    text = "\n".join([*lines, ""])
    target = options.out / f"long-session-{datetime.date.today()}"
    target.with_suffix(".md").write_text(text)
    target.with_suffix(".json").write_text(json.dumps({"machine": about, "rows": rows}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()

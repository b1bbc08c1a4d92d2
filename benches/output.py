#!/usr/bin/env python3
"""How much a cell can say, and how soon it is heard: our kernel beside evcxr_jupyter and ipykernel.

A client takes what comes on iopub as it is, and reads it when the cell has ended, so that the kernel is what is
measured. Every byte has to be there, in order. Our kernel's budget for a cell's output is raised (`--output-mib`), except
where the row is about what lies beyond it. Memory is what the processes of the kernel grow by at most.

    target/test-venv/bin/python benches/output.py

writes benches/results/output-DATE.md and .json.
"""

import argparse
import contextlib
import datetime
import json
import os
import re
import statistics
import time
from pathlib import Path

import zmq

from kernel_latency import contestants
from latency.cells import OURS, Contestant
from latency.session import Session, family
from machine import machine

ROOT = Path(__file__).resolve().parents[1]
MB = 10**6
BUDGET_MIB = 4096
LINE = "0123456789" * 10  # and its end
LINES, PIECE = 1_000_000, 10_000
UPDATES, CLOCKS = 20_000, 100

RUST = {
    "lines": f'for _ in 0..{LINES} {{ println!("{LINE}"); }}',
    "pieces": f'let piece = "{LINE}\\n".repeat({PIECE}); for _ in 0..{LINES // PIECE} {{ print!("{{piece}}"); }}',
    "updates": 'use twoaxes::notebook::{MimeBundle, display_with_id, update_display}; let shown = display_with_id(&MimeBundle::text("0")); '
               f"for n in 1..={UPDATES} {{ update_display(&shown, &MimeBundle::text(n.to_string())); }}",
    "clock": f'for _ in 0..{CLOCKS} {{ println!("{{}}", now()); std::thread::sleep(std::time::Duration::from_millis(20)); }}',
}
PYTHON = {
    "lines": f'for _ in range({LINES}): print("{LINE}")',
    "pieces": f'piece = "{LINE}\\n" * {PIECE}\nfor _ in range({LINES // PIECE}): print(piece, end="")',
    "updates": f'shown = display({{"text/plain": "0"}}, raw=True, display_id=True)\n'
               f'for n in range(1, {UPDATES + 1}): shown.update({{"text/plain": str(n)}}, raw=True)',
    "clock": f"for _ in range({CLOCKS}):\n    print(time.monotonic_ns())\n    time.sleep(0.02)",
}
# The clock that Python calls monotonic.
RUST_CLOCK = """#[repr(C)] struct Moment { s: i64, ns: i64 }
unsafe extern "C" { fn clock_gettime(clock: i32, moment: *mut Moment) -> i32; }
fn now() -> i64 { let mut at = Moment { s: 0, ns: 0 }; unsafe { clock_gettime(1, &mut at); } at.s * 1_000_000_000 + at.ns }"""

ROWS = {
    "lines": ("lines of 100 bytes, MB/s", "at least 100", 100),
    "pieces": ("writes of 1 MB, MB/s", "at least 100", 100),
    "beyond": ("lines beyond the budget, MB/s", "", None),
    "updates": ("updates of a display, thousands a minute", "at least 20", 20),
    "seen": ("of these seen, the others had a later one behind them, %", "", None),
    "clock": ("from a line's print to iopub, ms", "at most 10", -10),
    "clock p99": ("the same, 99 of 100, ms", "", None),
    "memory": ("memory gained by these, MB", "at most 64", -64),
}
Heard = list[tuple[int, str, dict]]


def listen(session: Session, code: str) -> Heard:
    """What came for a cell up to its idle: when in ns, which type, which content."""
    msg_id = session.client.execute(code, allow_stdin=False).encode()
    socket = session.client.iopub_channel.socket
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    raw = []
    while not raw or not (len(raw[-1][1][-1]) < 99 and b'"idle"' in raw[-1][1][-1]):
        if not poller.poll(120_000):
            raise SystemExit(f"{session.contestant.name} fell silent")
        frames = socket.recv_multipart()
        frames = frames[frames.index(b"<IDS|MSG>") + 1:]
        if msg_id in frames[2]:
            raw.append((time.monotonic_ns(), frames))
    heard = [(at, json.loads(frames[1])["msg_type"], json.loads(frames[4])) for at, frames in raw]
    errors = [content["evalue"] for _, kind, content in heard if kind == "error"]
    if errors:
        raise SystemExit(f"{session.contestant.name}: {errors[0]}")
    session.shell_reply(msg_id.decode(), 60)
    return heard


def timed(session: Session, row: str) -> tuple[Heard, str, float]:
    """A cell of `row`: what came, its text, and the seconds from its first word to its idle."""
    is_rust = session.contestant.language == "rust"
    begin = 'println!("{}", now());' if is_rust else "print(time.monotonic_ns())"
    heard = listen(session, f"{begin}\n{(RUST if is_rust else PYTHON)[row]}")
    begun, _, text = "".join(content["text"] for _, kind, content in heard if kind == "stream").partition("\n")
    return heard, text, (heard[-1][0] - int(begun)) / 1e9


def rate_of_text(session: Session, row: str) -> float:
    _, text, seconds = timed(session, row)
    if text != f"{LINE}\n" * LINES:
        raise SystemExit(f"{session.contestant.name} lost {LINES * (len(LINE) + 1) - len(text)} bytes")
    return len(text) / MB / seconds


def measure(session: Session) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    before = {pid: peak(pid, forget=True) for pid in family(session.manager.provisioner.pid)}
    for row in ("lines", "pieces"):
        found[row] = [rate_of_text(session, row)]
    if session.contestant.name in (OURS, "ipykernel"):
        heard, _, taken = timed(session, "updates")
        seen = [int(content["data"]["text/plain"]) for _, kind, content in heard if kind == "update_display_data"]
        if seen != sorted(set(seen)) or seen[-1] != UPDATES:
            raise SystemExit(f"{session.contestant.name}: the last updates are {seen[-9:]}")
        found["seen"] = [len(seen) / UPDATES * 100]
        found["updates"] = [UPDATES / 1e3 * 60 / taken]
    with contextlib.suppress(OSError, TypeError):  # a process that has ended
        found["memory"] = [sum(peak(pid) - size for pid, size in before.items()) / 2**20]
    late = [(at - int(number)) / 1e6 for at, kind, content in timed(session, "clock")[0] if kind == "stream"
            for number in content["text"].split()]
    found["clock"] = [statistics.median(late)]
    found["clock p99"] = [sorted(late)[len(late) * 99 // 100 - 1]]
    return found


def peak(pid: int, forget: bool = False) -> int:
    """The largest resident size so far, in bytes; with `forget` it counts anew, from now."""
    if forget:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def visit(contestant: Contestant, budget: int | None) -> dict[str, list[float]]:
    environment = dict(os.environ) | ({"TWOAXES_OUTPUT_MIB": str(budget)} if budget else {})
    is_rust = contestant.language == "rust"
    with Session(contestant, environment) as session:
        session.client.wait_for_ready(timeout=60)
        session.time(RUST_CLOCK if is_rust else "import time")
        session.time("let first = 1;" if is_rust else "first = 1")
        if budget is not None or contestant.name != OURS:
            return measure(session)
        _, _, taken = timed(session, "lines")
        return {"beyond": [LINES * (len(LINE) + 1) / MB / taken]}


def report(samples: dict[str, dict[str, list[float]]], about: dict[str, str], versions: list[str]) -> str:
    medians = {name: {row: statistics.median(values) for row, values in rows.items()} for name, rows in samples.items()}
    lines = [f"# Output, {datetime.date.today()}", "", "Medians; a client on the same machine takes what comes.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()] + [f"- {version}" for version in versions]
    lines += ["", f"| | {' | '.join(samples)} | bar for ours |", "|---|" + "---:|" * (len(samples) + 1)]
    missed = []
    for row, (label, words, bar) in ROWS.items():
        values = [f"{rows[row]:.1f}" if row in rows else "-" for rows in medians.values()]
        lines.append(f"| {label} | {' | '.join(values)} | {words} |")
        ours = medians[OURS][row]
        if bar is not None and (ours < bar if bar > 0 else ours > -bar):
            missed.append(label)
    lines += ["", f"Missed: {', '.join(missed)}." if missed else "All within the bars.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", type=Path, default=ROOT / ".venv/bin/twoaxes-kernel")
    parser.add_argument("--evcxr", type=Path, help="an evcxr_jupyter that is there")
    parser.add_argument("--alone", action="store_true", help="without peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()
    options.without_dependencies = True
    about = machine()
    kernels = [kernel for kernel in contestants(options) if not options.alone or kernel.name == OURS]
    samples: dict[str, dict[str, list[float]]] = {kernel.name: {} for kernel in kernels}
    for number in range(options.rounds):
        for contestant in kernels[number % len(kernels):] + kernels[: number % len(kernels)]:
            print(f"round {number + 1} of {options.rounds}: {contestant.name}", flush=True)
            rows = visit(contestant, BUDGET_MIB)
            if contestant.name == OURS:
                rows |= visit(contestant, None)
            for row, values in rows.items():
                samples[contestant.name].setdefault(row, []).extend(values)
    text = report(samples, about, [f"{kernel.name}: {kernel.version}" for kernel in kernels])
    print(text)
    if not options.alone:
        target = options.out / f"output-{datetime.date.today()}"
        target.with_suffix(".md").write_text(text)
        target.with_suffix(".json").write_text(json.dumps({"machine": about, "samples": samples}, indent=1) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What it costs that a failed cell changes nothing, and how soon it has changed nothing.

A cell that fails says when, by the system's clock, and the time to its reply counts from
there; of a cell that never ends it counts from when it is asked to stop. Every row is the
median of a few, with next to no variables and with one of a gigabyte. The price is the
time of a cell without content that this machine has run before, alone, and beside a
thread of an earlier cell, where our kernel makes no copy of the process.

    target/test-venv/bin/python benches/undo.py

writes benches/results/undo-DATE.md and .json.
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
BAR_MS = 200

PREPARATION = """fn deep(n: u64) -> u64 { 1 + std::hint::black_box(deep(n + 1)) }
fn now() -> u128 { std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_nanos()) }"""
NOW = 'println!("at {}", now());'
ENDINGS = {
    "panic": 'panic!("on purpose")',
    "?": 'Err::<(), _>("on purpose")?;',
    "exit": "std::process::exit(3)",
    "abort": "std::process::abort()",
    "segmentation fault": "unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }",
    "stack overflow": "deep(0)",
}
STARTED = 'println!("started");'
ENDLESS = {
    "spinning": "loop { std::hint::spin_loop() }",
    "deadlock": "{ let one = std::sync::Mutex::new(0); let _held = one.lock(); let _again = one.lock(); }",
    "deadlock of two locks": "{ let (one, two, met) = (std::sync::Mutex::new(0), std::sync::Mutex::new(0), std::sync::Barrier::new(2));"
    " std::thread::scope(|s| { s.spawn(|| { let _two = two.lock(); met.wait(); let _one = one.lock(); });"
    " let _one = one.lock(); met.wait(); let _two = two.lock(); }); }",
    "sleeping": "std::thread::sleep(std::time::Duration::from_secs(3600));",
    "flood of output": 'loop { println!("on and on") }',
    "its threads spin": "std::thread::scope(|s| { for _ in 0..4 { s.spawn(|| loop { std::hint::spin_loop() }); } });",
}
COMPILES = ("#[allow(long_running_const_eval)] const SLOW: u64 = { let mut i = NUMBER; while i < 4_000_000_000 { i += 1 } i };"
            " SLOW")
VARIABLES = {"few variables": "let few = 1;", "1 GB": "let big = vec![1_u8; 1 << 30];"}


def undone(session: Session, code: str) -> float:
    """Milliseconds from a cell's last word to its reply."""
    said = session.finish(session.client.execute(f"seen.push(1); {NOW} {code}", allow_stdin=False), fails=True)
    return time.time() * 1e3 - int(re.search(r"at (\d+)", said)[1]) / 1e6


def stopped(session: Session, code: str, wait_for: str) -> float:
    """Milliseconds from the wish to stop a cell to its reply."""
    msg_id = session.client.execute(code, allow_stdin=False)
    while True:
        message = session.client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        if message["msg_type"] == "error":
            raise SystemExit(f"{code} ended too soon: {message['content']['evalue']}")
        if message["msg_type"] == wait_for:
            break
    if wait_for == "execute_input":
        time.sleep(0.5)  # rustc is at it by then
    asked = time.perf_counter()
    session.manager.interrupt_kernel()
    if session.shell_reply(msg_id)["content"]["status"] != "error":
        raise SystemExit(f"it was not stopped: {code}")
    return (time.perf_counter() - asked) * 1e3


def measure(contestant: Contestant, variables: str, repeats: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    with Session(contestant, os.environ) as session:
        session.client.wait_for_ready(timeout=60)
        session.time(PREPARATION)
        session.time(variables)
        session.time("let mut seen = vec![0];")
        for _ in range(repeats):
            for name, code in ENDINGS.items():
                found.setdefault(name, []).append(undone(session, code))
            for name, code in ENDLESS.items():
                found.setdefault(name, []).append(stopped(session, f"seen.push(1); {STARTED} {code}", "stream"))
            code = COMPILES.replace("NUMBER", str(time.time_ns() % 10**9))
            found.setdefault("compilation", []).append(stopped(session, code, "execute_input"))
        session.time('assert_eq!(seen, [0], "something was not undone");')
        for _ in range(10 * repeats):
            found.setdefault("cell, alone", []).append(session.time("()") * 1e3)
        session.time("std::thread::spawn(|| loop { std::thread::park() });")
        for _ in range(10 * repeats):
            found.setdefault("cell, beside a thread", []).append(session.time("()") * 1e3)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernel", type=Path, default=ROOT / ".venv/bin/twoaxes-kernel")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()
    about = machine()
    ours = Contestant(OURS, [str(options.kernel), "run", "--connection-file", "{connection_file}"], "rust", "")
    samples = {name: measure(ours, code, options.repeats) for name, code in VARIABLES.items()}
    medians = {name: {row: statistics.median(times) for row, times in rows.items()} for name, rows in samples.items()}
    rows = list(next(iter(medians.values())))
    lines = [f"# Undoing a cell, {datetime.date.today()}", "", "Milliseconds until the reply, medians.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["", f"| | {' | '.join(medians)} | bar |", "|---|" + "---:|" * (len(medians) + 1)]
    for row in rows:
        bar = "" if row.startswith("cell, ") else f"at most {BAR_MS}"
        lines.append(f"| {row} | {' | '.join(f'{times[row]:.1f}' for times in medians.values())} | {bar} |")
    late = [f"{row} ({name})" for name, times in medians.items() for row in rows
            if times[row] > BAR_MS and not row.startswith("cell, ")]
    lines += ["", f"Beyond the bar: {', '.join(late)}." if late else "All within the bar.", ""]
    text = "\n".join(lines)
    target = options.out / f"undo-{datetime.date.today()}"
    target.with_suffix(".md").write_text(text)
    target.with_suffix(".json").write_text(json.dumps({"machine": about, "milliseconds": samples}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()

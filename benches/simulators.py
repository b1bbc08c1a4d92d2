#!/usr/bin/env python3
"""How fast the simulators, the formal model and the figures are, beside peers.

    python3 benches/simulators.py

runs every criterion bench of the helper crate (loom and shuttle among them)
and SimPy, in one run on one machine, and writes benches/results/
simulators-DATE.md and .json. SimPy is installed into target/bench-venv, from
PyPI by its hash. `--bench NAME` runs some of the benches only.
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from machine import machine

ROOT = Path(__file__).resolve().parents[1]
BENCHES = ["simulators", "programs", "executions", "figures"]
VENV = ROOT / "target/bench-venv"
REQUIREMENTS = ROOT / "benches/requirements.txt"
SIMPY = "SimPy"
SIMPY_SLICES = 200_000
HOLDS, MISSED = "holds", "**missed**"

Medians = dict[str, float]


@dataclass(frozen=True)
class Bar:
    """A row of the table: what may take how long, in seconds for one of `of`."""

    label: str
    bench: str
    most: float
    of: int = 1
    peers: tuple[str, ...] = ()


BARS = [
    Bar("a time slice (20 million a second)", "simulators/a million time slices", 1 / 20e6, 1_000_000, (SIMPY,)),
    Bar("1,000,000 tasks on 1,000 workers", "simulators/a million tasks on 1000 workers", 0.2),
    Bar("two threads, k = 3: full answer", "k = 3, full answer", 50e-6, 1,
        ("peers/k = 3, loom", "peers/k = 3, shuttle DFS")),
    Bar("two threads, k = 20: exact histogram", "k = 20, exact histogram", 10e-3),
    Bar("100,000 events, 16 processes: build", "execution/build_100k_x_16", 50e-3),
    Bar("100,000 events: a happens-before query", "execution/happens_before", 100e-9),
    Bar("an explorable figure of 40 frames", "figures/explore 40 time slices", 0.1),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", action="append", choices=BENCHES, help="only these; all of them otherwise")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of SimPy")
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()

    about = {"date": datetime.date.today().isoformat()} | machine()
    version = install_simpy()
    medians = {SIMPY: simpy(options.rounds)} | criterion(options.bench or BENCHES)
    about[SIMPY] = version

    text = report(about, medians)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"simulators-{about['date']}"
    (options.out / f"{name}.md").write_text(text)
    (options.out / f"{name}.json").write_text(json.dumps({"about": about, "seconds": medians}, indent=1) + "\n")
    print(text)


def install_simpy() -> str:
    """Its version. Nothing is fetched if it is there."""
    python = VENV / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
                    "-r", REQUIREMENTS], check=True)
    show = "import importlib.metadata as m; print(m.version('simpy'))"
    return subprocess.run([python, "-c", show], capture_output=True, text=True, check=True).stdout.strip()


def simpy(rounds: int) -> float:
    """Seconds for one time slice, the median of the rounds."""
    argv = [VENV / "bin/python", ROOT / "benches/simpy_slices.py", str(SIMPY_SLICES), str(rounds)]
    times = json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)
    return statistics.median(times) / SIMPY_SLICES


def criterion(benches: list[str]) -> Medians:
    """The median seconds of each benchmark that ran now."""
    started = time.time()
    for bench in benches:
        subprocess.run(["cargo", "bench", "--locked", "--workspace", "--bench", bench], cwd=ROOT, check=True)
    medians = {}
    for path in sorted((ROOT / "target/criterion").glob("**/new/estimates.json")):
        if path.stat().st_mtime >= started:
            name = json.loads(path.with_name("benchmark.json").read_text())["full_id"]
            medians[name] = json.loads(path.read_text())["median"]["point_estimate"] / 1e9
    return medians


def report(about: dict[str, str], medians: Medians) -> str:
    lines = [f"# Simulators, formal model and figures, {about['date']}", "",
             "Medians, ours and the peers' from one run on one machine. A bar is the longest time that we want to see. "
             "The ratio is ours to the peer's: below 1, ours is faster.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["", "| | time | bar | | peers | ratio |", "|---|---:|---:|---|---|---|"]
    missed = []
    for bar in BARS:
        if bar.bench not in medians:
            lines.append(f"| {bar.label} | - | {shown(bar.most)} | not run | | |")
            continue
        ours = medians[bar.bench] / bar.of
        verdict = HOLDS if ours <= bar.most else MISSED
        if verdict == MISSED:
            missed.append(f"{bar.label} ({shown(ours)}, bar {shown(bar.most)})")
        peers = [(peer.removeprefix("peers/"), medians[peer]) for peer in bar.peers if peer in medians]
        beside = ", ".join(f"{name} {shown(seconds)}" for name, seconds in peers)
        ratios = ", ".join(f"{ours / seconds:.2g}" for _, seconds in peers)
        lines.append(f"| {bar.label} | {shown(ours)} | {shown(bar.most)} | {verdict} | {beside} | {ratios} |")
    lines += ["", "Every bar that was run holds." if not missed else "Missed: " + "; ".join(missed) + ".", "",
              "All benchmarks:", "", "| benchmark | median |", "|---|---:|"]
    lines += [f"| {name} | {shown(seconds)} |" for name, seconds in medians.items()]
    return "\n".join(lines) + "\n"


def shown(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


if __name__ == "__main__":
    main()

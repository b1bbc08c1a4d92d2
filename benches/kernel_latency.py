#!/usr/bin/env python3
"""How long a person waits: our kernel beside evcxr_jupyter and ipykernel.

Every kernel is asked over the real wire, in one run on one machine, and the
kernels take turns round by round, so that a slow minute hurts all of them.
Times end when the reply and the idle status are both there. Cells differ in a
literal each time and from run to run, and our kernel's cache is a new folder:
nothing is answered from a cache, except in the rows that ask for it.

    target/test-venv/bin/python benches/kernel_latency.py

writes benches/results/kernel_latency-DATE.md and .json. Without --evcxr, it
builds evcxr_jupyter into target/bench the first time (about 5 minutes).

The cells and bars are in latency/cells.py, the measuring in latency/session.py
and the table in latency/report.py.
"""

import argparse
import datetime
import json
import queue
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import ipykernel

from evcxr import EVCXR_VERSION, build_evcxr
from latency.cells import CRATES, OURS, PEER, PEER_WITH_CRATES, Contestant
from latency.report import report
from latency.session import Samples, run_notebook, visit, with_cache
from machine import machine

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks/01-barista.ipynb"

# Numbers that a round has for itself.
ROUND = 1000


def contestants(options: argparse.Namespace) -> list[Contestant]:
    ours = options.kernel
    evcxr = options.evcxr or build_evcxr()
    version = subprocess.run([ours, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    evcxr_argv = [str(evcxr), "--control_file", "{connection_file}"]
    found = [
        Contestant(OURS, [str(ours), "run", "--connection-file", "{connection_file}"], "rust", version),
        Contestant(PEER, evcxr_argv, "rust", EVCXR_VERSION),
        Contestant("ipykernel", [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "python",
                   ipykernel.__version__),
    ]
    if not options.without_dependencies:
        found.insert(2, Contestant(PEER_WITH_CRATES, evcxr_argv, "rust", EVCXR_VERSION, CRATES))
    return found


def measure(kernels: list[Contestant], options: argparse.Namespace, scratch: Path) -> dict[str, Samples]:
    results: dict[str, Samples] = {k.name: {} for k in kernels}
    # Every cell of this run is new, to whatever remembers cells; and an i32.
    first = random.randrange(1, 2_000_000) * ROUND
    for number in range(options.rounds):
        for contestant in kernels[number % len(kernels):] + kernels[: number % len(kernels)]:
            print(f"round {number + 1} of {options.rounds}: {contestant.name}", flush=True)
            try:
                rows = visit(contestant, with_cache(scratch / "cells"), options.repeats, first + number * ROUND)
            except queue.Empty:
                # Only for the sake of the other kernels' rounds; the sample counts tell.
                print(f"{contestant.name} left a message out, and is left out of this round", flush=True)
                continue
            if contestant.name == OURS:
                # The installation has compiled this notebook: cold is without that.
                cache = with_cache(scratch / f"notebook-{number}")
                bare = cache | {"TWOAXES_LIBRARY": str(library_without_cells(options.kernel, scratch))}
                for row in ("notebook cold", "notebook again"):
                    rows[row] = [run_notebook(contestant, bare, NOTEBOOK)]
            for row, values in rows.items():
                results[contestant.name].setdefault(row, []).extend(values)
    return results


def library_without_cells(kernel: Path, scratch: Path) -> Path:
    installed = kernel.resolve().parents[1] / "share/twoaxes"
    copy = scratch / "library"
    if not copy.exists():
        shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("cells"))
    return copy


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
    with tempfile.TemporaryDirectory(prefix="kernel-latency-") as scratch:
        results = measure(kernels, options, Path(scratch))

    text = report(results, kernels, about, options)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"kernel_latency-{about['date']}"
    (options.out / f"{name}.md").write_text(text)
    samples = {k: {row: [round(v, 4) for v in vs] for row, vs in rows.items()} for k, rows in results.items()}
    (options.out / f"{name}.json").write_text(json.dumps({"about": about, "samples": samples}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()

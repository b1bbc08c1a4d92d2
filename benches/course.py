"""How long the notebooks of the course take from the first cell to the last.

usage: python3 benches/course.py [--rounds N]

Each notebook is run as `Run all` does, in turns with the others: the first
time ever (no compiled cell is known), as a student has it after ./install.sh
(which has compiled the cells as they are handed out), and again. Needs what
`tests/run.sh` has set up; run it with target/test-venv/bin/python.
"""

import argparse
import datetime
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import nbformat
from machine import machine
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
# What a student should have to wait at most, on two cores.
BAR_S = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()
    about = {"date": datetime.date.today().isoformat()} | machine()
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    samples: dict[str, dict[str, list[float]]] = {path.stem: {} for path in paths}
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        bare = library_without_cells(Path(scratch))
        for number in range(options.rounds):
            for path in paths:
                print(f"round {number + 1} of {options.rounds}: {path.stem}", flush=True)
                cache = Path(scratch) / f"{path.stem}-{number}"
                rows = samples[path.stem]
                for row, library in (("first time", bare), ("again", bare), ("after ./install.sh", None)):
                    if row == "after ./install.sh":
                        cache = cache.with_name(f"{cache.name}-installed")
                    rows.setdefault(row, []).append(run(path, cache, library))
    name = f"course-{about['date']}"
    text = report(about, samples, options.rounds)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{name}.md").write_text(text)
    rounded = {k: {row: [round(v, 3) for v in vs] for row, vs in rows.items()} for k, rows in samples.items()}
    (options.out / f"{name}.json").write_text(json.dumps({"about": about, "samples": rounded}, indent=1) + "\n")
    print(text)


def library_without_cells(scratch: Path) -> Path:
    """The installed helper library, without the cells that the installation compiled."""
    copy = scratch / "library"
    shutil.copytree(ROOT / ".venv/share/twoaxes", copy, ignore=shutil.ignore_patterns("cells"))
    return copy


def run(path: Path, cache: Path, library: Path | None) -> float:
    """Seconds from launching the kernel to the last cell's end."""
    notebook = nbformat.read(path, as_version=4)
    environment = os.environ | {"TWOAXES_CACHE": str(cache), "JUPYTER_PATH": str(ROOT / ".venv/share/jupyter")}
    if library is not None:
        environment["TWOAXES_LIBRARY"] = str(library)
    os.environ["JUPYTER_PATH"] = environment["JUPYTER_PATH"]
    client = NotebookClient(notebook, kernel_name="twoaxes", timeout=120, startup_timeout=90, allow_errors=False,
                            resources={"metadata": {"path": str(cache.parent)}})
    started = time.perf_counter()
    client.execute(env=environment)
    return time.perf_counter() - started


def report(about: dict[str, str], samples: dict[str, dict[str, list[float]]], rounds: int) -> str:
    lines = ["# The notebooks of the course, from the first cell to the last", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += ["", f"Medians of {rounds} runs in seconds, launch of the kernel included; the bar is {BAR_S} s the first time.", ""]
    columns = list(next(iter(samples.values())))
    lines.append(f"| notebook | {' | '.join(columns)} | slowest |")
    lines.append(f"|---|{'---:|' * (len(columns) + 1)}")
    for name, rows in samples.items():
        medians = " | ".join(f"{statistics.median(rows[column]):.1f}" for column in columns)
        lines.append(f"| {name} | {medians} | {max(max(values) for values in rows.values()):.1f} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

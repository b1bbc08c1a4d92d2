#!/usr/bin/env python3
"""What recording costs, what two workers are worth, and thousands of requests
in flight, in real runs.

    python3 benches/real_runs.py

runs benches/real_runs.rs, which compares bare code with ours in one process,
and benches/server.rs, and writes benches/results/real_runs-DATE.md and .json.
They print a line of JSON for each figure; what has a bar is held against it.
"""

import argparse
import datetime
import json
import subprocess
from pathlib import Path

from machine import machine

ROOT = Path(__file__).resolve().parents[1]
BENCHES = ("real_runs", "server")
HOLDS, MISSED, NO_BAR = "holds", "**missed**", ""

Figure = dict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "benches/results")
    options = parser.parse_args()

    about = {"date": datetime.date.today().isoformat()} | machine()
    lines = [line for name in BENCHES for line in bench(name)]
    figures = [line for line in lines if "name" in line]
    notes = [note for line in lines for note in line.get("notes", [])]

    text = report(about, figures, notes)
    options.out.mkdir(parents=True, exist_ok=True)
    name = f"real_runs-{about['date']}"
    (options.out / f"{name}.md").write_text(text)
    data = {"about": about, "notes": notes, "figures": figures}
    (options.out / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")
    print(text)


def bench(name: str) -> list[Figure]:
    argv = ["cargo", "bench", "--locked", "--workspace", "--bench", name]
    text = subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def report(about: dict[str, str], figures: list[Figure], notes: list[str]) -> str:
    lines = [f"# Real runs, {about['date']}", "",
             "Bare code and ours in turns, in one process; a ratio is the median of such pairs. "
             "\"Of the fastest tenth\" and \"of CPU time\" say the same on a machine that others use as well.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += [f"- {note}" for note in notes]
    lines += ["", "| | value | bar | | details |", "|---|---:|---:|---|---|"]
    missed = []
    for figure in figures:
        value, bar, held = shown(figure["value"], figure["unit"]), bar_of(figure), verdict(figure)
        if held == MISSED:
            missed.append(f"{figure['name']} ({value}, bar {bar})")
        details = "; ".join(f"{name}: {plain(detail)}" for name, detail in figure.get("details", {}).items())
        lines.append(f"| {figure['name']} | {value} | {bar} | {held} | {details} |")
    lines += ["", "Every bar holds." if not missed else "Missed: " + "; ".join(missed) + "."]
    return "\n".join(lines) + "\n"


def bar_of(figure: Figure) -> str:
    bar = figure.get("bar", {})
    words = {"most": "at most", "least": "at least"}
    return ", ".join(f"{words[which]} {shown(limit, figure['unit'])}" for which, limit in bar.items())


def verdict(figure: Figure) -> str:
    bar = figure.get("bar", {})
    if not bar:
        return NO_BAR
    holds = bar.get("least", figure["value"]) <= figure["value"] <= bar.get("most", figure["value"])
    return HOLDS if holds else MISSED


def shown(value: float, unit: str) -> str:
    return f"{value:.2%}" if unit == "share" else f"{plain(value)} {unit}"


def plain(value: object) -> str:
    if isinstance(value, list):
        return " to ".join(plain(one) for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()

"""The table: medians, ratios, and which bars hold."""

import argparse
import statistics

from .cells import OURS, PEER, PEER_WITH_CRATES, ROWS, Contestant, Row
from .session import Samples

HOLDS, MISSED = "holds", "**missed**"


def report(results: dict[str, Samples], kernels: list[Contestant], about: dict[str, str],
           options: argparse.Namespace) -> str:
    peer = PEER if options.without_dependencies else PEER_WITH_CRATES
    lines = [f"# Kernel latency, {about['date']}", "",
             f"Medians in seconds of {options.rounds} rounds; in each, every kernel is launched twice and runs "
             f"{options.repeats} cells of each kind. The kernels take turns. twoaxes has rayon, tokio and plotters in scope "
             f"without asking. The ratio is {OURS} to {peer}: below 1, ours is faster. A bar is the largest ratio that we "
             "want to see, or, where there is no peer, the largest time.", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += [f"- {kernel.name}: {kernel.version}" for kernel in kernels if not kernel.dependencies]
    lines += ["", "| | " + " | ".join(k.name for k in kernels) + " | ratio | bar | | samples |",
              "|---|" + "---:|" * (len(kernels) + 2) + "---|---:|"]
    missed = []
    for row in ROWS:
        medians = {name: statistics.median(rows[row.key]) for name, rows in results.items() if rows.get(row.key)}
        if not medians:
            continue
        ratio, bar, verdict = judge(row, medians, peer)
        if verdict == MISSED:
            missed.append(f"{row.label} ({ratio}, bar {bar})")
        digits = 0 if row.unit == "MB" else 3
        shown = [f"{medians[k.name]:.{digits}f}" if k.name in medians else "-" for k in kernels]
        samples = len(results[OURS].get(row.key, results.get(peer, {}).get(row.key, [])))
        lines.append(f"| {row.label} | " + " | ".join(shown) + f" | {ratio} | {bar} | {verdict} | {samples} |")
    lines += ["", "Every bar holds." if not missed else "Missed: " + "; ".join(missed) + "."]
    return "\n".join(lines) + "\n"


def judge(row: Row, medians: dict[str, float], peer: str) -> tuple[str, str, str]:
    """Ratio, bar and verdict as they are shown."""
    ours = medians.get(OURS)
    if row.limit is not None:
        if ours is None:
            return "-", f"{row.limit} s", "-"
        return f"{ours:.1f} s", f"{row.limit} s", HOLDS if ours <= row.limit else MISSED
    # What needs no cell takes no time.
    ours = 0.0 if ours is None and row.bar == 0 else ours
    if ours is None or peer not in medians:
        return "-", "-" if row.bar is None else f"{row.bar}", "-"
    ratio = ours / medians[peer]
    if row.bar is None:
        return f"{ratio:.3f}", "-", ""
    return f"{ratio:.3f}", f"{row.bar}", HOLDS if ratio <= row.bar else MISSED

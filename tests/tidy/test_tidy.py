"""Habits that a compiler does not check."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
FILES = [ROOT / name for name in TRACKED.stdout.split("\0") if name and (ROOT / name).is_file()]
RUST = [path for path in FILES if path.suffix == ".rs"]


def listed(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_every_rust_file_says_what_lives_there():
    silent = [p for p in RUST if "tests" not in p.parts and not p.read_text(encoding="utf-8").startswith("//!")]
    assert listed(silent) == []


def test_no_test_is_ignored():
    ignored = [p for p in RUST if re.search(r"^\s*#\[ignore", p.read_text(encoding="utf-8"), re.MULTILINE)]
    assert listed(ignored) == []


def test_no_room_for_odds_and_ends():
    names = {"misc", "utils", "util", "helpers", "common"}
    assert listed([p for p in RUST if names & {part.removesuffix(".rs") for part in p.relative_to(ROOT).parts}]) == []


def test_lints_keep_panics_out():
    """`unwrap` and its like are refused by clippy in every crate."""
    workspace = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    for lint in ("unwrap_used", "expect_used", "panic"):
        assert re.search(rf'^{lint} *= *"(deny|warn|forbid)"', workspace, re.MULTILINE), lint
    for manifest in (p for p in FILES if p.name == "Cargo.toml"):
        assert re.search(r"^\[lints\]\s*workspace = true", manifest.read_text(encoding="utf-8"), re.MULTILINE), manifest


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "tests/requirements.txt", "tests/nbgrader/requirements.txt", "tests/dask/requirements.txt",
     "tests/everywhere/requirements.txt"],
)
def test_every_python_package_is_pinned_with_its_hash(name: str):
    text = re.sub(r"#.*", "", (ROOT / name).read_text(encoding="utf-8"))
    entries = re.sub(r"\\\n", " ", text).strip().splitlines()
    assert len(entries) >= 20
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


def test_nothing_large_or_built_is_tracked():
    assert listed([p for p in FILES if p.stat().st_size > 2_000_000]) == []
    assert listed([p for p in FILES if p.suffix in (".so", ".rlib", ".pyc")]) == []

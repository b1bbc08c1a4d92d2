"""The peer of our kernel: evcxr_jupyter, built once into target/bench (about 5 minutes)."""

import subprocess
from pathlib import Path

EVCXR_VERSION = "0.22.0"
FOLDER = Path(__file__).resolve().parents[1] / "target/bench"


def build_evcxr() -> Path:
    binary = FOLDER / "bin/evcxr_jupyter"
    if not binary.exists():
        subprocess.run(["cargo", "install", "evcxr_jupyter", "--version", EVCXR_VERSION, "--locked", "--root", FOLDER,
                        "--target-dir", FOLDER / "target"], check=True)
    return binary

"""The front ends' programs, in the environment that tests/run.sh makes for them."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("TWOAXES_EVERYWHERE", ROOT / "target/everywhere-venv"))
PROXY = ROOT / "target/everywhere-proxy/node_modules/.bin/configurable-http-proxy"


def run(program: str, *arguments, fails: bool = False, timeout: int = 120, **environment: str) -> str:
    """What a program of the environment says, on both streams."""
    done = subprocess.run(
        [VENV / "bin" / program, *map(str, arguments)],
        env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=timeout,
    )
    assert (done.returncode != 0) == fails, done.stdout
    return done.stdout

"""Servers for tests/everywhere, each on a port of its own, ended with the test."""

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from wire.client import family


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(command: list[str], log: Path, is_ready, **environment: str):
    """Runs a server until the block ends; `is_ready` says when it answers."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=os.environ | environment, stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=file, cwd=log.parent, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not is_ready():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")[-4000:]
            time.sleep(0.1)
        yield process
    finally:
        started = family(process.pid)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
            deadline = time.monotonic() + 10
            while (left := list(filter(is_alive, started))) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not left, "the server has left processes behind"
        finally:
            for pid in filter(is_alive, started):
                os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="session")
def token() -> str:
    return secrets.token_hex(16)

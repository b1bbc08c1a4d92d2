#!/usr/bin/env python3
"""Sends a kernel what no front end would, for as long as you like, and keeps what it has not
seen a kernel do before.

    JUPYTER_PATH=.venv/share/jupyter target/test-venv/bin/python tests/wire/fuzz.py --minutes 60

What a kernel does about an input is told apart by the kinds and states of its answers and by
what it logs, numbers and quotations left out. Inputs that show something new go into
corpus.jsonl, which test_fuzz.py sends in every run of the tests.
"""

import argparse
import os
import re
import sys
import tempfile
import time
import uuid
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wire.client import DELIMITER, Kernel, peak_memory  # noqa: E402
from wire.mutate import CORPUS, Input, Mutator, corpus  # noqa: E402

ANSWER_S = 20
# How often a cell is run: a kernel that has lost its engine still answers everything.
CELL_EVERY_S = 30


def send(kernel: Kernel, socket: zmq.Socket, made: Input) -> None:
    signature = kernel.signature(made.frames) if made.signed else b"0" * 64
    socket.send_multipart([DELIMITER, signature, *made.frames])


def answers(socket: zmq.Socket) -> list[str]:
    """The kinds and states of what has come back."""
    found = []
    while socket.poll(0):
        frames = socket.recv_multipart()
        header, content = frames[-4:-3], frames[-1:]
        kind = re.search(rb'"msg_type":\s*"([^"]*)"', b"".join(header))
        state = re.search(rb'"(?:status|ename)":\s*"([^"]*)"', b"".join(content))
        # The answer to a kind that nobody knows is of a kind that nobody knows.
        is_known = kind and state and state[1] != b"NotSupported"
        found.append(f"{kind[1] if is_known else '..'} {state[1] if state else ''}")
    return found


def read_away(kernel: Kernel) -> None:
    """Takes what was published. Unread: jupyter_client stumbles over a parent's odd date."""
    socket = kernel.client.iopub_channel.socket
    while socket.poll(0):
        socket.recv_multipart()


QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?|`[^`]*`?|\'[^\']*\'?')


def shapes(log: str) -> set[str]:
    """The lines of the log without what differs each time: times, numbers, and what an input says."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines()
    # Others are the rest of an input with line breaks in it.
    own = [line for line in lines if re.match(r"\d{4}-\d\d-\d\dT", line)]
    return {re.sub(r"\S*\d\S*", "#", QUOTED.sub("..", line))[:120] for line in own}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--kernel", default="twoaxes")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    known = corpus()
    mutator = Mutator(options.seed, known)
    seen: set[str] = set()
    sent = cells = 0
    with tempfile.TemporaryFile("w+") as log:
        saved = os.dup(2)
        os.dup2(log.fileno(), 2)
        os.environ["TWOAXES_LOG"] = "twoaxes_kernel=debug"
        kernel = Kernel(options.kernel)
        os.dup2(saved, 2)
        # Before that no cell runs.
        kernel.run("let kept = 41;")
        first = list(known)
        recent: list[Input] = []
        with kernel.raw("shell") as shell, kernel.raw("control") as control, kernel.raw("stdin") as stdin:
            sockets = {"shell": shell, "control": control, "stdin": stdin}
            now = time.monotonic()
            end, next_cell = now + 60 * options.minutes, now + CELL_EVERY_S
            while (now := time.monotonic()) < end:
                made = first.pop() if first else mutator.next()
                at = os.fstat(log.fileno()).st_size
                recent = [*recent[-20:], made]
                send(kernel, sockets[made.channel], made)
                if made.channel == "shell":
                    if not is_served(kernel, shell):
                        log.seek(max(0, at - 5000))
                        kept = "\n".join(one.line() for one in recent)
                        raise SystemExit(f"{log.read()}\nno answer within {ANSWER_S} s behind the last of these:\n{kept}")
                kernel.control_reply(kernel.request("control", "kernel_info_request"), ANSWER_S)
                sent += 1
                log.seek(at)
                lines = shapes(log.read())
                news = {f"{made.channel}: {one}" for socket in sockets.values() for one in answers(socket)} | lines
                if not news <= seen:
                    seen |= news
                    if made not in known:
                        known.append(made)
                        mutator.known.append(made)
                        with CORPUS.open("a") as kept:
                            kept.write(made.line() + "\n")
                read_away(kernel)
                if now >= next_cell:
                    assert_runs_cells(kernel, recent)
                    cells, next_cell = cells + 1, now + CELL_EVERY_S
        assert kernel.alive(), "the kernel has ended"
        assert_runs_cells(kernel, recent)
        memory = peak_memory(kernel.pid) >> 20
        kernel.stop()
    print(
        f"{sent} inputs and {cells + 1} cells between them, {len(seen)} behaviours, "
        f"a corpus of {len(known)}; the kernel had at most {memory} MB"
    )


def is_served(kernel: Kernel, shell: zmq.Socket) -> bool:
    """Whether what is asked on shell now is answered: behind all that was asked before."""
    # Never the same twice: a message that comes again is dropped.
    behind = uuid.uuid4().hex
    shell.send_multipart(kernel.signed_frames("is_complete_request", {"code": "1"}, msg_id=behind))
    deadline = time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        if shell.poll(1000) and any(behind.encode() in frame for frame in shell.recv_multipart()):
            return True
    return False


def settle(kernel: Kernel) -> None:
    """Reads away all that was published before: jupyter_client stumbles over odd parents."""
    # Cells are done one after another, so those before this one are over.
    mark = kernel.request("shell", "execute_request", {"code": "", "silent": True}).encode()
    kernel.shell_reply(mark.decode())
    socket, idle = kernel.client.iopub_channel.socket, False
    while not idle:
        assert socket.poll(1000 * ANSWER_S), "it is not idle"
        frames = b"".join(socket.recv_multipart())
        idle = mark in frames and b'"idle"' in frames


def assert_runs_cells(kernel: Kernel, recent: list[Input]) -> None:
    settle(kernel)
    cell = kernel.run("6 * 7")
    while cell.status == "aborted":
        # A cell before it failed only now.
        cell = kernel.run("6 * 7")
    if cell.result != "42":
        kept = "\n".join(one.line() for one in recent)
        raise SystemExit(f"{cell}\n6 * 7 is not 42 behind the last of these:\n{kept}")


if __name__ == "__main__":
    main()

"""A small client that speaks to a kernel the way a front end does.

`Kernel.run` is one cell from request to idle. What the public client would
never send (a bad signature, half a message) goes through `Kernel.send_frames`.
"""

import hashlib
import hmac
import json
import os
import re
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

import zmq
from jupyter_client.manager import KernelManager

READY_S = 90
CELL_S = 60
DELIMITER = b"<IDS|MSG>"


@dataclass
class Cell:
    """What came back for one execute_request, in the order of iopub."""

    reply: dict
    messages: list[dict] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.reply["content"]["status"]

    @property
    def count(self) -> int:
        return self.reply["content"]["execution_count"]

    def of_type(self, *kinds: str) -> list[dict]:
        return [m["content"] for m in self.messages if m["msg_type"] in kinds]

    @property
    def outputs(self) -> list[str]:
        quiet = ("status", "execute_input")
        return [m["msg_type"] for m in self.messages if m["msg_type"] not in quiet]

    def stream(self, name: str = "stdout") -> str:
        return "".join(c["text"] for c in self.of_type("stream") if c["name"] == name)

    @property
    def result(self) -> str | None:
        """The value of the last expression as plain text."""
        shown = self.of_type("execute_result")
        return shown[-1]["data"].get("text/plain") if shown else None

    @property
    def report(self) -> str:
        """The error report as somebody reads it: without colours."""
        return without_colours("\n".join(self.reply["content"].get("traceback", [])))


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class Kernel:
    def __init__(self, name: str, encryption: str = "disabled", **environment: str):
        self.manager = KernelManager(kernel_name=name, transport_encryption=encryption)
        self.launched = time.monotonic()
        self.is_stopped = False
        self.manager.start_kernel(env=os.environ | environment)
        try:
            self.connect()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> "Kernel":
        return self

    def __exit__(self, *_failure) -> None:
        self.stop()

    def connect(self) -> None:
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=READY_S)

    @property
    def pid(self) -> int:
        return self.manager.provisioner.pid

    def alive(self) -> bool:
        return self.manager.is_alive()

    def stop(self) -> None:
        """Ends it, if that has not been done."""
        if self.is_stopped:
            return
        self.is_stopped = True
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)
        self.manager.cleanup_resources()

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel(now=False)
        self.connect()

    # -- cells

    def start(self, code: str, **options) -> str:
        """Sends a cell and returns its message id."""
        return self.client.execute(code, allow_stdin=options.pop("allow_stdin", False), **options)

    def run(self, code: str, timeout: float = CELL_S, **options) -> Cell:
        return self.finish(self.start(code, **options), timeout)

    def finish(self, msg_id: str, timeout: float = CELL_S) -> Cell:
        """Everything that belongs to a cell, up to its reply and its idle."""
        messages = []
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        return Cell(self.shell_reply(msg_id, deadline - time.monotonic()), messages)

    def wait_for_text(self, msg_id: str, text: str, timeout: float = CELL_S) -> None:
        """Returns once the cell has printed `text`: then it surely runs."""
        deadline, seen = time.monotonic() + timeout, ""
        while text not in seen:
            message = self.client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") == msg_id and message["msg_type"] == "stream":
                seen += message["content"]["text"]

    def shell_reply(self, msg_id: str, timeout: float = CELL_S) -> dict:
        return self._reply(self.client.get_shell_msg, msg_id, timeout)

    def control_reply(self, msg_id: str, timeout: float = CELL_S) -> dict:
        return self._reply(self.client.get_control_msg, msg_id, timeout)

    @staticmethod
    def _reply(get, msg_id: str, timeout: float) -> dict:
        deadline = time.monotonic() + timeout
        while True:
            message = get(timeout=max(0.0, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") == msg_id:
                return message

    def request(self, channel: str, kind: str, content: dict | None = None) -> str:
        """Sends any request, known or not, and returns its message id."""
        message = self.client.session.msg(kind, content or {})
        getattr(self.client, f"{channel}_channel").send(message)
        return message["header"]["msg_id"]

    def say(self, comm: str, data: dict, kind: str = "comm_msg", **more) -> str:
        """Sends on a comm, as a widget in a page does, and returns the message's id."""
        buffers = more.pop("buffers", None)
        message = self.client.session.msg(kind, {"comm_id": comm, "data": data} | more)
        self.client.session.send(self.client.shell_channel.socket, message, buffers=buffers)
        return message["header"]["msg_id"]

    def until_idle(self, msg_id: str, timeout: float = CELL_S) -> list[dict]:
        """Everything on iopub until the kernel is done with a message, of whatever parent."""
        messages, deadline = [], time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.0, deadline - time.monotonic()))
            messages.append(message)
            if message["msg_type"] == "status" and message["parent_header"].get("msg_id") == msg_id:
                if message["content"]["execution_state"] == "idle":
                    return messages

    def interrupt(self) -> None:
        """Returns when the kernel has answered: what is sent next comes later."""
        self.control_reply(self.request("control", "interrupt_request"), 10)

    def drain(self) -> None:
        """Reads away what earlier cells left on iopub."""
        try:
            while True:
                self.client.get_iopub_msg(timeout=0.05)
        except Empty:
            pass

    # -- raw frames

    def signed_frames(self, kind: str, content: dict, **header) -> list[bytes]:
        parts = [
            json.dumps(part).encode()
            for part in (
                {
                    "msg_id": uuid.uuid4().hex,
                    "session": "raw",
                    "username": "test",
                    "date": "2030-01-01T00:00:00Z",
                    "msg_type": kind,
                    "version": "5.3",
                }
                | header,
                {},
                {},
                content,
            )
        ]
        return [DELIMITER, self.signature(parts), *parts]

    def signature(self, parts: list[bytes]) -> bytes:
        signer = hmac.new(self.client.session.key, digestmod=hashlib.sha256)
        for part in parts:
            signer.update(part)
        return signer.hexdigest().encode()

    @contextmanager
    def raw(self, channel: str, kind: int = zmq.DEALER, port: int | None = None, prepare=lambda socket: None):
        """A bare socket on one of the kernel's channels, or on `port`; `prepare` gets it before it connects."""
        socket = zmq.Context.instance().socket(kind)
        socket.linger = 0
        port = port or getattr(self.manager, f"{channel}_port")
        if kind == zmq.SUB:
            socket.subscribe(b"")
        prepare(socket)
        socket.connect(f"tcp://127.0.0.1:{port}")
        try:
            yield socket
        finally:
            socket.close()


def receive(socket: zmq.Socket, seconds: float) -> list[bytes] | None:
    return socket.recv_multipart() if socket.poll(int(seconds * 1000)) else None


# -- processes, read from /proc


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return sorted(found)


def peak_memory(pid: int) -> int:
    """The largest resident size since `forget_peak`, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def forget_peak(pid: int) -> int:
    """Starts `peak_memory` anew and returns the resident size now, in bytes."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return peak_memory(pid)


def listening_addresses(pid: int) -> set[str]:
    """The addresses on which a process accepts TCP connections, as /proc/net has them."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets |= set(re.findall(r"socket:\[(\d+)\]", os.readlink(descriptor)))
        except OSError:
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and columns[9] in sockets:
                found.add(columns[1].split(":")[0])
    return found

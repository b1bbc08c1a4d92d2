"""A front end that believes nothing: it checks each message that it reads by the specification.

Built on bare sockets, so that nothing of the public client stands between the
kernel's frames and the checks.
"""

import json
import re
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import zmq

from wire.client import DELIMITER, Kernel, receive

PATIENCE_S = 60

HEADER = {"msg_id": str, "session": str, "username": str, "date": str, "msg_type": str, "version": str}


@dataclass
class Message:
    kind: str
    header: dict
    parent: dict
    metadata: dict
    content: dict
    prefix: list[bytes]


@dataclass
class Exchange:
    """A request with all that it caused."""

    request: dict
    reply: Message | None
    iopub: list[Message]

    @property
    def inner(self) -> list[Message]:
        """What stands between busy and idle."""
        return self.iopub[1:-1]

    @property
    def kinds(self) -> list[str]:
        return [message.kind for message in self.inner]

    def of_kind(self, kind: str) -> list[dict]:
        return [message.content for message in self.inner if message.kind == kind]

    def stream(self, name: str = "stdout") -> str:
        return "".join(content["text"] for content in self.of_kind("stream") if content["name"] == name)


class Witness:
    def __init__(self, kernel: Kernel, sockets: dict[str, zmq.Socket]):
        self.kernel = kernel
        self.sockets = sockets
        self.session = uuid.uuid4().hex
        self.sessions_of_the_kernel: set[str] = set()
        self.seen: set[str] = set()

    def send(self, channel: str, kind: str, content: dict, **header) -> dict:
        """Sends a request and returns its header."""
        frames = self.kernel.signed_frames(kind, content, session=self.session, **header)
        self.sockets[channel].send_multipart(frames)
        return json.loads(frames[2])

    def read(self, channel: str, seconds: float = PATIENCE_S) -> Message:
        frames = receive(self.sockets[channel], seconds)
        assert frames is not None, f"nothing on {channel} in {seconds} s"
        return self._checked(frames)

    def is_silent(self, channel: str) -> bool:
        return not self.sockets[channel].poll(0)

    def exchange(self, channel: str, kind: str, content: dict, answers: tuple[str, ...] = (), **header) -> Exchange:
        """Sends a request, answers what it asks, and collects all up to idle and reply."""
        request = self.send(channel, kind, content, **header)
        for value in answers:
            asked = self.read("stdin")
            assert (asked.kind, asked.parent) == ("input_request", request)
            assert fits(asked.content, {"prompt": str, "password": bool}) == []
            self.send("stdin", "input_reply", {"value": value})
        return self.collect(channel, request)

    def collect(self, channel: str, request: dict) -> Exchange:
        iopub: list[Message] = []
        deadline = time.monotonic() + PATIENCE_S
        while not (iopub and _is_status(iopub[-1], "idle")):
            message = self.read("iopub", max(0.0, deadline - time.monotonic()))
            if message.parent.get("msg_id") == request["msg_id"]:
                assert message.parent == request, "the parent is the request's header, as it was"
                iopub.append(message)
        assert _is_status(iopub[0], "busy"), iopub[0]
        assert [m for m in iopub if m.kind == "status"] == [iopub[0], iopub[-1]]
        replies = []
        if request["msg_type"].endswith("_request"):
            replies.append(self.read(channel))
            assert replies[0].parent == request
            assert replies[0].kind == request["msg_type"].replace("_request", "_reply")
        for other in ("shell", "control", "stdin"):
            assert self.is_silent(other), f"something else on {other}"
        return Exchange(request, replies[0] if replies else None, iopub)

    def _checked(self, frames: list[bytes]) -> Message:
        at = frames.index(DELIMITER)
        signature, *parts = frames[at + 1 : at + 6]
        assert len(parts) == 4
        assert signature == self.kernel.signature(parts)
        header, parent, metadata, content = (json.loads(part) for part in parts)
        assert all(isinstance(part, dict) for part in (header, parent, metadata, content))
        assert fits(header, HEADER) == []
        assert header["msg_id"] not in self.seen, "a message id is used once"
        self.seen.add(header["msg_id"])
        assert re.fullmatch(r"5\.\d+(\.\d+)?", header["version"])
        assert datetime.fromisoformat(header["date"]).tzinfo is not None
        self.sessions_of_the_kernel.add(header["session"])
        assert len(self.sessions_of_the_kernel) == 1, "a kernel has one session"
        assert self.session not in self.sessions_of_the_kernel
        return Message(header["msg_type"], header, parent, metadata, content, frames[:at])


@contextmanager
def witness(kernel: Kernel):
    """A front end with sockets of its own, which hears iopub from now on."""
    identity = uuid.uuid4().hex.encode()
    kinds = {"shell": zmq.DEALER, "control": zmq.DEALER, "stdin": zmq.DEALER, "iopub": zmq.SUB}
    sockets = {}
    for channel, kind in kinds.items():
        sockets[channel] = zmq.Context.instance().socket(kind)
        sockets[channel].linger = 0
        if kind == zmq.DEALER:
            # The kernel finds the stdin of a client by what its shell is called.
            sockets[channel].identity = identity
        else:
            sockets[channel].subscribe(b"")
        sockets[channel].connect(f"tcp://127.0.0.1:{getattr(kernel.manager, f'{channel}_port')}")
    try:
        found = Witness(kernel, sockets)
        welcome = found.read("iopub", 20)
        assert (welcome.kind, welcome.parent) == ("iopub_welcome", {})
        assert welcome.content == {"subscription": ""}
        yield found
    finally:
        for socket in sockets.values():
            socket.close()


def fits(value: object, form: object, path: str = "") -> list[str]:
    """What is wrong with `value`: a form is a type, a set of values, a form for each key, or a list of one form.

    Keys beyond the form's are welcome: the protocol grows.
    """
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return [f"{path or 'content'} is {value!r}, not a dict"]
        if not form and value:
            return [f"{path or 'content'} is {value!r}, not empty"]
        missing = [f"{path}.{key} is missing" for key in form if key not in value]
        return missing + [wrong for key in form if key in value for wrong in fits(value[key], form[key], f"{path}.{key}")]
    if isinstance(form, list):
        if not isinstance(value, list):
            return [f"{path} is {value!r}, not a list"]
        return [wrong for at, entry in enumerate(value) for wrong in fits(entry, form[0], f"{path}[{at}]")]
    if isinstance(form, set):
        return [] if value in form else [f"{path} is {value!r}, not one of {form}"]
    # In Python, True is an int.
    right = type(value) is form if form in (int, bool) else isinstance(value, form)
    return [] if right else [f"{path} is {value!r}, not of type {form.__name__}"]


def _is_status(message: Message, state: str) -> bool:
    return message.kind == "status" and message.content["execution_state"] == state

"""Whatever arrives, the kernel lives, and runs only what was signed."""

import json

import pytest
import zmq

from wire.client import DELIMITER, Kernel, listening_addresses, receive

RUN = {"code": "6 * 7", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}


def frames_with(kernel: Kernel, **change) -> list[bytes]:
    """A good execute_request with one frame of it replaced; signature included."""
    places = {"signature": 1, "header": 2, "parent": 3, "metadata": 4, "content": 5}
    frames = kernel.signed_frames("execute_request", RUN)
    for name, value in change.items():
        frames[places[name]] = value
    if "signature" not in change:
        frames[1] = kernel.signature(frames[2:])
    return frames


BAD = {
    "no signature": lambda k: frames_with(k, signature=b""),
    "wrong signature": lambda k: frames_with(k, signature=b"0" * 64),
    "signature of another message": lambda k: frames_with(k, signature=k.signed_frames("execute_request", RUN)[1]),
    "signature that is no hex": lambda k: frames_with(k, signature=b"\xff\xfe nonsense"),
    "no delimiter": lambda k: frames_with(k)[1:],
    "delimiter only": lambda k: [DELIMITER],
    "one empty frame": lambda k: [b""],
    "many empty frames": lambda k: [b""] * 50,
    "cut after the header": lambda k: frames_with(k)[:3],
    "cut before the content": lambda k: frames_with(k)[:5],
    "header is no JSON": lambda k: frames_with(k, header=b"{"),
    "header is a list": lambda k: frames_with(k, header=b"[]"),
    "header without type": lambda k: frames_with(k, header=b'{"msg_id": "1"}'),
    "header is not UTF-8": lambda k: frames_with(k, header=b'{"msg_id": "\xff"}'),
    "parent is a number": lambda k: frames_with(k, parent=b"7"),
    "metadata is no JSON": lambda k: frames_with(k, metadata=b"nope"),
    "content is no JSON": lambda k: frames_with(k, content=b"{'code': 1}"),
    "content is a text": lambda k: frames_with(k, content=b'"code"'),
    "content without code": lambda k: frames_with(k, content=b"{}"),
    "code is a number": lambda k: frames_with(k, content=b'{"code": 1}'),
    "content nested 100,000 deep": lambda k: frames_with(k, content=b"[" * 100_000),
    "delimiter frame of 5 MB": lambda k: [b"x" * 5_000_000],
}

# A signed request whose own content is sound: running it is lenient, not wrong.
MAY_RUN = {"parent is a number", "metadata is no JSON"}


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("case", BAD)
def test_bad_message_is_dropped(kernel: Kernel, channel: str, case: str):
    with kernel.raw(channel) as socket:
        socket.send_multipart(BAD[case](kernel))
        # The good request that follows on the same connection is answered, so
        # the bad one has been dealt with by then.
        socket.send_multipart(kernel.signed_frames("kernel_info_request", {}))
        while True:
            frames = receive(socket, 10)
            assert frames is not None, "no answer after a bad message"
            answered = json.loads(frames[frames.index(DELIMITER) + 2])["msg_type"]
            # A signed request that makes no sense may be answered with an error.
            if answered == "kernel_info_reply":
                break
            content = json.loads(frames[frames.index(DELIMITER) + 5])
            assert content["status"] == "error" or case in MAY_RUN, content
    assert kernel.alive()
    assert kernel.run("20 + 22").result == "42"


def test_replayed_message_runs_once(kernel: Kernel):
    before = kernel.run("1").count
    with kernel.raw("shell") as socket:
        frames = kernel.signed_frames("execute_request", RUN)
        socket.send_multipart(frames)
        socket.send_multipart(frames)
        assert receive(socket, 30) is not None
    assert kernel.run("1").count == before + 2


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_unknown_message_type_is_survived(kernel: Kernel, channel: str):
    kernel.request(channel, "make_coffee_request", {"beans": "arabica"})
    info = kernel.control_reply(kernel.request("control", "kernel_info_request"), 10)
    assert info["content"]["status"] == "ok"
    assert kernel.run("40 + 2").result == "42"


def test_unknown_fields_and_newer_version_are_welcome(kernel: Kernel):
    with kernel.raw("shell") as socket:
        frames = kernel.signed_frames("execute_request", RUN | {"shiny": [1]}, version="5.99", subshell_id=None, new=1)
        socket.send_multipart(frames)
        answer = receive(socket, 30)
    assert json.loads(answer[-1])["status"] == "ok"


def test_garbage_on_stdin_and_heartbeat_is_survived(kernel: Kernel):
    with kernel.raw("stdin") as socket:
        socket.send_multipart([b"nonsense", b"more"])
        socket.send_multipart(kernel.signed_frames("input_reply", {"value": "nobody asked"}))
    with kernel.raw("hb", zmq.REQ) as socket:
        socket.send(b"\x00\xffping" * 1000)
        assert receive(socket, 5) == [b"\x00\xffping" * 1000]
    assert kernel.run("2 * 21").result == "42"


def test_listens_on_loopback_only(kernel: Kernel):
    addresses = listening_addresses(kernel.pid)
    assert addresses == {"0100007F"}

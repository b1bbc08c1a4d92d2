"""Encrypted sockets: CURVE with the keys of the connection file, by jupyter_client's own switch."""

import json
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest
import zmq
from jupyter_client.kernelspec import get_kernel_spec
from zmq.utils.monitor import recv_monitor_message

from wire.client import DELIMITER, Kernel, receive

# The pair that ZeroMQ RFC 26 shows.
PUBLIC = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
SECRET = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"

SOCKETS = {"shell": zmq.DEALER, "control": zmq.DEALER, "stdin": zmq.DEALER, "iopub": zmq.SUB, "hb": zmq.REQ}


@pytest.fixture(scope="module")
def encrypted(kernel_name: str):
    with Kernel(kernel_name, encryption="required") as kernel:
        yield kernel


def knows(server_key: bytes | None):
    """Makes a socket one of a client with this key."""

    def prepare(client: zmq.Socket) -> None:
        if server_key is not None:
            client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
            client.curve_serverkey = server_key

    return prepare


def test_it_is_offered_where_the_kernel_can(kernel_name: str):
    spec = get_kernel_spec(kernel_name)
    can = subprocess.run([spec.argv[0], "supported-encryption"], capture_output=True, check=True, timeout=20)
    assert spec.metadata.get("supported_encryption", []) == json.loads(can.stdout) == ["curve"]


def test_a_session(encrypted: Kernel):
    assert encrypted.manager.curve_publickey is not None
    assert encrypted.run("let kept = 41;").status == "ok"
    cell = encrypted.run('println!("seen"); kept + 1')
    assert (cell.result, cell.stream()) == ("42", "seen\n")
    asks = encrypted.start('twoaxes::notebook::input("who? ")?', allow_stdin=True)
    assert encrypted.client.get_stdin_msg(timeout=30)["content"]["prompt"] == "who? "
    encrypted.client.input("Ada")
    assert "Ada" in encrypted.finish(asks).result
    endless = encrypted.start('println!("started"); loop { std::hint::spin_loop(); }')
    encrypted.wait_for_text(endless, "started")
    encrypted.interrupt()
    assert "nterrupt" in encrypted.finish(endless, 15).report
    assert encrypted.run("kept").result == "41"


def test_the_heart_beats(encrypted: Kernel):
    with encrypted.raw("hb", zmq.REQ, prepare=knows(encrypted.manager.curve_publickey)) as heart:
        heart.send(b"ping")
        assert receive(heart, 10) == [b"ping"]


def test_a_restart_keeps_the_keys(new_kernel):
    kernel = new_kernel(encryption="auto")
    key = kernel.manager.curve_publickey
    kernel.restart()
    assert kernel.manager.curve_publickey == key is not None
    assert kernel.run("6 * 7").result == "42"


@pytest.mark.parametrize("key", ["none", "another"])
@pytest.mark.parametrize("channel", SOCKETS)
def test_who_does_not_know_the_key_is_not_heard(encrypted: Kernel, channel: str, key: str):
    def watched(stranger: zmq.Socket) -> None:
        knows(zmq.curve_keypair()[0] if key == "another" else None)(stranger)
        stranger.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    with encrypted.raw(channel, SOCKETS[channel], prepare=watched) as stranger:
        refused = stranger.get_monitor_socket()
        if channel != "iopub":
            stranger.send_multipart(
                [b"ping"] if channel == "hb" else encrypted.signed_frames("kernel_info_request", {}))
        assert refused.poll(20_000), "the kernel goes on talking"
        recv_monitor_message(refused)
        # A whole cell later, nothing has come.
        assert encrypted.run("20 + 22").result == "42"
        assert receive(stranger, 0) is None
        stranger.disable_monitor()


GARBAGE = {
    "a browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "zeros": bytes(100_000),
    "all ones": b"\xff" * 100_000,
    "a greeting without CURVE": b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48),
    "a greeting and a HELLO of nothing": b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(47)
    + b"\x04\xc8\x05HELLO" + bytes(194),
    "a greeting and a frame of 2 GB": b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(47)
    + b"\x02" + (1 << 31).to_bytes(8, "big") + b"x" * 1000,
    "nothing": b"",
}


@pytest.mark.parametrize("text", GARBAGE.values(), ids=list(GARBAGE))
def test_garbage_on_the_ports_is_survived(encrypted: Kernel, text: bytes):
    with _connections(encrypted) as open_ones:
        for connection in open_ones:
            try:
                connection.sendall(text)
            except ConnectionError:
                pass  # the kernel has hung up already
        assert encrypted.run("20 + 22").result == "42"
    assert encrypted.alive()


@contextmanager
def _connections(kernel: Kernel):
    ports = [getattr(kernel.manager, f"{channel}_port") for channel in SOCKETS]
    opened = [socket.create_connection(("127.0.0.1", port), timeout=10) for port in ports]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


@pytest.mark.parametrize("encryption", ["required", "disabled"])
def test_what_passes_cannot_be_read(new_kernel, encryption: str):
    """The one without encryption shows that the ear hears."""
    kernel = new_kernel(encryption=encryption)
    with _overheard(kernel.manager.shell_port) as (port, heard):
        with kernel.raw("shell", port=port, prepare=knows(kernel.manager.curve_publickey)) as client:
            client.send_multipart(kernel.signed_frames("kernel_info_request", {}))
            answer = receive(client, 20)
            assert json.loads(answer[answer.index(DELIMITER) + 5])["status"] == "ok"
    kernel.stop()
    assert (b"kernel_info" in b"".join(heard)) == (encryption == "disabled")


@contextmanager
def _overheard(port: int):
    """A way to the port that notes what passes in both directions."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                heard.append(data)
                target.sendall(data)
        except OSError:
            pass  # the other direction has ended

    def serve() -> None:
        client, _address = listener.accept()
        with client, socket.create_connection(("127.0.0.1", port), timeout=20) as kernel:
            back = threading.Thread(target=carry, args=(kernel, client))
            back.start()
            carry(client, kernel)
            kernel.shutdown(socket.SHUT_RDWR)
            back.join(20)

    ear = threading.Thread(target=serve)
    ear.start()
    with listener:
        yield listener.getsockname()[1], heard
        ear.join(20)


@pytest.mark.parametrize(("keys", "says"), [
    ({"curve_publickey": PUBLIC}, "curve_publickey without curve_secretkey"),
    ({"curve_secretkey": SECRET}, "curve_secretkey without curve_publickey"),
    ({"curve_publickey": PUBLIC, "curve_secretkey": SECRET[:-1]}, "39 characters instead of 40"),
    ({"curve_publickey": PUBLIC[::-1], "curve_secretkey": SECRET}, "does not belong"),
])
def test_keys_that_are_none_are_refused_in_a_sentence(kernel_name: str, tmp_path, keys: dict, says: str):
    ports = dict(zip(("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"), range(1, 6)))
    file = tmp_path / "connection.json"
    file.write_text(json.dumps(ports | keys | {"key": "k", "signature_scheme": "hmac-sha256"}))
    file.chmod(0o600)
    command = [part.format(connection_file=file) for part in get_kernel_spec(kernel_name).argv]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode != 0
    [sentence] = ended.stderr.splitlines()
    assert says in sentence and "hint: " in sentence
    assert SECRET[:20] not in sentence

"""Two front ends at one kernel: each gets its own replies, both hear everything."""

from contextlib import ExitStack

import pytest

from wire.client import Kernel
from wire.witness import Message, Witness, fits, witness


@pytest.fixture
def both(kernel: Kernel):
    assert kernel.run("let mut shared: Vec<u32> = vec![];").status == "ok"
    with ExitStack() as stack:
        yield [stack.enter_context(witness(kernel)) for _ in range(2)]


def cell(front_end: Witness, code: str, **content) -> dict:
    return front_end.send("shell", "execute_request", {"code": code, "allow_stdin": False, **content})


def hear(front_end: Witness, requests: list[dict]) -> list[Message]:
    """All that these requests cause on iopub, up to the last idle."""
    heard, open_ones = [], {request["msg_id"] for request in requests}
    while open_ones:
        message = front_end.read("iopub")
        if message.parent not in requests:
            continue
        heard.append(message)
        if message.content.get("execution_state") == "idle":
            open_ones.remove(message.parent["msg_id"])
    return heard


def test_cells_of_two_in_turn(both: list[Witness]):
    requests: list[list[dict]] = [[], []]
    for number in range(8):
        who = number % 2
        requests[who].append(cell(both[who], f'shared.push({number}); println!("{number}"); shared.len()'))
    all_requests = requests[0] + requests[1]
    heard = [hear(front_end, all_requests) for front_end in both]
    assert [m.header["msg_id"] for m in heard[0]] == [m.header["msg_id"] for m in heard[1]]
    for who, front_end in enumerate(both):
        replies = [front_end.read("shell") for _ in requests[who]]
        assert [reply.parent for reply in replies] == requests[who], "in the order in which they were sent"
        assert all(reply.content["status"] == "ok" for reply in replies)
        assert front_end.is_silent("shell")
    for request in all_requests:
        caused = [m.kind for m in heard[0] if m.parent == request]
        assert caused == ["status", "execute_input", "stream", "execute_result", "status"]
    counts = [m.content["execution_count"] for m in heard[0] if m.kind == "execute_result"]
    assert counts == list(range(counts[0], counts[0] + 8)), "one counter, and no number twice"
    # Cells do not run into one another.
    busy = [m.parent["msg_id"] for m in heard[0]]
    assert all(busy[at : at + 5] == [busy[at]] * 5 for at in range(0, len(busy), 5))


def test_a_question_goes_to_whom_runs_the_cell(both: list[Witness]):
    asking, other = both
    request = cell(asking, 'notebook::input("who? ")?', allow_stdin=True)
    assert asking.read("stdin").parent == request
    # An answer of somebody else is none. The interrupt-free proof that it has
    # been read: what the same client sends after it is answered.
    other.send("stdin", "input_reply", {"value": "Mallory"})
    other.exchange("control", "kernel_info_request", {})
    assert other.is_silent("stdin")
    asking.send("stdin", "input_reply", {"value": "Ada"})
    heard = hear(other, [request])
    assert [m.content["data"]["text/plain"] for m in heard if m.kind == "execute_result"] == ['"Ada"']
    assert asking.read("shell").content["status"] == "ok"


def test_one_may_stop_the_cell_of_the_other(both: list[Witness]):
    running, other = both
    request = cell(running, 'println!("started"); loop {}')
    while (message := other.read("iopub")).kind != "stream" or message.parent != request:
        pass
    stop = other.send("control", "interrupt_request", {})
    assert other.read("control").parent == stop
    assert fits(running.read("shell").content, {"status": {"error"}, "ename": str}) == []
    assert running.is_silent("control")
    assert "error" in [m.kind for m in hear(running, [request])]


@pytest.mark.parametrize("code", ['println!("started"); std::thread::sleep(std::time::Duration::from_millis(300)); 6 * 7',
                                  'println!("started"); notebook::input("still there? ").is_err()'])
def test_one_goes_while_its_cell_runs(kernel: Kernel, code: str):
    with witness(kernel) as stays:
        with witness(kernel) as goes:
            request = cell(goes, code, allow_stdin=True)
            while (message := stays.read("iopub")).kind != "stream" or message.parent != request:
                pass
        if "input" in code:
            # Nobody can answer any more, so somebody has to stop it.
            stays.send("control", "interrupt_request", {})
            assert stays.read("control").content == {"status": "ok"}
        hear(stays, [request])
        mine = cell(stays, "20 + 22")
        assert [m.content["data"]["text/plain"] for m in hear(stays, [mine]) if m.kind == "execute_result"] == ["42"]
        assert stays.read("shell").parent == mine

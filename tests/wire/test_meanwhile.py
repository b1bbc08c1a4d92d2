"""What a front end asks while a cell runs is answered before the cell ends."""

import time

import pytest

from wire.client import Kernel

RUNS = 'println!("started"); loop { std::thread::sleep(std::time::Duration::from_millis(5)); }'
PREPARE = """/// Twice as much.
fn double(n: i32) -> i32 { 2 * n }
struct Order { number: u8 }
let numbers = vec![1, 2, 3];"""

COMPLETED = {
    "dou": {"double"},
    "numb": {"numbers"},
    "Ord": {"Order"},
    "numbers.pus": {"push"},
    "numbers.le": {"len"},
    "Vec::with_cap": {"with_capacity"},
    "barista::time_s": {"time_slice"},
    "thread::spa": {"spawn"},
    "printl": {"println!"},
}
INSPECTED = {
    "numbers": "let numbers: Vec<i32>",
    "double": "Twice as much.",
    "Vec": "A contiguous growable array type",
    "numbers.push": "Appends an element",
    "barista::time_slice": "pub fn time_slice",
}


@pytest.fixture(scope="module")
def busy(kernel: Kernel):
    """A kernel whose cell runs and ends only when it is interrupted."""
    assert kernel.run(PREPARE).status == "ok"
    # The sources are read when nothing has been asked for a while.
    deadline = time.monotonic() + 60
    msg_id = kernel.start(RUNS)
    kernel.wait_for_text(msg_id, "started")
    while not matches(kernel, "Vec::with_cap"):
        kernel.interrupt()
        kernel.finish(msg_id)
        assert time.monotonic() < deadline, "nothing is known of the standard library"
        time.sleep(1)
        msg_id = kernel.start(RUNS)
        kernel.wait_for_text(msg_id, "started")
    yield kernel
    kernel.interrupt()
    assert kernel.finish(msg_id).status == "error"
    assert kernel.run("numbers.len()").result == "3"


def ask(kernel: Kernel, kind: str, **content) -> dict:
    """The answer, which comes while the cell runs: it does not end by itself."""
    return kernel.shell_reply(kernel.request("shell", kind, content), 30)["content"]


def matches(kernel: Kernel, code: str) -> list[str]:
    return ask(kernel, "complete_request", code=code, cursor_pos=len(code))["matches"]


@pytest.mark.parametrize("code", COMPLETED)
def test_completions_while_a_cell_runs(busy: Kernel, code: str):
    assert COMPLETED[code] <= set(matches(busy, code))


def test_a_completion_says_its_signature(busy: Kernel):
    reply = ask(busy, "complete_request", code="numbers.pus", cursor_pos=11)
    typed = {match["text"]: match for match in reply["metadata"]["_jupyter_types_experimental"]}
    assert typed["push"]["signature"].endswith("fn push(&mut self, value: T)")
    assert (reply["cursor_start"], reply["cursor_end"]) == (8, 11)


@pytest.mark.parametrize("code", INSPECTED)
def test_inspection_while_a_cell_runs(busy: Kernel, code: str):
    reply = ask(busy, "inspect_request", code=code, cursor_pos=len(code), detail_level=0)
    assert reply["found"]
    assert INSPECTED[code] in reply["data"]["text/plain"]
    assert reply["data"].keys() == {"text/plain", "text/html", "text/markdown"}


def test_requests_that_need_no_engine(busy: Kernel):
    assert ask(busy, "is_complete_request", code="fn f() {")["status"] == "incomplete"
    assert ask(busy, "kernel_info_request")["status"] == "ok"
    assert ask(busy, "comm_info_request")["status"] == "ok"
    history = ask(busy, "history_request", hist_access_type="tail", n=1, output=False, raw=True)
    assert history["history"][0][2] == RUNS

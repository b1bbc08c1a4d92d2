"""What a front end asks while a cell runs is answered before the cell ends."""

import re
import time

import pytest

from wire.client import Kernel

RUNS = 'println!("started"); loop { std::thread::sleep(std::time::Duration::from_millis(5)); }'
PREPARE = """use std::collections::HashMap;
use std::sync::{Arc, Mutex};
/// Twice as much.
fn double(n: i32) -> i32 { 2 * n }
#[derive(Debug, Clone)]
struct Order { /** How many. */ number: u8, extras: Vec<String> }
#[derive(Debug, Clone)]
enum Size { Small, Big(u8) }
impl Order {
    fn new(number: u8) -> Self { Self { number, extras: Vec::new() } }
    fn size(&self) -> Size { if self.number < 2 { Size::Small } else { Size::Big(self.number) } }
    fn first(&self) -> Option<&String> { self.extras.first() }
}
trait Brew { fn brew(&self) -> f64; }
impl Brew for Order { fn brew(&self) -> f64 { 1.0 } }
let numbers = vec![1, 2, 3];
let shared = Arc::new(Mutex::new(vec![0u64]));
let words: HashMap<String, f64> = HashMap::new();
let order = Order::new(1);"""

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
    "order.": {"number", "extras", "size", "brew", "clone"},
    "Size::": {"Small", "Big"},
    "Order::new(1).extras.le": {"len"},
    "shared.lock().unwrap().pu": {"push"},
    'println!("{}", numbers.iter().su': {"sum"},
    "let v = vec![1u8]; v[0].leading_z": {"leading_zeros"},
    "use std::collections::{BT": {"BTreeMap", "BTreeSet"},
}

# Where rust-analyzer is asked as well, before the cell runs: it may offer more, and what
# it does not offer would be wrong.
COMPARED = [
    "numbers.",
    "numbers.iter().",
    "numbers.iter().map(|n| n * 2).",
    "numbers.iter().filter(|n| **n > 1).inspect(|n| ()).",
    "std::iter::from_fn(|| Some(1)).",
    "numbers.iter().copied().max().",
    "numbers[0].",
    "shared.lock().unwrap().",
    "words.iter().next().unwrap().",
    "words.",
    "order.",
    "order.extras[0].",
    "Order::new(1).size().",
    "order.first().",
    "Order::",
    "Size::",
    "Vec::<u8>::",
    "i32::",
    "\"text\".",
    "(0..9).",
    "barista::time_slice(&[1], 2).",
    "std::collections::",
    "let v = vec![1u8]; v.",
    "let s = String::from(\"a\"); s.",
    "std::thread::spawn(|| 1).join().",
    "for n in &numbers { n.",
]
# A macro implements `Display` for numbers; rust-analyzer does not see it in our sources.
TRUE = {"to_string"}
INSPECTED = {
    "numbers": "let numbers: Vec<i32>",
    "double": "Twice as much.",
    "Vec": "A contiguous growable array type",
    "numbers.push": "Appends an element",
    "barista::time_slice": "pub fn time_slice",
    "Order::new(2).number": "number: u8\n\nHow many.",
    "numbers.iter().rev": "Reverses an iterator's direction.",
    "let v = numbers.iter(); v": "let v: Iter<i32>",
}


@pytest.fixture(scope="module")
def at_rest(kernel: Kernel) -> dict[str, set[str]]:
    """What rust-analyzer offers."""
    assert kernel.run(PREPARE).status == "ok"
    # It offers calls with their arguments, `push(value)`, and modules as `vec::`.
    return {code: {re.split(r"\(|::| {", match)[0] for match in matches(kernel, code)} for code in COMPARED}


@pytest.fixture(scope="module")
def busy(kernel: Kernel, at_rest: dict):
    """A kernel whose cell runs and ends only when it is interrupted."""
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


@pytest.mark.parametrize("code", COMPARED)
def test_what_is_offered_while_a_cell_runs_is_not_wrong(busy: Kernel, at_rest: dict, code: str):
    found = set(matches(busy, code))
    assert found
    assert found - at_rest[code] <= TRUE


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


def test_a_first_cell_that_runs_for_long_hides_nothing(own_kernel: Kernel):
    """The sources are read while it runs: no pause has to come before it."""
    msg_id = own_kernel.start(RUNS)
    deadline = time.monotonic() + 30
    while not (found := matches(own_kernel, "std::thread::sp")):
        assert time.monotonic() < deadline, "nothing is known of the standard library"
    assert "spawn" in found
    assert ask(own_kernel, "inspect_request", code="Vec", cursor_pos=3, detail_level=0)["found"]
    own_kernel.interrupt()
    assert own_kernel.finish(msg_id).status == "error"

"""What is offered at a cursor while no cell runs: text that can stand there, its kind, and how it is called."""

import re
import time

import pytest

from wire.client import Kernel

PREPARE = """use std::sync::{Arc, Mutex};
use rayon::prelude::*;
#[derive(Debug, Clone)]
enum State { Idle, Running(u8), Done { code: i32 } }
struct Counter { count: u32, states: Vec<State> }
impl Counter {
    fn new(count: u32) -> Self { Self { count, states: Vec::new() } }
    fn bump(&mut self, by: u32) -> u32 { self.count += by; self.count }
}
fn helper(first: i32, second: &str) -> f64 { 1.0 }
let numbers = vec![1_u64, 2, 3];
let words = vec![String::from("a")];
let shared = Arc::new(Mutex::new(0_u64));
let counter = Counter::new(1);
let state = State::Idle;"""

# Code with the cursor at its end: the only offers, with kind and signature.
EXACTLY = {
    "Counter::ne": [("new(count)", "function", "fn new(count: u32) -> Self")],
    "counter.bu": [("bump(by)", "function", "fn bump(&mut self, by: u32) -> u32")],
    "counter.cou": [("count", "field", "count: u32")],
    "hel": [("helper(first, second)", "function", "fn helper(first: i32, second: &str) -> f64")],
    "Arc::clone(&sh": [("shared", "variable", "Arc<Mutex<u64>>")],
    "std::thread::park_timeout": [
        ("park_timeout(dur)", "function", "pub fn park_timeout(dur: Duration)"),
        ("park_timeout_ms(ms)", "function", "pub fn park_timeout_ms(ms: u32)"),
    ],
    "barista::time_": [("time_slice(work, slice)", "function", "pub fn time_slice(work: &[u64], slice: u64) -> Trace")],
    "numbers.with_cap": [],
    "wh": [("while", "keyword", None), ("while let", "keyword", None)],
    "if": [("if", "keyword", None), ("if let", "keyword", None)],
    "match state { State::R": [("Running", "variant", "Running(u8)")],
    "match state { State::D": [("Done { code }", "variant", "Done { code: i32 }")],
    "let other = State::R": [("Running", "variant", "Running(u8)")],
    "let other = State::D": [("Done { code }", "variant", "Done { code: i32 }")],
    "let c: ch": [("char", "type", None)],
    "let n: u3": [("u32", "type", None)],
    "println": [("println!", "macro", None)],
    "shared.is_p": [("is_poisoned()", "function", "pub fn is_poisoned(&self) -> bool")],
    "// numbers.le": [],
    '"numbers.le': [],
}

# Where evcxr gives up: a private field of the value could be called.
CLOSURES = [
    "words.iter().map(|w| w.len()).su",
    "words.iter().filter(|w| w.len() > 1).su",
    "let lengths = words.iter().map(|w| w.len()); lengths.su",
    "words[0].chars().map(|c| c as u32).filter(|c| *c > 1).su",
    "numbers.iter().inspect(|n| ()).su",
    "numbers.par_iter().map(|n| n * 2).su",
    "(0..10u64).into_par_iter().map(|n| n).su",
    "std::iter::from_fn(|| Some(1)).su",
    'println!("{}", numbers.iter().map(|n| n + 1).su',
    '"🦀é"; words.iter().map(|w| w.len()).su',
]

# Names that nobody can use there.
HIDDEN = {
    "shared.": {"ptr", "phantom", "alloc", "inner", "poison", "data"},
    "numbers.": {"buf", "len"},
    "for word in &words { word.": {"vec"},
    "std::thread::": {"spawnhook::", "builder::", "ThreadInit"},
    "std::": {"sealed::", "keyword_docs::", "alloc_crate::"},
    "barista::": {"ticket::", "shop::"},
}


def complete(kernel: Kernel, code: str, behind: str = "") -> tuple[str, list[tuple]]:
    """The text that is replaced, and the offers."""
    request = {"code": code + behind, "cursor_pos": len(code)}
    reply = kernel.shell_reply(kernel.request("shell", "complete_request", request), 30)["content"]
    offers = reply["metadata"]["_jupyter_types_experimental"]
    assert [offer["text"] for offer in offers] == reply["matches"]
    typed = (code + behind)[reply["cursor_start"] : reply["cursor_end"]]
    return typed, [(offer["text"], offer["type"], offer.get("signature")) for offer in offers]


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    assert kernel.run(PREPARE).status == "ok"
    # The sources are read once it rests.
    deadline = time.monotonic() + 30
    while complete(kernel, "barista::time_")[1][0][2] is None:
        assert time.monotonic() < deadline, "no declaration is known"
    return kernel


@pytest.mark.parametrize("code", EXACTLY)
def test_offers_are_put_in_as_they_are(prepared: Kernel, code: str):
    assert complete(prepared, code)[1] == EXACTLY[code]


@pytest.mark.parametrize("behind", ["", "; 🦀", "()"])
@pytest.mark.parametrize("code", CLOSURES)
def test_what_holds_a_closure_has_members(prepared: Kernel, code: str, behind: str):
    if behind == "; 🦀" and "!(" in code:
        behind = ")" + behind
    typed, offers = complete(prepared, code, behind)
    assert typed == "su"
    assert [re.split(r"\(", text)[0] for text, *_ in offers] == ["sum"]
    # Declarations alone do not tell what a range becomes.
    assert all("fn sum<" in (signature or "fn sum<") for _, _, signature in offers)


@pytest.mark.parametrize("code", HIDDEN)
def test_what_is_private_is_not_offered(prepared: Kernel, code: str):
    texts = [text for text, *_ in complete(prepared, code)[1]]
    assert texts and not HIDDEN[code] & set(texts)
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("code", ["", "numbers.", "let x = ", "let x: ", "State::", "std::", "shared.", "tr", "ev", "E"])
def test_nothing_generated_is_offered(prepared: Kernel, code: str):
    for text, _, signature in complete(prepared, code)[1]:
        assert not re.search(r"evcxr|\$|r#try|;|\n|…|self[,)]", text, re.IGNORECASE), text
        assert "…" not in (signature or "")


def test_what_is_for_everybody_comes_first(prepared: Kernel):
    texts = [text for text, *_ in complete(prepared, "shared.")[1]]
    assert texts.index("lock()") < texts.index("drop_slow()")
    texts = [text for text, *_ in complete(prepared, "std::")[1]]
    assert texts.index("vec::") < texts.index("as_keyword::")
    texts = [text for text, *_ in complete(prepared, "counter.")[1]]
    assert texts[:3] == ["count", "states", "bump(by)"]


@pytest.mark.parametrize("code", [".", "$", "numbers.push(.", "f(numbers.iter().map(|n| n.)."])
def test_nonsense_is_answered(prepared: Kernel, code: str):
    complete(prepared, code)
    assert complete(prepared, "numbers.pus")[0] == "pus"

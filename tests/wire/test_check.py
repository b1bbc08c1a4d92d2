"""Model checking from a cell: a verdict, whatever the closure does, and the session lives on."""

import pytest

from wire.client import Cell, Kernel

LOST_UPDATE = """
fn add_twice() {
    use loom::sync::{Arc, atomic::{AtomicUsize, Ordering::SeqCst}};
    let count = Arc::new(AtomicUsize::new(0));
    let other = Arc::clone(&count);
    let thread = loom::thread::spawn(move || {
        let seen = other.load(SeqCst);
        other.store(seen + 1, SeqCst);
    });
    let seen = count.load(SeqCst);
    count.store(seen + 1, SeqCst);
    thread.join().unwrap();
    assert_eq!(count.load(SeqCst), 2, "an update was lost");
}
"""

OPPOSITE_LOCKS = """
fn opposite_locks() {
    use TOOL::sync::{Arc, Mutex};
    let a = Arc::new(Mutex::new(0));
    let b = Arc::new(Mutex::new(0));
    let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
    let thread = TOOL::thread::spawn(move || {
        let _b = b2.lock().unwrap();
        let _a = a2.lock().unwrap();
    });
    {
        let _a = a.lock().unwrap();
        let _b = b.lock().unwrap();
    }
    thread.join().unwrap();
}
"""


def shown(cell: Cell) -> str:
    """The text of the one thing that the cell shows; nothing else came out of it."""
    assert cell.status == "ok", cell.report
    assert (cell.stream("stdout"), cell.stream("stderr")) == ("", "")
    (output,) = cell.of_type("execute_result", "display_data")
    return output["data"]["text/plain"]


def test_a_verdict_is_kept_and_replayed(kernel: Kernel):
    kernel.run("let kept = 7;" + LOST_UPDATE)
    kernel.run("let verdict = model::check::exhaustive(add_twice);")
    assert "FAILED" in shown(kernel.run("verdict"))
    assert "an update was lost" in shown(kernel.run("verdict.replay(add_twice)"))
    assert shown(kernel.run("kept")) == "7"


@pytest.mark.parametrize(
    "tool, search", [("loom", "exhaustive("), ("shuttle", "dfs("), ("shuttle", "random(7, ")]
)
def test_a_deadlock_is_a_verdict_without_noise(kernel: Kernel, tool: str, search: str):
    kernel.run("let kept = 7;" + OPPOSITE_LOCKS.replace("TOOL", tool))
    text = shown(kernel.run(f"model::check::{search}opposite_locks)"))
    assert "FAILED" in text and "nothing can wake them" in text
    assert shown(kernel.run("kept")) == "7"


def test_what_the_closure_prints_is_shown(kernel: Kernel):
    cell = kernel.run(
        'model::check::dfs(|| { eprintln!("told"); println!("said"); panic!("broken") }).failed()'
    )
    assert (cell.stream("stdout"), cell.stream("stderr")) == ("said\n", "told\n")
    assert cell.result == "true"


def test_an_abort_is_a_verdict(kernel: Kernel):
    kernel.run("let kept = 7;")
    assert "abort" in shown(kernel.run("model::check::dfs(|| std::process::abort())"))
    assert shown(kernel.run("kept")) == "7"


def test_an_interrupt_ends_a_check(kernel: Kernel):
    cell = kernel.start(
        "let _ = model::check::Check::dfs().time(std::time::Duration::MAX).run("
        '|| { println!("started"); loop { std::hint::spin_loop(); } });'
    )
    kernel.wait_for_text(cell, "started")
    kernel.interrupt()
    assert kernel.finish(cell, 15).status == "error"
    assert kernel.run("1 + 1").result == "2"

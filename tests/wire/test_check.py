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


def test_last_words_are_shown(kernel: Kernel):
    cell = kernel.run('model::check::dfs(|| { eprint!("told"); std::process::exit(3) });')
    assert (cell.status, cell.stream("stderr")) == ("error", "told")


def test_a_file_opened_in_a_closure_can_be_read_after_it(kernel: Kernel):
    kernel.run(
        "use std::sync::{Arc, Mutex};"
        "let place: Arc<Mutex<Option<std::fs::File>>> = Arc::default(); let inside = Arc::clone(&place);"
    )
    opening = '*inside.lock().unwrap() = Some(std::fs::File::open("/proc/self/comm").unwrap())'
    checked = kernel.run(f"model::check::dfs(move || {{ {opening}; }}).is_complete()")
    assert checked.result == "true", checked.report
    reading = "std::io::read_to_string(place.lock().unwrap().take().unwrap()).is_ok()"
    assert kernel.run(reading).result == "true"


def test_checks_leave_no_descriptors_and_threads(kernel: Kernel):
    kernel.run(
        'fn count(of: &str) -> usize { std::fs::read_dir(format!("/proc/self/{of}")).unwrap().count() }'
        + LOST_UPDATE
    )
    kernel.run("model::check::exhaustive(add_twice);")
    before = kernel.run('(count("fd"), count("task"))').result
    kernel.run(
        "for _ in 0..100 { model::check::exhaustive(add_twice);"
        ' model::check::dfs(|| panic!("broken")); }'
    )
    assert kernel.run('(count("fd"), count("task"))').result == before


def test_an_abort_is_a_verdict(kernel: Kernel):
    kernel.run("let kept = 7;")
    assert "abort" in shown(kernel.run("model::check::dfs(|| std::process::abort())"))
    assert shown(kernel.run("kept")) == "7"


@pytest.mark.parametrize("step", ["std::hint::spin_loop()", "shuttle::thread::yield_now()"])
def test_an_interrupt_ends_a_check(kernel: Kernel, step: str):
    cell = kernel.start(
        "let _ = model::check::Check::dfs().time(std::time::Duration::MAX).steps(usize::MAX).run("
        f'|| {{ println!("started"); loop {{ {step}; }} }});'
    )
    kernel.wait_for_text(cell, "started")
    kernel.interrupt()
    assert kernel.finish(cell, 15).status == "error"
    assert kernel.run("1 + 1").result == "2"

"""What a failed cell leaves, where it meddles with its process: sockets of tokio, forks, descriptors, streams."""

import time

import pytest

from wire.client import Kernel

FORK = "unsafe extern \"C\" { fn fork() -> i32; fn setsid() -> i32; fn close(fd: i32) -> i32; fn _exit(code: i32) -> !; }"
CRASH = "unsafe { (8 as *mut u8).write_volatile(1) }"
THREAD = "std::thread::spawn(|| loop { std::thread::park() });"


@pytest.fixture
def seen(new_kernel) -> Kernel:
    """A kernel with a variable that is easily changed."""
    kernel = new_kernel()
    assert kernel.run(f"let mut seen = vec![1]; {FORK}").status == "ok"
    return kernel


@pytest.mark.parametrize("uses_tokio", [
    "server::measure(100);",
    "{ let rt = tokio::runtime::Builder::new_current_thread().enable_all().build()?; rt.block_on(async { tokio::task::yield_now().await }) }",
    "{ let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build()?; rt.block_on(async { tokio::task::yield_now().await }) }",
])
@pytest.mark.parametrize("ending", ["panic!()", CRASH])
def test_a_cell_is_undone_after_a_runtime_of_tokio(seen: Kernel, uses_tokio: str, ending: str):
    for _ in range(2):
        assert seen.run(uses_tokio).status == "ok"
        report = seen.run(f"seen.push(2); {ending}").report
        assert "undone: variables" in report, report
    assert seen.run("seen.clone()").result == "[1]"


CHILD = "if unsafe { fork() } == 0 { unsafe { setsid(); } std::thread::sleep(std::time::Duration::from_secs(40)); unsafe { _exit(0) } }"


@pytest.mark.parametrize("has_copy", [True, False])
def test_a_crash_is_heard_while_a_forked_child_lives(seen: Kernel, has_copy: bool):
    if not has_copy:
        seen.run(THREAD)
    asked = time.monotonic()
    cell = seen.run(f"seen.push(2); {CHILD} {CRASH}", timeout=20)
    assert time.monotonic() - asked < 10
    assert "SIGSEGV" in cell.report and ("undone" if has_copy else "are gone") in cell.report, cell.report
    assert seen.run("1 + 1", timeout=20).result == "2"


@pytest.mark.parametrize("has_copy", [True, False])
def test_an_interrupt_waits_for_no_forked_child(seen: Kernel, has_copy: bool):
    if not has_copy:
        seen.run(THREAD)
    cell = seen.start(f'seen.push(2); {CHILD} println!("started"); loop {{}}')
    seen.wait_for_text(cell, "started")
    asked = time.monotonic()
    seen.interrupt()
    stopped = seen.finish(cell, 20)
    assert time.monotonic() - asked < 10
    assert stopped.reply["content"]["ename"] == "Interrupted"
    assert seen.run("1 + 1", timeout=20).result == "2"


def test_a_forked_child_ends_with_the_cell_and_answers_for_nobody(seen: Kernel):
    cell = seen.run('let child = unsafe { fork() }; println!("both"); seen.len()')
    assert cell.status == "ok" and cell.result == "1", cell.report
    assert cell.stream().count("both") == 2
    for number in range(2, 6):
        cell = seen.run(f'seen.push({number}); println!("run {number}"); seen.len()')
        assert (cell.status, cell.stream(), cell.result) == ("ok", f"run {number}\n", str(number)), cell.report
    cell = seen.run("if unsafe { fork() } == 0 { std::process::exit(7) } seen.len()")
    assert (cell.status, cell.result) == ("ok", "5"), cell.report


def test_a_child_that_forks_in_a_function_of_the_session_and_panics(seen: Kernel):
    seen.run('fn split() { if unsafe { fork() } == 0 { panic!("the child") } }')
    cell = seen.run("split(); seen.push(2); seen.len()")
    assert cell.status == "ok" and cell.result == "2", cell.report
    assert seen.run("seen.push(3); seen.len()").result == "3"


def test_a_cell_that_has_closed_what_the_kernel_needs(seen: Kernel):
    cell = seen.run('seen.push(2); for fd in 3..1000 { unsafe { close(fd); } } println!("still here"); seen.len()')
    assert "still here" in cell.stream()
    assert cell.status == "error" and "undone" in cell.report and "SIGKILL" not in cell.report, cell.report
    assert seen.run('println!("and on"); seen.clone()').result == "[1]"


def test_a_program_that_has_ended_keeps_nothing_from_being_undone(seen: Kernel):
    seen.run('{ std::process::Command::new("true").spawn()?; } std::thread::sleep(std::time::Duration::from_millis(300));')
    assert "undone" in seen.run("seen.push(2); panic!()").report
    assert seen.run("seen.clone()").result == "[1]"

"""Steering a kernel while a cell runs: questions, interrupts, restarts, the end."""

import os
import signal
import time
from pathlib import Path

import pytest
import zmq

from wire.client import DELIMITER, Kernel, family, receive

ENDLESS = 'println!("started"); loop { std::hint::spin_loop(); }'


# Two threads, this one and another, take two locks in opposite order.
DEADLOCK = """
fn deadlock(held: impl Fn()) {
    let (one, two) = (std::sync::Mutex::new(1), std::sync::Mutex::new(2));
    let met = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| { let _two = two.lock(); met.wait(); let _one = one.lock(); });
        let _one = one.lock();
        met.wait();
        held();
        let _two = two.lock();
    });
}
"""
BOTH_HELD = '|| println!("started")'


def start_endless(kernel: Kernel, code: str = ENDLESS) -> str:
    msg_id = kernel.start(code)
    kernel.wait_for_text(msg_id, "started")
    return msg_id


def test_kernel_info_on_control_while_a_cell_runs(kernel: Kernel):
    cell = start_endless(kernel)
    asked = time.monotonic()
    reply = kernel.control_reply(kernel.request("control", "kernel_info_request"), 5)
    assert reply["content"]["status"] == "ok"
    assert time.monotonic() - asked < 1
    kernel.interrupt()
    kernel.finish(cell)


@pytest.mark.parametrize(
    "code",
    [
        ENDLESS,
        'println!("started"); loop {}',
        'println!("started"); std::thread::sleep(std::time::Duration::from_secs(3600));',
        'println!("started"); let (_keep, never) = std::sync::mpsc::channel::<()>(); never.recv()?;',
        'println!("started"); loop { println!("on and on"); }',
        'println!("started"); loop { eprintln!("on and on"); }',
        'println!("started"); std::thread::scope(|s| { s.spawn(|| loop {}); s.spawn(|| loop {}); });',
        'println!("started"); std::thread::scope(|s| { s.spawn(|| std::thread::sleep(std::time::Duration::MAX)); });',
        'println!("started"); { let lock = std::sync::Mutex::new(0); let _held = lock.lock(); let _again = lock.lock(); }',
        f"deadlock({BOTH_HELD});",
        f"std::thread::spawn(|| deadlock({BOTH_HELD})).join().unwrap();",
        'println!("started"); std::process::Command::new("sleep").arg("3600").status()?;',
    ],
    ids=["spin", "loop", "sleep", "wait", "print", "print errors", "threads", "sleeping thread", "own lock", "two locks",
         "two locks in threads", "another process"],
)
def test_interrupt_stops_any_cell(kernel: Kernel, code: str):
    kernel.run("fn treasure() -> &'static str { \"gold\" } let mut seen = vec![1];")
    kernel.run(DEADLOCK)
    cell = start_endless(kernel, f"seen.push(2); {code}")
    asked = time.monotonic()
    kernel.interrupt()
    stopped = kernel.finish(cell, 15)
    assert time.monotonic() - asked < 5
    assert stopped.status == "error"
    assert "nterrupt" in stopped.reply["content"]["ename"]
    assert len(stopped.of_type("error")) == 1
    assert "undone" in stopped.report, stopped.report
    assert kernel.run("1 + 1").result == "2"
    assert kernel.run("(treasure(), seen.len())").result == '("gold", 1)'


def test_interrupt_stops_the_compiler(kernel: Kernel):
    """A cell that compiles for long: a constant that the compiler computes."""
    kernel.run("let ready = 1;")
    cell = kernel.start(
        "const SLOW: u64 = { let mut i = 0u64; while i < 400_000_000 { i += 1; } i };\n"
        "#[allow(long_running_const_eval)] const AGAIN: u64 = SLOW; AGAIN"
    )
    while kernel.client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
        pass
    asked = time.monotonic()
    kernel.interrupt()
    assert kernel.finish(cell, 30).status == "error"
    assert time.monotonic() - asked < 5
    assert kernel.run("ready").result == "1"


def test_interrupts_while_the_engine_starts_end_the_cell_that_waits_and_no_more(own_kernel: Kernel):
    # Where the engine has started before, it is this cell that is interrupted.
    waits = own_kernel.start("std::thread::sleep(std::time::Duration::from_secs(600));")
    cell = None
    while cell is None:
        own_kernel.interrupt()
        if own_kernel.client.shell_channel.socket.poll(20):
            cell = own_kernel.finish(waits)
    assert cell.status == "error" and cell.reply["content"]["ename"] == "Interrupted"
    assert own_kernel.run("6 * 7").result == "42"


def test_interrupt_clears_the_queue(kernel: Kernel):
    running = start_endless(kernel)
    waiting = [kernel.start("1"), kernel.start("2")]
    kernel.interrupt()
    assert kernel.finish(running).status == "error"
    for msg_id in waiting:
        assert kernel.finish(msg_id).status in ("aborted", "error")


def test_interrupt_of_nothing_is_harmless(kernel: Kernel):
    kernel.interrupt()
    assert kernel.run("1 + 1").result == "2"


def test_interrupt_of_a_question(kernel: Kernel):
    cell = kernel.start('twoaxes::notebook::input("who? ")?', allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    kernel.interrupt()
    assert kernel.finish(cell, 15).status == "error"
    assert kernel.run("1 + 1").result == "2"


def test_a_process_that_dies_while_it_asks(kernel: Kernel, tmp_path):
    """Nobody waits for an answer that nobody wants any more."""
    sign = tmp_path / "asked"
    cell = kernel.start(
        f'std::thread::spawn(|| {{ while !std::path::Path::new("{sign}").exists() {{ std::thread::yield_now(); }} '
        'std::process::exit(3) }); notebook::input("name? ")?;',
        allow_stdin=True,
    )
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    sign.touch()
    assert kernel.finish(cell, 5).reply["content"]["ename"] == "Exit"
    assert kernel.run("1 + 1").result == "2"


def test_prints_pass_while_a_cell_asks(kernel: Kernel):
    cell = kernel.start(
        'std::thread::scope(|s| { s.spawn(|| notebook::input("name? ")); s.spawn(|| println!("still here")); });',
        allow_stdin=True,
    )
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    kernel.wait_for_text(cell, "still here")
    kernel.client.input("ferris")
    assert kernel.finish(cell).status == "ok"


def test_everything_passes_while_a_cell_asks(kernel: Kernel):
    cell = kernel.start(
        """std::thread::scope(|s| { s.spawn(|| notebook::input("name? ")); s.spawn(|| {
            notebook::display(&notebook::Markdown("shown meanwhile"));
            let _ = std::thread::spawn(|| panic!("told meanwhile")).join();
            println!("done meanwhile");
        }); });""",
        allow_stdin=True,
    )
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    kernel.wait_for_text(cell, "done meanwhile")
    kernel.client.input("ferris")
    assert kernel.finish(cell).status == "ok"


def test_threads_that_ask_do_so_one_after_another(kernel: Kernel):
    cell = kernel.start(
        'fn ask() -> std::thread::JoinHandle<String> { std::thread::spawn(|| notebook::input("name? ").unwrap()) }'
        '{ let both = [ask(), ask()]; let mut said = both.map(|one| one.join().unwrap()); said.sort(); said.join(" ") }',
        allow_stdin=True,
    )
    for name in ("anna", "bert"):
        assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
        kernel.client.input(name)
    assert kernel.finish(cell).result == '"anna bert"'


def test_restart_forgets_everything(own_kernel: Kernel):
    own_kernel.run("let forgotten = 1;")
    own_kernel.restart()
    cell = own_kernel.run("forgotten")
    assert cell.status == "error"
    assert cell.count == 1
    assert own_kernel.run("1 + 1").result == "2"


def test_restart_while_a_cell_runs(own_kernel: Kernel):
    start_endless(own_kernel)
    asked = time.monotonic()
    own_kernel.restart()
    assert time.monotonic() - asked < 30
    assert own_kernel.run("1 + 1").result == "2"


def test_shutdown_leaves_no_process(new_kernel):
    kernel = new_kernel()
    start_endless(kernel)
    processes = family(kernel.pid)
    kernel.control_reply(kernel.request("control", "shutdown_request", {"restart": False}), 10)
    deadline = time.monotonic() + 10
    while (left := [p for p in processes if runs(p)]) and time.monotonic() < deadline:
        kernel.alive()  # reaps the kernel, which is our child
        time.sleep(0.05)
    kernel.stop()
    assert left == []


def test_a_killed_kernel_leaves_no_process(new_kernel):
    kernel = new_kernel()
    start_endless(kernel)
    processes = family(kernel.pid)
    kernel.manager.signal_kernel(9)
    deadline = time.monotonic() + 10
    while (left := [p for p in processes if runs(p)]) and time.monotonic() < deadline:
        kernel.alive()
        time.sleep(0.05)
    kernel.stop()
    assert left == []


def test_each_process_can_be_killed_at_work(new_kernel):
    """The one that runs a cell, in place of another one too; the copy that keeps the state; one that is idle."""
    kernel = new_kernel()
    kernel.run("let mut seen = vec![1];")
    for _ in range(2):
        cell = start_endless(kernel, 'seen.push(2); println!("started"); loop { std::thread::park() }')
        runtime, _copy = runtimes(kernel)
        os.kill(runtime, signal.SIGKILL)
        ended = kernel.finish(cell, 15)
        assert "SIGKILL" in ended.report and "undone" in ended.report, ended.report
    cell = kernel.start('seen.push(3); println!("started"); twoaxes::notebook::input("go on? ")?;', allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    _runtime, copy = runtimes(kernel)
    os.kill(copy, signal.SIGKILL)
    kernel.client.input("yes")
    assert kernel.finish(cell, 15).status == "ok"
    assert kernel.run("seen.clone()").result == "[1, 3]"
    [runtime] = runtimes(kernel)
    os.kill(runtime, signal.SIGKILL)
    ended = kernel.run("seen.len()")
    assert "SIGKILL" in ended.report and "variables are gone" in ended.report, ended.report
    assert kernel.run("1 + 1").result == "2"
    assert len(runtimes(kernel)) == 1
    deadline = time.monotonic() + 10
    while zombies(kernel) and time.monotonic() < deadline:
        kernel.run("no_such_name")
    assert zombies(kernel) == [], "nobody waits for these"


def runtimes(kernel: Kernel) -> list[int]:
    """The processes that run cells: of a cell and its copy, the cell's is first."""
    return sorted(pid for pid in family(kernel.pid) if b"\0runtime\0" in Path(f"/proc/{pid}/cmdline").read_bytes())


def zombies(kernel: Kernel) -> list[int]:
    return [pid for pid in family(kernel.pid) if not runs(pid)]


def runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_every_subscription_is_welcomed(kernel: Kernel):
    with kernel.raw("iopub", zmq.SUB) as socket:
        frames = receive(socket, 5)
    assert frames is not None, "no iopub_welcome"
    assert b"iopub_welcome" in frames[frames.index(DELIMITER) + 2]


def test_a_request_behind_a_cell_is_answered_too(kernel: Kernel):
    """Which of the two comes first is the kernel's affair."""
    cell = kernel.start("1 + 1")
    info = kernel.client.kernel_info()
    answered = {kernel.client.get_shell_msg(timeout=60)["parent_header"]["msg_id"] for _ in range(2)}
    assert answered == {cell, info}

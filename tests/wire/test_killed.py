"""Whichever of our processes is killed: the kernel says so and goes on, or ends with all of its children.

The process that runs a cell, and the idle one, are in `test_control`.
"""

import os
import signal
import time
from pathlib import Path

import pytest

from wire.client import Kernel, family
from wire.compiler import Compilations


def endless() -> str:
    """A cell that compiles for ever, and that nobody has compiled before."""
    begin = time.time_ns() % 10**9
    return (f"#[allow(long_running_const_eval)] const SLOW: u64 = {{ let mut i = {begin}; "
            "while i < u64::MAX { i += 1 } i }; SLOW")


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def called(kernel: Kernel, name: str) -> list[int]:
    return [pid for pid in family(kernel.pid) if command(pid) == name]


def wait_for(condition, what: str, seconds: float = 30):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(("victim", "says"), [
    ("rustc", "rustc was ended by signal: 9 (SIGKILL)"),
    ("cargo", "the compiler was ended before"),
])
def test_a_compiler_that_is_killed(kernel: Kernel, victim: str, says: str):
    kernel.run("let kept = vec![1, 2];")
    cell = kernel.start(endless())
    wait_for(lambda: called(kernel, "rustc"), "rustc does not start")
    at_work = called(kernel, "rustc") + called(kernel, "cargo")
    for pid in called(kernel, victim):
        kill(pid)
    ended = kernel.finish(cell, 15)
    assert says in ended.report and "run the cell again" in ended.report, ended.report
    wait_for(lambda: all(map(gone, at_work)), "a compiler works for nobody")
    assert kernel.run("kept.clone()").result == "[1, 2]"
    assert kernel.run("fn new() -> u8 { 7 } new()").result == "7"


def test_a_linker_that_is_killed(new_kernel, rustc: Compilations, tmp_path: Path):
    """A cell with functions of another library is linked by cc, which rustc finds on PATH."""
    sign = tmp_path / "linker"
    rustc.script("cc", f'echo $$ >"{sign}.new"; mv "{sign}.new" "{sign}"; exec sleep 3600')
    kernel = new_kernel()
    kernel.run("let kept = vec![1, 2];")
    code = '#[link(name = "m")] unsafe extern "C" { safe fn fabs(x: f64) -> f64; } fabs(-3.0)'
    cell = kernel.start(code)
    wait_for(sign.exists, "the linker does not start")
    kill(int(sign.read_text()))
    ended = kernel.finish(cell, 15)
    assert "link" in ended.report and "SIGKILL" in ended.report, ended.report
    assert kernel.run("kept.clone()").result == "[1, 2]"
    # It is no failure that is remembered.
    (rustc.bin / "cc").unlink()
    assert kernel.run(code).result == "3.0"


def test_a_kernel_that_is_killed_while_it_compiles(new_kernel):
    kernel = new_kernel()
    kernel.start(endless())
    wait_for(lambda: called(kernel, "rustc"), "rustc does not start")
    processes = family(kernel.pid)
    kill(kernel.pid)
    # The kernel is our child, and `alive` sees to it.
    wait_for(lambda: not kernel.alive() and all(map(gone, processes)), "a process works for nobody", 10)


def test_what_a_killed_kernel_leaves_is_removed_by_the_next(new_kernel, tmp_path: Path):
    kernel = new_kernel(TMPDIR=str(tmp_path))
    assert kernel.run("1").result == "1"
    (left,) = tmp_path.glob("twoaxes-*")
    # Younger than a minute it may be one that is about to be locked.
    os.utime(left / "kernel.lock", (1, 1))
    for_nobody = tmp_path / "twoaxes-notes"
    for_nobody.mkdir()
    assert new_kernel(TMPDIR=str(tmp_path)).run("1").result == "1"
    assert left.exists() and kernel.run("2").result == "2", "it is still in use"
    kill(kernel.pid)
    wait_for(lambda: not kernel.alive(), "it goes on", 10)
    assert left.exists()
    new_kernel(TMPDIR=str(tmp_path)).run("1")
    assert not left.exists() and for_nobody.exists()


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


@pytest.mark.parametrize("ending", ['panic!("x")', "std::process::exit(3)"])
def test_a_copy_that_is_killed_while_its_cell_runs(new_kernel, ending: str):
    """Without the copy nothing can be undone; the next cell runs, and the report hides nothing."""
    kernel = new_kernel()
    kernel.run("let mut kept = vec![1, 2];")
    cell = kernel.start(f'kept.push(3); notebook::input("go on? ")?; {ending}', allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=30)["msg_type"] == "input_request"
    runtimes = [pid for pid in family(kernel.pid) if b"\0runtime\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    (copy,) = [pid for pid in runtimes if parent(pid) in runtimes]
    (running,) = set(runtimes) - {copy}
    kill(copy)
    wait_for(lambda: gone(copy), "it does not end")
    kernel.client.input("yes")
    ended = kernel.finish(cell, 15)
    assert ended.status == "error" and "undone" not in ended.report, ended.report
    after = kernel.run("kept.clone()")
    if "panic" in ending:
        assert not gone(running)
        assert "panic: x" in ended.report and "stays changed" in ended.report, ended.report
        assert after.result == "[1, 2, 3]"
    else:
        assert "variables are gone" in ended.report
        assert after.status == "error"
    assert kernel.run("20 + 22").result == "42"

"""What a failed cell leaves, where it meddles with its process: sockets of tokio, forks, descriptors, streams."""

import time

import pytest

from wire.client import Kernel
from wire.test_killed import called, endless, gone, wait_for

FORK = "unsafe extern \"C\" { fn fork() -> i32; fn setsid() -> i32; fn close(fd: i32) -> i32; fn _exit(code: i32) -> !; }"
CRASH = "unsafe { (8 as *mut u8).write_volatile(1) }"
THREAD = "std::thread::spawn(|| loop { std::thread::park() });"


@pytest.fixture
def seen(kernel: Kernel) -> Kernel:
    """A new process, with a variable that is easily changed."""
    assert kernel.run(":clear").status == "ok"
    assert kernel.run(f"let mut seen = vec![1]; {FORK}").status == "ok"
    return kernel


@pytest.mark.parametrize("uses_tokio", [
    "server::measure(100);",
    "{ let rt = tokio::runtime::Builder::new_current_thread().enable_all().build()?; rt.block_on(async { tokio::task::yield_now().await }) }",
    "{ let rt = tokio::runtime::Builder::new_multi_thread().enable_all().build()?; rt.block_on(async { tokio::task::yield_now().await }) }",
])
@pytest.mark.parametrize("ending", ["panic!()", CRASH])
def test_a_cell_is_undone_after_a_runtime_of_tokio(seen: Kernel, uses_tokio: str, ending: str):
    assert seen.run(uses_tokio).status == "ok"
    for _ in range(2):
        report = seen.run(f"seen.push(2); {ending}").report
        assert "undone: variables" in report, report
    assert seen.run("seen.clone()").result == "[1]"


CHILD = "if unsafe { fork() } == 0 { unsafe { setsid(); } std::thread::sleep(std::time::Duration::from_secs(20)); unsafe { _exit(0) } }"


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
    assert "still here" in cell.stream() and "has closed what leads to the kernel" in cell.stream("stderr")
    assert cell.status == "error" and "undone" in cell.report and "SIGKILL" not in cell.report, cell.report
    assert seen.run('println!("and on"); seen.clone()').result == "[1]"


def test_a_program_that_has_ended_keeps_nothing_from_being_undone(seen: Kernel):
    seen.run('{ std::process::Command::new("true").spawn()?; } std::thread::sleep(std::time::Duration::from_millis(300));')
    assert "undone" in seen.run("seen.push(2); panic!()").report
    assert seen.run("seen.clone()").result == "[1]"


def test_a_process_that_has_ended_between_two_cells(seen: Kernel, tmp_path):
    sign = tmp_path / "go"
    seen.run(f'std::thread::spawn(|| {{ while !std::path::Path::new("{sign}").exists() {{ std::thread::yield_now() }} std::process::exit(4) }});')
    runtime = int(seen.run("std::process::id()").result)
    sign.touch()
    wait_for(lambda: gone(runtime), "it does not end")
    cell = seen.run('println!("hello"); 1 + 1')
    assert (cell.status, cell.stream()) == ("error", ""), cell.stream()
    for words in ("ended before this one began, with exit code 4", "run this cell again", "variables are gone"):
        assert words in cell.report, cell.report
    assert "the cell ended its process" not in cell.report
    assert seen.run('println!("hello"); 1 + 1').result == "2"


@pytest.mark.parametrize(("code", "hint"), [
    (CRASH, "`unsafe` code has touched memory that is not its own"),
    ("fn deep(n: u64) -> u64 { std::hint::black_box([n; 64]); 1 + deep(n + 1) } std::thread::spawn(|| deep(0)).join().is_ok()",
     "the stack of a thread has overflowed"),
    ("fn deep(n: u64) -> u64 { std::hint::black_box([n; 64]); 1 + deep(n + 1) } deep(0)", "standard error says why"),
    ("std::hint::black_box(vec![1_u8; 1 << 55]);", "standard error says why"),
], ids=["memory", "a thread's stack", "the cell's stack", "allocation"])
def test_a_crash_has_a_hint(kernel: Kernel, code: str, hint: str):
    cell = kernel.run(code)
    assert hint in cell.report, cell.report
    if "standard error" in hint:
        assert "overflowed" in cell.stream("stderr") or "memory allocation" in cell.stream("stderr")


def test_a_full_table_of_files_keeps_no_cell_from_running(seen: Kernel):
    full = 'let files: Vec<_> = (0..).map_while(|_| std::fs::File::open("/dev/null").ok()).collect(); files.len() > 100'
    assert seen.run(full).result == "true"
    cell = seen.run("seen.push(2); panic!()")
    assert "undone" in cell.report, cell.report
    cell = seen.run("drop(files); seen.clone()")
    assert (cell.result, cell.stream("stderr")) == ("[1]", ""), cell.report
    # Nor where there is no copy.
    seen.run(THREAD)
    assert seen.run(full).result == "true"
    assert seen.run("drop(files); seen.clone()").result == "[1]"


LIMIT = "unsafe extern \"C\" { fn setrlimit(which: i32, limits: *const [u64; 2]) -> i32; }"


def test_without_descriptors_a_cell_says_what_to_do(seen: Kernel):
    seen.run(LIMIT)
    assert seen.run("unsafe { setrlimit(7, &[3, 4000]) }").result == "0"
    cell = seen.run("seen.push(2);")
    assert cell.reply["content"]["ename"] == "LinkError"
    assert "as many files open as it may" in cell.report and "restart the kernel" in cell.report, cell.report
    assert "/tmp" not in cell.report and cell.stream("stderr") == ""


def test_that_there_is_no_copy_is_said_in_the_report_alone(seen: Kernel):
    """One descriptor is free: enough for a cell, and too little for the pipe of a copy."""
    seen.run(LIMIT)
    seen.run("""fn lowest() -> Option<u64> {
        let number = |file: std::fs::DirEntry| {
            let target = std::fs::read_link(file.path()).ok()?.to_string_lossy().into_owned();
            let is_given_back = target == "/dev/null" || target.starts_with("pipe:");
            file.file_name().to_str()?.parse().ok().filter(|number| *number > 2 && is_given_back)
        };
        std::fs::read_dir("/proc/self/fd").ok()?.flatten().filter_map(number).min()
    }""")
    assert seen.run("unsafe { setrlimit(7, &[lowest().unwrap() + 1, 4000]) }").result == "0"
    cell = seen.run("seen.push(2); panic!()")
    assert "stays changed, because there is no copy of its process: cannot make a pipe" in cell.report, cell.report
    assert cell.stream("stderr") == ""


@pytest.mark.parametrize(("number", "name"), [(1, "output"), (2, "error")])
def test_a_stream_that_a_cell_has_closed_is_open_again(seen: Kernel, tmp_path, number: int, name: str):
    file = tmp_path / "file"
    to = "println" if number == 1 else "eprintln"
    stream = "stdout" if number == 1 else "stderr"
    cell = seen.run(f'unsafe {{ close({number}); }} {to}!("lost"); 3')
    assert (cell.status, cell.result) == ("ok", "3"), cell.report
    assert f"the cell has closed standard {name}" in cell.stream("stderr"), cell.stream("stderr")
    cell = seen.run(f'{to}!("heard"); 4')
    assert (cell.stream(stream), cell.result) == ("heard\n", "4")
    # What is opened next gets the number.
    cell = seen.run(f'unsafe {{ close({number}); }} let file = std::fs::File::create("{file}")?; {to}!("into the file");')
    assert f"closed standard {name}" in cell.stream("stderr"), cell.report
    cell = seen.run(f'{to}!("heard"); 5')
    assert (cell.stream(stream), cell.result) == ("heard\n", "5")
    assert file.read_text() == "into the file\n"


def test_a_stream_that_a_cell_has_led_elsewhere_stays_there(seen: Kernel, tmp_path):
    file = tmp_path / "file"
    seen.run('unsafe extern "C" { fn dup(from: i32) -> i32; fn dup2(from: i32, to: i32) -> i32; }')
    cell = seen.run(f'use std::os::fd::AsRawFd; let file = std::fs::File::create("{file}")?; '
                    "let kept = unsafe { dup(1) }; unsafe { dup2(file.as_raw_fd(), 1); }")
    assert (cell.status, cell.stream("stderr")) == ("ok", ""), cell.report
    assert seen.run('println!("elsewhere");').stream() == ""
    assert seen.run('unsafe { dup2(kept, 1); } println!("here");').stream() == "here\n"
    assert file.read_text() == "elsewhere\n"


def test_an_interrupt_before_the_code_began_says_that_nothing_has_changed(seen: Kernel):
    cell = seen.start(endless())
    wait_for(lambda: called(seen, "rustc"), "rustc does not start")
    seen.interrupt()
    ended = seen.finish(cell, 15)
    assert ended.reply["content"]["ename"] == "Interrupted"
    assert "had not begun: variables, functions and types are as before this cell" in ended.report, ended.report
    assert seen.run("seen.len()").result == "1"


def test_threads_without_a_name_are_told_whose_they_may_be(seen: Kernel):
    assert seen.run("use rayon::prelude::*; (0..100).into_par_iter().map(|n| n * 2).sum::<i32>()").result == "9900"
    report = seen.run("seen.push(2); panic!()").report
    assert "threads (without names, as those of rayon's pool are) that earlier cells have left" in report, report


EXEC = 'use std::os::unix::process::CommandExt; seen.push(2); let error = std::process::Command::new("{}").arg("{}").exec();'


def test_another_program_in_the_place_of_the_process(seen: Kernel):
    cell = seen.run(EXEC.format("echo", "in its place"))
    assert cell.stream() == "in its place\n"
    assert "exit code 0" in cell.report and "undone" in cell.report, cell.report
    cell = seen.start('println!("started"); ' + EXEC.format("sleep", "3600"))
    seen.wait_for_text(cell, "started")
    seen.interrupt()
    assert "undone" in seen.finish(cell, 15).report
    assert seen.run("seen.clone()").result == "[1]"

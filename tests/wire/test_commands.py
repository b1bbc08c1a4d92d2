"""Commands at the top of a cell."""

import json
import os
import re
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from wire.client import Kernel, family


def check_fails(kernel: Kernel, code: str, name: str, *words: str) -> None:
    cell = kernel.run(code)
    assert cell.status == "error", code
    content = cell.reply["content"]
    assert content["ename"] == name, cell.report
    for word in words:
        assert word in content["evalue"], cell.report


def running(words: str) -> list[int]:
    """The processes whose command line is `words`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue
            if line == words:
                found.append(int(entry.name))
    return found


def unique_sleep() -> str:
    """A program that runs nowhere else on this machine."""
    return f"sleep {uuid.uuid4().int % 10**9 + 10**5}.5"


def soon(condition, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


# -- programs


def test_a_program_prints_into_the_cell(kernel: Kernel):
    cell = kernel.run("!echo out; echo err >&2\n!echo more\nprintln!(\"rust\");\n1 + 1")
    assert cell.status == "ok", cell.report
    assert cell.stream() == "out\nmore\nrust\n"
    assert cell.stream("stderr") == "err\n"
    assert cell.result == "2"


def test_what_a_program_prints_is_shown_as_it_comes(kernel: Kernel, tmp_path: Path):
    door = tmp_path / "door"
    os.mkfifo(door)
    cell = kernel.start(f"!echo first; cat {door}")
    kernel.wait_for_text(cell, "first")
    door.write_text("second\n")
    assert kernel.finish(cell).stream() == "second\n"


def test_a_program_that_fails_ends_the_cell(kernel: Kernel):
    check_fails(kernel, "!exit 3\nprintln!(\"never\");", "CommandFailed", "`exit 3` ended with exit code 3")
    check_fails(kernel, "!kill -9 $$", "CommandFailed", "SIGKILL")
    check_fails(kernel, "!no-such-program-here", "CommandFailed", "exit code 127")
    assert kernel.run("!exit 3\n!echo never").stream() == ""


def test_a_program_has_the_users_environment_and_no_input(kernel: Kernel):
    assert kernel.run("!cat").stream() == ""
    said = kernel.run('!echo "$PATH|${CARGO_HOME-none}|${TWOAXES_TOOLBOX-none}"; pwd').stream()
    home = os.environ.get("CARGO_HOME", "none")
    assert said == f"{os.environ['PATH']}|{home}|none\n{os.getcwd()}\n"


def test_a_program_is_interrupted_with_all_that_it_started(kernel: Kernel):
    kernel.run("let kept = 7;")
    program = unique_sleep()
    cell = kernel.start(f"!echo on; {program} | cat")
    kernel.wait_for_text(cell, "on")
    assert soon(lambda: running(program))
    kernel.interrupt()
    ended = kernel.finish(cell)
    assert ended.reply["content"]["ename"] == "Interrupted"
    assert soon(lambda: not running(program))
    assert kernel.run("kept").result == "7"


def test_what_a_program_leaves_in_the_background_holds_nobody_up(own_kernel: Kernel):
    program = unique_sleep()
    cell = own_kernel.run(f"!{program} & echo left")
    assert cell.status == "ok" and cell.stream() == "left\n"
    assert own_kernel.run("1 + 1").result == "2"
    assert soon(lambda: running(program))
    (left,) = running(program)
    # An interrupt is about the cell that runs.
    cell = own_kernel.start('println!("on"); loop { std::thread::park() }')
    own_kernel.wait_for_text(cell, "on")
    own_kernel.interrupt()
    own_kernel.finish(cell)
    assert running(program) == [left]
    own_kernel.restart()
    assert soon(lambda: not running(program))


def test_a_program_ends_with_the_kernel(own_kernel: Kernel):
    program = unique_sleep()
    cell = own_kernel.start(f"!echo on; exec {program}")
    own_kernel.wait_for_text(cell, "on")
    assert soon(lambda: running(program))
    (started,) = running(program)
    assert started in family(own_kernel.pid)
    os.kill(own_kernel.pid, signal.SIGKILL)
    assert soon(lambda: not running(program))


def test_expressions_of_a_front_end_have_no_commands(kernel: Kernel, tmp_path: Path):
    file = tmp_path / "made"
    cell = kernel.run("1", user_expressions={"a": f"!touch {file}", "b": "2 + 2"})
    values = cell.reply["content"]["user_expressions"]
    assert values["a"]["status"] == "error" and values["a"]["ename"] == "CommandError"
    assert values["b"]["data"]["text/plain"] == "4"
    assert not file.exists()


def test_a_sandbox_runs_no_programs(kernel_name: str, tmp_path: Path):
    """Cells and the compiler are confined there, and the kernel is not."""
    kernel = KernelSpecManager().get_kernel_spec(kernel_name).argv[0]
    cells = [f"!touch {tmp_path}/made\n1", f"  !touch {tmp_path}/made", ":env A=1\n2", "1 + 1"]
    lines = [json.dumps({"code": code, "number": at, "seconds": 20}) for at, code in enumerate(cells, 1)]
    run = subprocess.run([kernel, "batch"], input="\n".join(lines), capture_output=True, text=True, timeout=120)
    ready, *answers = map(json.loads, run.stdout.splitlines())
    assert [answer["outcome"] for answer in answers] == ["failed", "failed", "failed", "ok"], (ready, answers)
    for answer in answers[:3]:
        assert answer["error"]["name"] == "CommandError" and "sandbox" in answer["error"]["value"]
    assert list(tmp_path.iterdir()) == []


# -- time


def timing(cell) -> dict[str, str]:
    """The rows that `:time` shows, which stand below the cell's own output."""
    shown = cell.of_type("display_data")[-1]["data"]
    assert "<table>" in shown["text/html"]
    assert cell.outputs[-1] == ("error" if cell.status == "error" else "display_data"), cell.outputs
    return {line[:9].strip(): line[9:] for line in shown["text/plain"].splitlines()}


def milliseconds(text: str) -> float:
    number, unit = re.match(r"([\d.]+) (ns|µs|ms|s)\b", text).groups()
    return float(number) * {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}[unit]


def test_a_cell_tells_what_it_takes(kernel: Kernel):
    code = f"// {time.time_ns()}\n" + """fn spin(ms: u128) { let t = std::time::Instant::now(); while t.elapsed().as_millis() < ms {} }
std::thread::scope(|s| { s.spawn(|| spin(200)); s.spawn(|| std::thread::sleep(std::time::Duration::from_millis(300))); });
println!("done");"""
    cell = kernel.run(":time\n" + code)
    assert cell.status == "ok" and cell.stream() == "done\n", cell.report
    rows = timing(cell)
    assert list(rows) == ["compile", "run", "CPU"], rows
    assert rows["run"].endswith(" on the clock") and rows["CPU"].endswith(" CPUs at work, on average"), rows
    wall, cpu = milliseconds(rows["run"]), milliseconds(rows["CPU"])
    assert wall >= 300 and 0 < cpu < wall, rows
    again = timing(kernel.run(":time\n" + code))
    assert again["compile"].endswith("ms, nothing new to compile"), again


def test_a_cell_that_fails_tells_its_time_too(kernel: Kernel):
    panics = kernel.run(':time\nstd::thread::sleep(std::time::Duration::from_millis(50)); panic!("boom")')
    assert panics.reply["content"]["ename"] == "Panic" and "line 2" in panics.report, panics.report
    assert milliseconds(timing(panics)["run"]) >= 50
    crashes = kernel.run(":time\nstd::process::abort();")
    assert crashes.reply["content"]["ename"] == "Crash"
    assert timing(crashes)["CPU"] == "unknown, the process has ended"
    wrong = kernel.run(":time\nlet n: i32 = 2.5;")
    assert wrong.reply["content"]["ename"] == "CompileError" and ":2:" in wrong.report, wrong.report
    assert list(timing(wrong)) == ["compile"]


def test_programs_are_timed_and_other_cells_are_not(kernel: Kernel):
    assert list(timing(kernel.run(":time\n!sleep 0.1\n")))[0] == "programs"
    assert kernel.run("1 + 1").outputs == ["execute_result"]
    check_fails(kernel, ":time 1 + 1", "CommandError", "write `1 + 1` on the next one")


# -- limit

ENDLESS = {
    "a loop": "loop { std::hint::spin_loop() }",
    "a sleep": "std::thread::sleep(std::time::Duration::from_secs(1000));",
    "a deadlock": """let (a, b) = (std::sync::Mutex::new(1), std::sync::Mutex::new(2));
let both = std::sync::Barrier::new(2);
std::thread::scope(|s| {
    s.spawn(|| { let _a = a.lock(); both.wait(); let _b = b.lock(); });
    s.spawn(|| { let _b = b.lock(); both.wait(); let _a = a.lock(); });
});""",
    "a program": f"!{unique_sleep()}\n",
}


@pytest.fixture(scope="module")
def limited(kernel_name):
    with Kernel(kernel_name) as started:
        cell = started.run(":limit 300ms\nlet mut kept = vec![1];")
        assert cell.of_type("display_data")[-1]["data"]["text/plain"] == "Time limit: 300 ms for each cell"
        yield started


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_cell_over_its_limit_is_stopped_and_undone(limited: Kernel, kind: str):
    code = ENDLESS[kind] if kind == "a program" else f"kept.push(2);\n{ENDLESS[kind]}"
    cell = limited.run(code)
    assert cell.reply["content"]["ename"] == "TimeLimit", cell.report
    assert cell.reply["content"]["evalue"] == "stopped after 300 ms, the limit set by `:limit`"
    if kind != "a program":
        assert "undone" in cell.report, cell.report
    limited.run("kept.push(3);")
    assert limited.run("kept.contains(&2)").result == "false"
    assert not running(ENDLESS["a program"].strip("!\n"))


def test_only_code_that_runs_takes_of_the_limit(limited: Kernel):
    # It compiles for longer than it may run, and asks for longer.
    slow = "".join(f"fn f{n}(v: Vec<u{8 << n % 4}>) -> String {{ format!(\"{{:?}}\", v.iter().collect::<Vec<_>>()) }}\n" for n in range(60))
    cell = limited.run(f"// {time.time_ns()}\n:time\n{slow}f1(vec![1]).len() + f2(vec![2]).len()")
    assert cell.status == "ok", cell.report
    asking = limited.start('notebook::input("?")?', allow_stdin=True)
    limited.client.get_stdin_msg(timeout=30)
    time.sleep(0.5)
    limited.client.input("slow")
    assert limited.finish(asking).result == '"slow"'


def test_a_limit_holds_for_its_own_cell_and_can_be_lifted(limited: Kernel):
    asked = limited.run(":limit")
    assert asked.of_type("display_data")[0]["data"]["text/plain"] == "Time limit: 300 ms for each cell"
    stopped = limited.run(":limit 20ms\nloop { std::hint::spin_loop() }")
    assert "stopped after 20 ms" in stopped.report
    lifted = limited.run(":limit off\nstd::thread::sleep(std::time::Duration::from_millis(400));")
    assert lifted.status == "ok", lifted.report
    check_fails(limited, ":limit soon", "CommandError", "500ms, 10s or 2m")
    # Longer than any clock counts is no limit, and nothing breaks over it.
    assert limited.run(":limit 10000000000000000000s\n6 * 7").status in ("ok", "error")
    assert limited.run("6 * 7").result == "42"
    cleared = limited.run(":limit 300ms\n:clear\nloop { std::hint::spin_loop() }")
    assert cleared.reply["content"]["ename"] == "TimeLimit"
    assert limited.run("barista::time_slice(&[20, 20], 5).makespan()").result == "40", "the prelude is there"
    limited.run(":limit 300ms")
    sleep = "{ std::thread::sleep(std::time::Duration::from_secs(9)); 1 }"
    values = limited.run("1", user_expressions={"a": sleep}).reply["content"]["user_expressions"]
    assert values["a"]["ename"] == "TimeLimit", values


# -- help


def test_the_page_of_commands_is_our_own(kernel: Kernel):
    page = kernel.run(":help").of_type("display_data")[0]["data"]
    for command in (":vars", ":dep", ":opt", ":time", ":limit", "!", "?"):
        assert f"\n{command}" in "\n" + page["text/plain"] and f"<code>{command}" in page["text/html"], page
    assert "codegen" not in page["text/plain"] and "sccache" not in page["text/plain"]
    line = kernel.run(":help limit").of_type("display_data")[0]["data"]["text/plain"]
    assert line.startswith(":limit [TIME|off]\n") and ":opt" not in line


def test_variables_that_the_kernel_needs_stay(kernel: Kernel):
    for line in (":env PATH=/nowhere", ":env TWOAXES_TOOLBOX=/nowhere", ":env LD_PRELOAD=/nowhere"):
        check_fails(kernel, line, "CommandError", "set it before Jupyter starts")
    assert kernel.run("1 + 1").result == "2"


def test_a_command_that_is_not_there_is_told_the_nearest(kernel: Kernel):
    check_fails(kernel, ":tiem\n1", "CommandError", "no command `:tiem`", "`:time`", "`:help`")
    check_fails(kernel, ":nonsense", "CommandError", "no command `:nonsense`", "`:help`")
    check_fails(kernel, ":linker mold", "CommandError", "not available")
    kernel.run("let typed = 1u8;")
    assert kernel.run(":t typed").of_type("display_data")[-1]["data"]["text/plain"] == "typed: u8"


def test_names_of_commands_are_completed(kernel: Kernel):
    reply = kernel.shell_reply(kernel.client.complete("!ls\n:li", 7))["content"]
    assert reply["matches"] == [":limit"] and (reply["cursor_start"], reply["cursor_end"]) == (4, 7)


# -- timeit


def test_code_is_timed_run_by_run(kernel: Kernel):
    kernel.run("let mut count = 0_u64;")
    cell = kernel.run(":timeit\nfn two() -> u64 { 2 }\nstd::thread::sleep(std::time::Duration::from_millis(50));\ncount += two(); // so\ncount")
    assert cell.status == "ok", cell.report
    data = cell.of_type("display_data", "execute_result")[-1]["data"]
    rows = dict(line.split(None, 1) for line in data["text/plain"].splitlines())
    assert list(rows) == ["min", "median", "max", "runs"] and "<table>" in data["text/html"]
    runs = int(rows["runs"])
    assert milliseconds(rows["median"]) >= 50 and 5 <= runs <= 20, rows
    # A first run that takes long counts as one.
    assert int(kernel.run("count").result) in (2 * runs, 2 * (runs + 1))


def test_what_the_compiler_says_of_timed_code_is_about_its_lines(kernel: Kernel):
    kernel.run("let text = String::from(\"a\");")
    for code, words in {
        ":timeit\nlet a = 1;\n  no_such_name": ["E0425", "no_such_name", ":3:3"],
        ":timeit\n\ndrop(text);": ["E0507", "drop(text);", ":3:6"],
        ":timeit\nlet v = vec![1];\nlet at = v.len();\nv[at]": ["Panic", "line 4", "v[at]"],
        ":timeit\nlet a = (1;": ["CompileError", "let a = (1;", ":2:"],
        ":timeit\ntokio::task::yield_now().await": ["E0728", ":2:"],
        ':timeit\n"x".parse::<i32>()?': ["E0277", ":2:"],
    }.items():
        cell = kernel.run(code)
        assert cell.status == "error", code
        report = (cell.reply["content"]["ename"] + cell.report).replace("panic", "Panic")
        for word in words:
            assert word in report, report
        assert "timeit(||" not in report, report
    assert kernel.run("text").result == '"a"'


def test_timed_code_is_interrupted(kernel: Kernel):
    kernel.run("let mut kept = 1;")
    cell = kernel.start(':timeit\nprintln!("on"); kept += 1; std::thread::sleep(std::time::Duration::from_secs(5));')
    kernel.wait_for_text(cell, "on")
    kernel.interrupt()
    assert kernel.finish(cell).reply["content"]["ename"] == "Interrupted"
    assert kernel.run("kept").result == "1"


# -- trace

WORK = """fn work(ms: u128) { let begun = std::time::Instant::now(); while begun.elapsed().as_millis() < ms {} }
"""


def picture(cell) -> str:
    (shown,) = [content["data"] for content in cell.of_type("display_data") if "threads of this cell" in content["data"]["text/plain"]]
    assert shown["image/svg+xml"].startswith("<svg")
    return shown["text/plain"]


def test_the_threads_of_a_cell_are_shown(kernel: Kernel):
    kernel.run(WORK)
    cell = kernel.run(""":trace
let mut kept = vec![1];
std::thread::scope(|s| {
    std::thread::Builder::new().name("busy".into()).spawn_scoped(s, || work(300)).unwrap();
    std::thread::Builder::new().name("idle".into()).spawn_scoped(s, || std::thread::sleep(std::time::Duration::from_millis(300))).unwrap();
});
println!("done");
kept.len()""")
    assert cell.status == "ok" and cell.result == "1" and cell.stream() == "done\n", cell.report
    rows = {line.split("|")[0].strip(): line for line in picture(cell).splitlines() if "|" in line}
    assert any(name.startswith("CPU ") for name in rows) and {"cell", "busy", "idle"} <= set(rows), rows
    assert "#" in rows["busy"] and "~" in rows["idle"] and "flusher" not in rows and "looker" not in rows
    # Nothing of it is left: the next cell is undone.
    failed = kernel.run(":trace\nkept.push(2);\npanic!(\"boom\")")
    assert "line 3" in failed.report and "undone" in failed.report, failed.report
    assert "cell" in picture(failed)
    assert kernel.run("kept.clone()").result == "[1]"
    assert kernel.run("1").outputs == ["execute_result"]


def test_what_a_trace_is_asked_of_may_end_anyhow(kernel: Kernel):
    kernel.run("let kept = 5;")
    for code, name in {
        ':trace\n"x".parse::<i32>()?;': "ParseIntError",
        ":trace\nstd::process::abort();": "Crash",
        ":trace\nlet n: i32 = 2.5;": "CompileError",
    }.items():
        assert kernel.run(code).reply["content"]["ename"] == name
        assert kernel.run("kept").result == "5"
    check_fails(kernel, ":trace", "CommandError", "there is none")
    cell = kernel.start(':trace\nprintln!("on"); loop { std::thread::park() }')
    kernel.wait_for_text(cell, "on")
    kernel.interrupt()
    assert kernel.finish(cell).reply["content"]["ename"] == "Interrupted"
    assert kernel.run("kept").result == "5"


def test_the_examples_of_the_page_run(own_kernel: Kernel):
    page = own_kernel.run(":help").of_type("display_data")[0]["data"]["text/plain"]
    examples = re.findall(r"(?:^ {8}.*\n?)+", page, re.MULTILINE)
    assert len(examples) > 15
    own_kernel.run("let x = 1;")
    for example in ("\n".join(line.strip() for line in text.splitlines()) for text in examples):
        if not example.startswith((":dep", ":explain")):
            cell = own_kernel.run(example)
            assert cell.status == "ok", cell.report

"""A cell that fails: one error, in the student's terms."""

import re

import pytest

from wire.client import Cell, Kernel

# Names that only our own machinery knows.
GENERATED = re.compile(r"evcxr|run_user_code|__cell|\bctx\b|src/lib\.rs|/tmp/|VariableStore", re.IGNORECASE)


def check_one_error(cell: Cell) -> None:
    assert cell.status == "error"
    errors = cell.of_type("error")
    assert len(errors) == 1, cell.outputs
    for key in ("ename", "evalue", "traceback"):
        assert errors[0][key] == cell.reply["content"][key]
    assert errors[0]["ename"]
    assert errors[0]["traceback"]
    assert all(isinstance(line, str) for line in errors[0]["traceback"])


FAILURES = {
    "panic": 'panic!("boom")',
    "panic in a function": 'fn explode() { panic!("boom") }\nexplode();',
    "index out of bounds": "let v = vec![1]; let i = v.len(); v[i];",
    "compile error": 'let n: i32 = "five";',
    "unknown name": "no_such_name",
    "syntax error": "let = 3;",
    "question mark": '"x".parse::<i32>()?;',
    "question mark on a message": 'Err::<(), _>("bad luck".to_string())?;',
}

# These end the process that runs cells.
ENDINGS = {
    "abort": "std::process::abort();",
    "exit": "std::process::exit(3);",
    "segmentation fault": "unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }",
    "out of memory": "std::hint::black_box(vec![1_u8; 1 << 55]);",
    "killed": 'std::process::Command::new("sh").args(["-c", "kill -9 $PPID"]).status()?; loop {}',
    "stack overflow": "fn deep(n: u64) -> u64 { std::hint::black_box([n; 64]); 1 + deep(n + 1) }\ndeep(0)",
}
CAUSES = {"out of memory": "SIGABRT", "killed": "SIGKILL", "abort": "SIGABRT", "exit": "exit code 3", "segmentation fault": "SIGSEGV", "stack overflow": "SIGABRT"}


@pytest.mark.parametrize("kind", FAILURES)
def test_failure_is_one_error_and_loses_nothing(kernel: Kernel, kind: str):
    assert kernel.run("let mut kept = vec![1, 2, 3];").status == "ok"
    cell = kernel.run(FAILURES[kind])
    check_one_error(cell)
    assert not GENERATED.search(cell.report), cell.report
    after = kernel.run("kept.iter().sum::<i32>()")
    assert after.status == "ok", after.report
    assert after.result == "6"


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_process_that_ends_is_one_error_and_changes_nothing(kernel: Kernel, kind: str):
    kernel.run("let mut seen = vec![1]; fn still() -> u8 { 7 }")
    cell = kernel.run(f"seen.push(2); fn still() -> u8 {{ 8 }}\n{ENDINGS[kind]}")
    check_one_error(cell)
    assert CAUSES[kind] in cell.report and "undone" in cell.report, cell.report
    assert not GENERATED.search(cell.report), cell.report
    after = kernel.run("seen.push(3); (seen.clone(), still())")
    assert after.result == "([1, 3], 7)", after.report


@pytest.mark.parametrize("kind", ENDINGS)
def test_beside_a_thread_a_process_that_ends_takes_its_variables_along(kernel: Kernel, kind: str):
    # Another process than that which evcxr has started.
    assert kernel.run("panic!()").status == "error"
    kernel.run("let gone = 1; fn still() -> u8 { 7 }")
    kernel.run("std::thread::spawn(|| loop { std::thread::park() });")
    cell = kernel.run(ENDINGS[kind])
    check_one_error(cell)
    assert CAUSES[kind] in cell.report, cell.report
    assert "variables are gone, because of a thread that earlier cells have left" in cell.report, cell.report
    assert kernel.run("still()").result == "7"
    assert "E0425" in kernel.run("gone").report


@pytest.mark.parametrize("what, code", {
    "a program": 'let mut child = std::process::Command::new("sleep").arg("9").spawn()?;',
    "2 connections": "let (left, right) = std::os::unix::net::UnixStream::pair()?;",
}.items())
def test_what_a_copy_would_keep_from_ending_is_not_undone(kernel: Kernel, what: str, code: str):
    kernel.run(":clear")
    kernel.run("let mut seen = vec![1];")
    assert kernel.run(code).status == "ok"
    cell = kernel.run('seen.push(2); panic!("on purpose")')
    assert f"stays changed, because of {what}" in cell.report, cell.report
    assert kernel.run("seen.clone()").result == "[1, 2]"
    ends = {"a program": "child.kill()?; child.wait()?;", "2 connections": "drop((left, right));"}
    assert kernel.run(ends[what]).status == "ok"
    assert "undone" in kernel.run("seen.push(3); panic!()").report
    assert kernel.run("seen.clone()").result == "[1, 2]"


def test_the_end_of_a_pipe_is_heard(kernel: Kernel):
    """A copy of the process that had the pipe would keep its reader waiting."""
    assert kernel.run('let mut cat = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn()?;').status == "ok"
    assert kernel.run("drop(cat.stdin.take()); cat.wait()?.success()").result == "true"


def test_what_cannot_be_undone_is_said(kernel: Kernel):
    kernel.run("#[derive(Debug)] struct P { x: i32 } let p = P { x: 1 }; let other = 2;")
    cell = kernel.run("#[derive(Debug)] struct P { x: i32, y: i32 }\npanic!()")
    assert "undone, except that variables of the type" in cell.report, cell.report
    assert kernel.run("other").result == "2"
    assert "undone: all is as after `:clear`" in kernel.run(":clear\npanic!()").report


@pytest.mark.parametrize(
    "code, expected",
    [
        ('let n: i32 = "five";', ["E0308", 'let n: i32 = "five";', "mismatched types"]),
        ("let fine = 1;\nlet late: i32 = 2.5;\n", ["E0308", "let late: i32 = 2.5;"]),
        ("no_such_name + 1", ["E0425", "no_such_name + 1"]),
        ("let text = String::new();\ndrop(text);\ntext.len()", ["E0382", "text.len()"]),
        ('let s = "🦀🦀"; let n: u8 = s;', ["E0308", 'let s = "🦀🦀"; let n: u8 = s;']),
        ("fn half(x: i32) -> i32 { x / 2.0 }", ["E0277", "x / 2.0"]),
    ],
)
def test_compile_error_is_about_the_students_line(kernel: Kernel, code: str, expected: list[str]):
    cell = kernel.run(code)
    check_one_error(cell)
    for words in expected:
        assert words in cell.report, cell.report
    assert not GENERATED.search(cell.report), cell.report


@pytest.mark.parametrize(
    "call, expected",
    [
        ("ticks(3, 5, 2, 1)", ["E0061", "takes 3 arguments but 4", "note: function defined here: `fn ticks(r: u64"]),
        ("robin(&[3, 5], 2)", ["E0308", "expected `Vec<u64>`, found `&[", "note: function defined here: `fn robin("]),
        ("ticks(3, 5, as_i32)", ["E0308", "expected `u64`, found `i32`", "note: function defined here: `fn ticks("]),
    ],
)
@pytest.mark.parametrize("form", ["{}", "let points = {};\npoints"])
def test_an_error_in_the_last_expression_is_about_the_students_line(
    kernel: Kernel, call: str, expected: list[str], form: str
):
    """It has a note about an item of an earlier cell, and is no note."""
    kernel.run("fn ticks(r: u64, c: u64, w: u64) -> u64 { 0 }\nfn robin(work: Vec<u64>, slice: u64) -> u64 { 0 }")
    assert kernel.run("let as_i32 = 7;").status == "ok"
    check = f'exercise("start-ticks")\n    .equal(1, "x", || {call}, 17)\n    .points()'
    cell = kernel.run(form.format(check))
    check_one_error(cell)
    line = f'.equal(1, "x", || {call}, 17)'
    for words in [*expected, line, ":2:", "^^^"]:
        assert words in cell.report, cell.report
    assert expected[0] in cell.reply["content"]["evalue"]
    assert not GENERATED.search(cell.report), cell.report


def test_an_error_in_an_earlier_cell_shows_its_line(kernel: Kernel):
    kernel.run("fn base() -> u64 { 1 }\nfn total() -> u64 { base() + 1 }")
    cell = kernel.run("fn base(n: u64) -> u64 { n }")
    check_one_error(cell)
    assert "E0061" in cell.report, cell.report
    assert "an earlier cell has `fn total() -> u64 { base() + 1 }`" in cell.report, cell.report
    assert kernel.run("total()").result == "2"


ONE_PAIR = "several letters stand in one pair of quotes"


@pytest.mark.parametrize(
    "code, expected",
    [
        ('answer("barista-4", ["B", "D"]);', ["E0277", ONE_PAIR]),
        ('answer("barista-4", Some("B"))', ["E0277", ONE_PAIR]),
        ('answer("barista-4", "B", "D");', ["E0061", ONE_PAIR]),
        ('answer("barista-1");', ["E0061", ONE_PAIR]),
        ('answer("barista-4", B, D);', ["E0425", "an answer stands in quotes"]),
        ("answer(“barista-1”, “B”);", ["quotes in a program are straight"]),
    ],
)
def test_an_answer_in_the_wrong_form_is_told_the_right_one(kernel: Kernel, code: str, expected: list[str]):
    cell = kernel.run(code)
    check_one_error(cell)
    for words in expected:
        assert words in cell.report, cell.report
    assert not GENERATED.search(cell.report), cell.report


def test_other_mistakes_hear_nothing_of_answers(kernel: Kernel):
    for code in ('fn two(a: u8, b: u8) {} two(1);', 'println!("{}", [1]); answer("barista-1", "B");'):
        assert "pair of quotes" not in kernel.run(code).report


def test_a_variable_that_hides_a_function_is_named_as_the_cause(own_kernel: Kernel):
    own_kernel.run("let answer = 42;")
    cell = own_kernel.run('answer("barista-1", "B");')
    check_one_error(cell)
    assert "E0618" in cell.report and "a variable of that name hides" in cell.report, cell.report
    own_kernel.restart()
    assert own_kernel.run('let result = 42;\nanswer("barista-1", "B");').status == "ok"


@pytest.mark.parametrize(
    "code, line",
    [
        ('let a = 1;\n\npanic!("boom");', 3),
        ('fn risky() {\n    panic!("boom");\n}\nrisky();', 2),
        ('let m: Option<i32> = None;\nm.expect("boom");', 2),
    ],
)
def test_panic_names_cell_and_line(kernel: Kernel, code: str, line: int):
    cell = kernel.run(code)
    check_one_error(cell)
    assert "boom" in cell.reply["content"]["evalue"]
    assert re.search(rf"\[{cell.count}\].*(:{line}\b|line {line}\b)", cell.report), cell.report
    assert not GENERATED.search(cell.report), cell.report


def test_panic_of_a_function_names_the_cell_that_defined_it(kernel: Kernel):
    defined = kernel.run('fn fragile(n: i32) {\n    assert!(n > 0, "boom {n}");\n}').count
    cell = kernel.run("fragile(-1)")
    check_one_error(cell)
    assert re.search(rf"\[{defined}\].*(:2\b|line 2\b)", cell.report), cell.report


TASKS = """
let rt = tokio::runtime::Builder::new_current_thread().build()?;
rt.block_on(async { for n in 0..3 { let _ = tokio::spawn(async move { if n < 9 { panic!("caught {n}") } }).await; println!("after {n}"); } });
"""


@pytest.mark.parametrize(
    "code",
    [
        'for n in 0..3 { let _ = std::panic::catch_unwind(|| if n < 9 { panic!("caught {n}") }); println!("after {n}"); }',
        TASKS,
    ],
    ids=["catch_unwind", "tasks of one thread"],
)
def test_each_panic_that_a_cell_catches_is_shown_where_it_happens(kernel: Kernel, code: str):
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    shown = "".join(c["text"] for c in cell.of_type("stream"))
    words = re.findall(r"caught \d|after \d", shown)
    assert words == [f"{word} {n}" for n in range(3) for word in ("caught", "after")], shown
    assert all(f"caught {n}" in cell.stream("stderr") for n in range(3))
    assert f"cell [{cell.count}], line" in shown


def test_panics_that_nothing_follows_are_shown_too(kernel: Kernel):
    code = 'for n in 0..3 { let _ = std::panic::catch_unwind(|| if n < 9 { panic!("caught {n}") }); }'
    assert re.findall(r"caught \d", kernel.run(code).stream("stderr")) == ["caught 0", "caught 1", "caught 2"]
    cell = kernel.run('let _ = std::panic::catch_unwind(|| if true { panic!("told") }); std::process::exit(1)')
    check_one_error(cell)
    assert cell.stream("stderr").count("told") == 1
    assert cell.reply["content"]["ename"] == "Exit"


def test_a_panic_that_ends_the_cell_is_in_its_report_and_nowhere_else(kernel: Kernel):
    cell = kernel.run('println!("before"); let _ = std::panic::catch_unwind(|| if true { panic!("first") }); panic!("second")')
    check_one_error(cell)
    assert cell.reply["content"]["evalue"] == "second" and cell.report.count("panic: ") == 1
    assert ":\nfirst\n" in cell.stream("stderr") and "second" not in cell.stream("stderr")
    cell = kernel.run('let bar = ProgressBar::new("orders", 3); struct L; impl Drop for L { fn drop(&mut self) { println!("dropped"); } }'
                      ' let _l = L; if true { panic!("third") }')
    check_one_error(cell)
    assert (cell.reply["content"]["evalue"], cell.stream("stderr"), cell.stream()) == ("third", "", "dropped\n")
    # It comes from another thread, which has told of it.
    cell = kernel.run('use rayon::prelude::*; (0..8).into_par_iter().for_each(|n| if n == 5 { panic!("at {n}") });')
    check_one_error(cell)
    assert "at 5" in cell.report and cell.stream("stderr").count("at 5") == 1


def test_a_panic_that_makes_a_cell_hang_is_shown_while_it_hangs(kernel: Kernel):
    cell = kernel.start("""
        let rt = tokio::runtime::Builder::new_current_thread().build()?;
        rt.block_on(async {
            let (tx, rx) = tokio::sync::oneshot::channel::<()>();
            tokio::spawn(async { if true { panic!("worker died") } });
            let _ = rx.await;
            drop(tx);
        });
    """)
    kernel.wait_for_text(cell, "worker died")
    kernel.interrupt()
    assert kernel.finish(cell).reply["content"]["ename"] == "Interrupted"


LOUD = "struct Loud; impl Drop for Loud { fn drop(&mut self) { if true { panic!(\"in drop\") } } }"
ABORTS = {
    "a panic while another is on its way": ('let loud = Loud; if true { panic!("the first") } drop(loud);', "in drop", "because of another panic"),
    "a function of C": ('extern "C" fn c() { panic!("within C") } c();', "within C", "must not leave the function"),
    "a thread": ('extern "C" fn c() { panic!("within C") } std::thread::spawn(|| c()).join().unwrap();', "within C", "must not leave"),
}


@pytest.mark.parametrize("kind", ABORTS)
def test_a_panic_that_ends_the_process_is_in_the_report(kernel: Kernel, kind: str):
    code, message, meaning = ABORTS[kind]
    assert kernel.run(LOUD).status == "ok"
    cell = kernel.run(code)
    check_one_error(cell)
    assert cell.reply["content"]["ename"] == "Crash"
    for words in ("SIGABRT", message, meaning, ", line 1, column", "undone"):
        assert words in cell.report, cell.report
    assert not GENERATED.search(cell.report), cell.report


def test_a_variable_whose_drop_panics_is_in_the_report_of_the_cell_that_replaces_it(kernel: Kernel):
    assert kernel.run(LOUD + " let loud = Loud;").status == "ok"
    cell = kernel.run("let loud = 1;")
    check_one_error(cell)
    assert "in drop" in cell.report and f"cell [{cell.count - 1}], line 1" in cell.report, cell.report
    kernel.run(":clear")


def test_what_was_printed_before_the_failure_is_shown(kernel: Kernel):
    cell = kernel.run('println!("before"); std::process::abort();')
    check_one_error(cell)
    assert cell.outputs[0] == "stream"
    assert cell.stream() == "before\n"


def test_queue_stops_on_an_error(kernel: Kernel):
    ids = [kernel.start(code) for code in ('panic!("first")', "1 + 1", "2 + 2")]
    cells = [kernel.finish(msg_id) for msg_id in ids]
    assert cells[0].status == "error"
    for cell in cells[1:]:
        assert cell.status in ("aborted", "error")
        assert cell.result is None
    assert kernel.run("40 + 2").result == "42"


def test_queue_goes_on_when_asked_to(kernel: Kernel):
    ids = [kernel.start(code, stop_on_error=False) for code in ('panic!("first")', "1 + 1")]
    cells = [kernel.finish(msg_id) for msg_id in ids]
    assert [cell.status for cell in cells] == ["error", "ok"]
    assert cells[1].result == "2"

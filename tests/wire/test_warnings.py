"""What the compiler warns of in a cell that compiles: one quiet display, and never standard error."""

import json
import subprocess

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from wire.client import Cell, Kernel

SETUP = """fn parse(text: &str) -> Result<u32, std::num::ParseIntError> { text.parse() }
async fn later() -> u32 { 7 }
struct Point { x: u32 }
#[deprecated(note = "take parse")] fn old() -> u32 { 1 }"""


@pytest.fixture(scope="module")
def kernel(kernel_name):
    started = Kernel(kernel_name)
    assert warned(started.run(SETUP)) is None
    yield started
    started.stop()


def warned(cell: Cell) -> str | None:
    """The warnings of `cell` as text, in the shape that they always have."""
    assert cell.stream("stderr") == ""
    found = [c["data"] for c in cell.of_type("display_data") if "twoaxes-warnings" in c["data"].get("text/html", "")]
    if not found:
        return None
    (data,) = found
    assert set(data) == {"text/plain", "text/html"}
    heading, rest = data["text/plain"].split("\n\n", 1)
    count = rest.count("warning[")
    assert heading == ("1 warning" if count == 1 else f"{count} warnings")
    html = data["text/html"]
    assert html.startswith("<details ") and " open" not in html
    assert f">{heading}</summary>" in html
    return rest


def lints(cell: Cell) -> list[str]:
    """Each warning as its lint and its line and column in the cell."""
    lines = (warned(cell) or "").splitlines()
    return [
        title.split("]")[0].removeprefix("warning[") + place.rsplit("]", 1)[1]
        for title, place in zip(lines, lines[1:])
        if title.startswith("warning[")
    ]


TOLD = {
    "a Result that nobody looks at": ('parse("3");', ["unused_must_use:1:1"]),
    "a future that is never awaited": ("1;\nlater();", ["unused_must_use:2:1"]),
    "the same where another one is": ("later(); later().await", ["unused_must_use:1:1"]),
    "an async block": ("async { 1 };", ["unused_must_use:1:1"]),
    "beside a question mark": ('parse("1")?;\nparse("2");\nparse("3")?', ["unused_must_use:2:1"]),
    "an iterator that does nothing": ("(1..3).map(|n| n + 1);", ["unused_must_use:1:1"]),
    "in a function": (
        "fn f(n: u32) -> u32 {\n    let é = 1; let mut k = 2;\n    k\n}",
        ["unused_variables:1:6", "unused_variables:2:9", "unused_mut:2:20"],
    ),
    "in a method": (
        "impl Point {\n    fn far(&self, n: u32) -> u32 {\n        self;\n        1\n    }\n}",
        ["unused_variables:2:19", "path_statements:3:9"],
    ),
    "in a block": ("let v = {\n    let mut q = 1;\n    q + 1\n};\nv", ["unused_mut:2:9"]),
    "in a closure": ("vec![1].iter().for_each(|n| println!());", ["unused_variables:1:26"]),
    "in a loop": ("for i in 0..2 {}", ["unused_variables:1:5"]),
    "an endless recursion": ("fn f(n: u32) -> u32 { f(n + 1) }", ["unconditional_recursion:1:1"]),
    "code behind a panic": ('fn f() {\n    panic!("a");\n    println!("b");\n}', ["unreachable_code:3:5"]),
    "what is deprecated": ("old()", ["deprecated:1:1"]),
    "an item in the middle of a line": ('let a = 1; fn f() { parse("1"); }', ["unused_must_use:1:21"]),
    "of equal lines each": (
        'let _a = 1; parse("1");\nlet _b = 2; parse("1");\nparse("7"); parse("7");',
        [f"unused_must_use:{at}" for at in ("1:13", "2:13", "3:1", "3:13")],
    ),
    "the second on its line": ('let _c = parse("1"); parse("1");', ["unused_must_use:1:22"]),
    "before an equal last expression": ("old();\nold()", ["deprecated:1:1", "deprecated:2:1"]),
    "below an item with an equal line": (
        'fn g1() {\nlet _ = 1; parse("1");\n}\nlet _ = 1; parse("1");',
        ["unused_must_use:2:12", "unused_must_use:4:12"],
    ),
    "below comments that say the same": (
        '// fn w(n: u32) {}\nfn w(n: u32) {}\n// parse("1");\n/* a */ parse("1"); // b',
        ["unused_variables:2:6", "unused_must_use:4:9"],
    ),
    "with a line that begins like a command": (
        "let big =\n    !0u8;\nfor i in 0..2 {}",
        ["unused_variables:3:5"],
    ),
    "with line breaks of two characters": (
        "let c = 1;\r\nfn cr() {\r\n    let q = 1;\r\n}\r\nlater();\r\n",
        ["unused_variables:3:9", "unused_must_use:5:1"],
    ),
    "below commands": (':time\n// a\nparse("1");', ["unused_must_use:3:1"]),
}

NOT_TOLD = {
    "variables of the session": "let x = 1; let mut y = 2; let (mut z, w) = (3, 4);\nlet Point { x: p } = (Point { x: 5 });",
    "a value that a session's variable takes anew": "let mut anew = 1; anew = 2; anew = 3;",
    "imports and items for later": "use std::collections::HashMap; fn g() {} struct Unit; const LATER: u32 = 1; mod m { fn h() {} }",
    "style": "fn camelCase(N: u32) -> u32 { if (N > 1) { 1 } else { (2) } }",
    "what is allowed": '#[allow(unused)] fn f() { let q = 1; parse("1"); }\n{ #[allow(unused_variables)] let c = |q: u32| 1; }',
    "what is on purpose": 'let _ = parse("1"); fn f(_n: u32) {}',
    "what is not written yet": "fn solve(n: u32) -> u32 { todo!() }",
    "macros of the library": 'println!("{}", 1); assert!(true); let v = vec![1];',
    "an early end": "let text = if v.len() > 1 { format!(\"{}\", v.len()) } else { String::new() };\ntext",
    "code for nothing that was generated": 'panic!("on purpose")',
}


@pytest.mark.parametrize("name", TOLD)
def test_what_may_be_a_mistake_is_told(kernel: Kernel, name: str):
    code, expected = TOLD[name]
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    assert lints(cell) == expected, warned(cell)


@pytest.mark.parametrize("name", NOT_TOLD)
def test_what_cells_are_made_of_is_not(kernel: Kernel, name: str):
    cell = kernel.run(NOT_TOLD[name])
    expected = "error" if "panic!" in NOT_TOLD[name] else "ok"
    assert cell.status == expected, cell.report
    assert warned(cell) is None


def test_a_warning_shows_its_line_and_what_to_do(kernel: Kernel):
    text = warned(kernel.run('let number = 3;\nparse("3");'))
    assert '2 | parse("3");\n  | ^^^^^^^^^^\n' in text
    assert "= note: this `Result` may be an `Err` variant" in text and "= help: use `let _ = ...` to ignore the resulting value\n" in f"{text}\n"
    assert "on by default" not in text and "\x1b" not in text
    html = kernel.run("Vec::<u32>::new().iter();").of_type("display_data")[0]["data"]["text/html"]
    assert "Vec::&lt;u32&gt;::new()" in html and "<u32>" not in html


def test_warnings_stand_below_output_and_result(kernel: Kernel):
    cell = kernel.run('println!("a"); parse("1"); 6 * 7')
    assert cell.outputs == ["stream", "execute_result", "display_data"] and cell.result == "42"
    assert lints(cell) == ["unused_must_use:1:16"]


def test_a_cell_that_is_known_says_the_same_and_a_later_one_nothing(kernel_name: str, rustc):
    """Two sessions do the same, and the second one compiles nothing."""
    code = 'fn waste(n: u32) { let q = 1; }\nlet kept = 1;\nwaste(2);\n"5".parse::<u32>();'
    texts, compiled = [], []
    for _ in range(2):
        session = Kernel(kernel_name)
        try:
            texts += [warned(session.run(code)).replace("cell [2]", "cell [1]") for _ in range(2)]
            assert warned(session.run("waste(kept); 1")) is None
            assert warned(session.run("fn other() { waste(1) }")) is None
        finally:
            session.stop()
        compiled.append(rustc.count())
    assert len(set(texts)) == 1 and texts[0].count("warning[") == 3
    assert compiled[0] == compiled[1] > 0


def test_a_cell_that_is_run_again_says_the_same(own_kernel: Kernel):
    code = "fn again(n: u32) { let q = 1; }"
    texts = [lints(own_kernel.run(code)) for _ in range(3)]
    assert texts == [["unused_variables:1:10", "unused_variables:1:24"]] * 3
    assert warned(own_kernel.run("again(1); 1")) is None
    assert warned(own_kernel.run("fn again(_: u32) {}")) is None
    assert warned(own_kernel.run("fn again(_: u32) {}")) is None
    assert lints(own_kernel.run(code)) == texts[0]


def test_many_warnings_are_counted_and_ten_are_shown(own_kernel: Kernel):
    own_kernel.run(SETUP)
    cell = own_kernel.run('parse("1");\n' * 3500)
    text = cell.of_type("display_data")[0]["data"]["text/plain"]
    assert text.startswith("more than 200 warnings\n") and text.endswith("\n... and more")
    assert text.count("warning[") == 10 and " --> cell [2]:10:1\n" in text


def test_an_error_is_an_error_alone(kernel: Kernel):
    for code, name in (
        ('parse("1"); let w: u32 = "bad";', "CompileError"),
        ("for i in 0..2 { let mut k = i; }\nlet c = |a: u32| 3;", "VariableError"),
    ):
        cell = kernel.run(code)
        assert cell.outputs == ["error"] and cell.reply["content"]["ename"] == name, cell.report
        assert "warning" not in cell.report, cell.report


def test_a_cell_that_fails_as_it_runs_has_its_warnings(kernel: Kernel):
    cell = kernel.run('parse("1");\nif parse("1").is_ok() { panic!("stop"); }')
    assert cell.outputs == ["display_data", "error"]
    assert lints(cell) == ["unused_must_use:1:1"]


def test_warnings_are_switched_off_and_on(own_kernel: Kernel):
    def said(code: str) -> str:
        return own_kernel.run(code).of_type("display_data")[0]["data"]["text/plain"]

    waste = '\n"1".parse::<u32>();'
    assert said(":warnings") == "Warnings: shown"
    assert said(":warnings off" + waste) == "Warnings: not shown"
    assert warned(own_kernel.run(waste)) is None
    assert said(":warnings") == "Warnings: not shown"
    cell = own_kernel.run(":warnings on" + waste)
    assert lints(cell) == ["unused_must_use:2:1"] and cell.outputs == ["display_data"] * 2
    refused = own_kernel.run(":warnings perhaps")
    assert refused.reply["content"]["ename"] == "CommandError" and "`on` or `off`" in refused.report


# What rustc and the stand-in for cargo say of a warning.
RUSTC = {
    "$message_type": "diagnostic",
    "level": "warning",
    "message": "forged",
    "code": {"code": "unused_must_use"},
    "spans": [],
    "children": [],
}
FORGED = (RUSTC, {"reason": "compiler-message", "message": RUSTC}, {"type": "warned", "warnings": []})


def test_what_a_cell_prints_is_no_warning(kernel: Kernel):
    lines = "\n".join(map(json.dumps, FORGED))
    cell = kernel.run(f'print!("{{}}", r##"{lines}\n"##);')
    assert cell.outputs == ["stream"] and cell.stream() == f"{lines}\n"


def test_what_a_cell_says_to_the_kernel_is_no_warning(kernel: Kernel):
    """Only whoever compiles is heard, and while no cell runs."""
    frame = json.dumps({"type": "warned", "warnings": []})
    cell = kernel.run(
        "use std::io::{Read, Write};\nuse std::os::{fd::BorrowedFd, unix::net::UnixStream};\n"
        "let path = (3..100).find_map(|fd| {\n"
        "    let fd = unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned().ok()?;\n"
        "    let peer = UnixStream::from(fd).peer_addr().ok()?.as_pathname()?.to_owned();\n"
        '    peer.ends_with("socket").then_some(peer)\n'
        "});\n"
        "{\n"
        "    let mut socket = UnixStream::connect(path.unwrap())?;\n"
        f'    for frame in [r##"{{"type":"compile"}}"##, r##"{frame}"##] {{\n'
        "        socket.write_all(&(frame.len() as u32).to_be_bytes())?;\n"
        "        socket.write_all(frame.as_bytes())?;\n"
        "        let mut length = [0; 4];\n"
        "        socket.read_exact(&mut length)?;\n"
        "    }\n"
        "}\n"
        'parse("1");'
    )
    assert cell.status == "ok", cell.report
    assert lints(cell) == ["unused_must_use:17:1"]
    assert lints(kernel.run('parse("1");')) == ["unused_must_use:1:1"]


def test_a_grader_is_told_of_none(kernel_name: str):
    kernel = KernelSpecManager().get_kernel_spec(kernel_name).argv[0]
    cells = ('"1".parse::<u32>();\n1', ':warnings on\n"1".parse::<u32>();\n1', '"1".parse::<u32>();\n' * 3500 + "1")
    lines = [json.dumps({"code": code, "number": number, "seconds": 20}) for number, code in enumerate(cells, 1)]
    run = subprocess.run([kernel, "batch"], input="\n".join(lines), capture_output=True, text=True, timeout=120)
    _, *answers = map(json.loads, run.stdout.splitlines())
    assert len(answers) == len(cells), run.stderr
    for answer in answers:
        assert answer["outcome"] == "ok" and "warning[" not in json.dumps(answer), answer
        assert "twoaxes-warnings" not in json.dumps(answer), answer

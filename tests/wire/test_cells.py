"""Cells as a front end sees them: numbers, values, streams, names, questions."""

import re
from pathlib import Path

import pytest

from wire.client import Kernel

README = Path(__file__).resolve().parents[2] / "README.md"
ROOMS = re.findall(r"^\| `[a-z:]+` \|.*\| (`.+`) \|$", README.read_text(), re.MULTILINE)


def test_first_cell_is_number_one(own_kernel: Kernel):
    assert own_kernel.run("1 + 1").count == 1
    assert own_kernel.run("1 + 2").count == 2


def test_a_silent_cell_has_no_number_and_no_output(own_kernel: Kernel):
    silent = own_kernel.run("3 + 4", silent=True)
    assert silent.outputs == []
    assert own_kernel.run("1 + 1").count == 1


@pytest.mark.parametrize(
    "code, result",
    [
        ("1 + 1", "2"),
        ("let a = 5; a * 2", "10"),
        ('"crab"', '"crab"'),
        ("vec![1, 2, 3]", "[1, 2, 3]"),
        ("Some(1.5)", "Some(1.5)"),
        ("()", None),
        ("let b = 1;", None),
        ("let gone = String::new(); (1, gone)", '(1, "")'),
        ("", None),
        ("// nothing but a comment", None),
        ("fn double(x: i32) -> i32 { 2 * x }", None),
        ("double(21)", "42"),
    ],
)
def test_value_of_a_cell(kernel: Kernel, code: str, result: str | None):
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    assert cell.result == result


@pytest.mark.parametrize(
    "code, stdout, stderr",
    [
        ('println!("one"); println!("two");', "one\ntwo\n", ""),
        ('print!("no newline");', "no newline", ""),
        ('eprintln!("trouble");', "", "trouble\n"),
        ('print!("🦀 crab ünïcode");', "🦀 crab ünïcode", ""),
        ('for i in 0..5000 { println!("{i}"); }', "".join(f"{i}\n" for i in range(5000)), ""),
    ],
)
def test_streams(kernel: Kernel, code: str, stdout: str, stderr: str):
    cell = kernel.run(code)
    assert cell.status == "ok", cell.report
    assert cell.stream("stdout") == stdout
    assert cell.stream("stderr") == stderr


def test_a_progress_bar_moves_and_ends_where_it_is(kernel: Kernel):
    cell = kernel.run(
        'use rayon::prelude::*; let bar = ProgressBar::new("orders", 300_000);\n'
        "(0..300).into_par_iter().for_each(|_| { std::thread::sleep(std::time::Duration::from_millis(2)); "
        "(0..1000).for_each(|_| bar.advance(1)) });\ndrop(bar);"
    )
    assert cell.status == "ok", cell.report
    [first] = cell.of_type("display_data")
    updates = cell.of_type("update_display_data")
    assert {message["transient"]["display_id"] for message in [first, *updates]} == {
        first["transient"]["display_id"]}
    assert 2 <= len(updates) <= 40, len(updates)
    texts = [message["data"]["text/plain"] for message in [first, *updates]]
    assert "orders ░" in texts[0] and "0 of 300000" in texts[0]
    assert "█ 300000 of 300000" in texts[-1]
    assert 'value="300000" max="300000"' in updates[-1]["data"]["text/html"]


def test_a_cell_that_keeps_standard_output_ends(new_kernel):
    kernel = new_kernel()
    cell = kernel.run('{ let lock = std::io::stdout().lock(); print!("kept"); std::mem::forget(lock); 5 }')
    assert (cell.stream("stdout"), cell.result) == ("kept", "5"), cell.report
    assert kernel.run("1 + 1").result == "2"


def test_text_arrives_while_the_cell_runs(kernel: Kernel):
    """Also text without a newline: a progress bar is one."""
    msg_id = kernel.start('print!("half a line"); loop {}')
    kernel.wait_for_text(msg_id, "half a line")
    kernel.interrupt()
    assert kernel.finish(msg_id).status == "error"


def test_several_displays_in_order(kernel: Kernel):
    cell = kernel.run(
        """
        use twoaxes::notebook::*;
        println!("first");
        display(&MimeBundle::text("second").with_html("<b>second</b>"));
        let id = display_with_id(&MimeBundle::text("third"));
        update_display(&id, &MimeBundle::text("fourth"));
        "fifth"
        """
    )
    assert cell.status == "ok", cell.report
    assert cell.outputs == ["stream", "display_data", "display_data", "update_display_data", "execute_result"]
    shown = cell.of_type("display_data", "update_display_data")
    assert shown[0]["data"] == {"text/plain": "second", "text/html": "<b>second</b>"}
    assert shown[1]["transient"]["display_id"] == shown[2]["transient"]["display_id"]
    assert shown[2]["data"]["text/plain"] == "fourth"


def test_prelude_is_in_scope(kernel: Kernel):
    cell = kernel.run("use rayon::prelude::*; (1..=10u64).into_par_iter().map(|x| x * x).sum::<u64>()")
    assert cell.result == "385", cell.report
    cell = kernel.run("barista::time_slice(&[20, 20], 5).makespan()")
    assert cell.result == "40", cell.report


@pytest.mark.parametrize(
    "code, status",
    [
        ("1 + 1", "complete"),
        ("let x = 3;", "complete"),
        ("fn f() -> i32 { 3 }", "complete"),
        ("🦀", "invalid"),
        ("fn f() {", "incomplete"),
        ("let x = vec![1,", "incomplete"),
        ('println!("open', "incomplete"),
        ("/* open", "incomplete"),
        ("let x = )", "invalid"),
    ],
)
def test_is_complete(kernel: Kernel, code: str, status: str):
    msg_id = kernel.client.is_complete(code)
    assert kernel.shell_reply(msg_id)["content"]["status"] == status


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ("Vec::<u8>::with_cap", "", "with_capacity"),
        ("/* 🦀🦀 é */ Vec::<u8>::with_cap", "", "with_capacity"),
        ('let s = "🦀"; s.to_upp', "; // 🦀", "to_uppercase"),
    ],
)
def test_completion_counts_in_characters(kernel: Kernel, before: str, after: str, expected: str):
    msg_id = kernel.client.complete(before + after, cursor_pos=len(before))
    content = kernel.shell_reply(msg_id)["content"]
    assert content["status"] == "ok"
    assert any(match.startswith(expected) for match in content["matches"]), content["matches"]
    typed = (before + after)[content["cursor_start"] : content["cursor_end"]]
    assert content["cursor_end"] == len(before)
    assert expected.startswith(typed) and typed


def test_inspection_counts_in_characters(kernel: Kernel):
    kernel.run("let crabs: Vec<String> = Vec::new();")
    code = '"🦀🦀🦀"; crabs'
    msg_id = kernel.client.inspect(code, cursor_pos=len(code) - 2)
    content = kernel.shell_reply(msg_id)["content"]
    assert content["found"] is True
    assert "Vec<String>" in content["data"]["text/plain"]


def test_nothing_to_inspect_is_no_error(kernel: Kernel):
    content = kernel.shell_reply(kernel.client.inspect("   ", cursor_pos=1))["content"]
    assert (content["status"], content["found"]) == ("ok", False)


def test_user_expressions(kernel: Kernel):
    kernel.run("let answer_ = 41;")
    cell = kernel.run("let one = 1;", user_expressions={"sum": "answer_ + one", "bad": "no_such_name"})
    assert cell.status == "ok", cell.report
    values = cell.reply["content"]["user_expressions"]
    assert values["sum"]["status"] == "ok"
    assert values["sum"]["data"]["text/plain"] == "42"
    assert values["bad"]["status"] == "error"
    assert values["bad"]["ename"]
    assert cell.outputs == []


@pytest.mark.parametrize("ask, hidden", [("input", False), ("password", True)])
def test_a_cell_asks_the_person(kernel: Kernel, ask: str, hidden: bool):
    msg_id = kernel.start(f'twoaxes::notebook::{ask}("who? ")?.to_uppercase()', allow_stdin=True)
    asked = kernel.client.get_stdin_msg(timeout=30)
    assert asked["msg_type"] == "input_request"
    assert asked["content"] == {"prompt": "who? ", "password": hidden}
    assert asked["parent_header"]["msg_id"] == msg_id
    kernel.client.input("ferris 🦀")
    assert kernel.finish(msg_id).result == '"FERRIS 🦀"'


@pytest.mark.parametrize(
    "code",
    [
        'twoaxes::notebook::input("who? ").is_err()',
        "std::io::stdin().read_line(&mut String::new()).is_ok_and(|bytes| bytes == 0)",
    ],
)
def test_a_question_that_nobody_can_answer_is_no_hang(kernel: Kernel, code: str):
    assert kernel.run(code, timeout=20, allow_stdin=False).result == "true"


def test_comm_of_an_unknown_target_is_closed(kernel: Kernel):
    kernel.drain()
    kernel.request("shell", "comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    assert kernel.shell_reply(kernel.request("shell", "comm_info_request"))["content"]["comms"] == {}


@pytest.mark.parametrize("code", [
    "barista::try_time_slice(&[20, 20], 5)?",
    "let kept = vec![20, 20]; (move || barista::time_slice(&kept, 5))()",
    "async { barista::time_slice(&[20, 20], 5) }.await",
])
def test_a_picture_stays_one_when_the_cell_is_compiled_again(own_kernel: Kernel, code: str):
    """evcxr's first attempt fails for a reason that is not the value's type."""
    cell = own_kernel.run(code)
    assert cell.status == "ok", cell.report
    shown = cell.of_type("display_data", "execute_result")
    # Before it there may be word of what the cell waits for.
    assert "image/svg+xml" in shown[-1]["data"], shown


def test_what_the_readme_says_to_try_is_there(kernel: Kernel):
    assert len(ROOMS) > 10
    for code in (one for cell in ROOMS for one in re.findall(r"`(.+?)`", cell.replace("\\|", "|"))):
        if code.startswith("."):
            code = f"barista::time_slice(&[2], 1){code}"
        if ".." in code or "&" in code:
            name = re.match(r"[a-z_:]+", code)[0]
            code = f"use {name} as tried;" if "::" in name else f"use twoaxes::prelude::{name} as tried;"
        else:
            code = f"{{ let _tried = {code}; }}"
        cell = kernel.run(code)
        assert cell.status == "ok", f"{code}\n{cell.report}"

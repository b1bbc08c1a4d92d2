"""What is told of a name while no cell runs: on a hover, and by `?name`."""

import pytest

from wire.client import Kernel

# The cell that defines `item`, and what stands in its description.
DOCUMENTED = {
    "/// Doc of it.\nfn item() -> i32 { 1 }": "Doc of it.",
    "// A remark.\n\n/// Doc of a type.\n#[derive(Debug)]\nstruct item;": "Doc of a type.",
    "1;\n/// Below a statement.\nfn item() -> i32 { 1 }": "Below a statement.",
    "/** In a block. */\nfn item() -> i32 { 1 }": "In a block.",
    "//! No item's.\n/// A first 🦀.\n/// B second.\npub(crate) const item: u8 = 1;": "A first 🦀.\nB second.",
    ":opt 2\n/// Below a command.\nfn item() -> i32 { 1 }": "Below a command.",
}

# `?name`, and what the page or the error has.
ASKED = {
    "?Vec": "A contiguous growable array type",
    "??Vec::push": "Appends an element",
    "?Vec;": "A contiguous growable array type",
    "?Vec<i32>": "A contiguous growable array type",
    "?println!": "Prints to the standard output",
    "?println!();": "Prints to the standard output",
    "?predict!": "macro_rules! predict",
}
NOT_ASKED = {
    "?": ("CommandError", "write `?Vec`"),
    "?Vec\n1 + 1": ("CommandError", "alone in its cell"),
    "?a b": ("CommandError", "one name"),
    "?no_such_name": ("HelpNotFound", "`no_such_name`"),
    "?:nothing": ("CommandError", ":nothing"),
}


def inspect(kernel: Kernel, code: str) -> dict:
    request = {"code": code, "cursor_pos": len(code), "detail_level": 0}
    return kernel.shell_reply(kernel.request("shell", "inspect_request", request), 60)["content"]


@pytest.mark.parametrize("code", DOCUMENTED)
def test_documentation_of_a_cell_is_kept(kernel: Kernel, code: str):
    assert kernel.run(code).status == "ok"
    assert DOCUMENTED[code] in inspect(kernel, "item")["data"]["text/plain"]


@pytest.mark.parametrize("above", ["", "/// Doc.\n", "/// Doc é 🦀.\n/// More.\n"])
@pytest.mark.parametrize("rest", ["", "\nfn other() -> u8 { \"b\" }"])
def test_documentation_moves_no_error(kernel: Kernel, above: str, rest: str):
    failed = kernel.run(f"{above}fn wrong() -> i32 {{ \"a\" }}{rest}")
    assert failed.status == "error"
    lines = above.count("\n") + 1
    assert f"cell [{failed.count}]:{lines}:21" in failed.report, failed.report


@pytest.mark.parametrize("code", ["/// Doc.\n1 + 1", "/// Doc.\nlet one = 2; one", "/// Doc.\nunsafe { 2 }"])
def test_documentation_of_nothing_is_a_remark(kernel: Kernel, code: str):
    assert kernel.run(code).result == "2"


@pytest.mark.parametrize("code", ASKED)
def test_a_question_mark_shows_a_page(kernel: Kernel, code: str):
    asked = kernel.run(code)
    assert asked.status == "ok", asked.report
    (page,) = asked.reply["content"]["payload"]
    assert ASKED[code] in page["data"]["text/plain"]


@pytest.mark.parametrize("code", NOT_ASKED)
def test_a_question_mark_that_asks_nothing_is_told(kernel: Kernel, code: str):
    name, words = NOT_ASKED[code]
    content = kernel.run(code).reply["content"]
    assert (content["ename"], words in content["evalue"]) == (name, True), content["evalue"]


def test_a_question_about_a_command_is_answered_by_its_help(kernel: Kernel):
    asked = kernel.run("?:time")
    (shown,) = asked.of_type("display_data")
    assert ":time" in shown["data"]["text/plain"]


def test_plain_text_has_headings_of_their_own(kernel: Kernel):
    plain = inspect(kernel, "Vec")["data"]["text/plain"]
    assert "\n\nExamples\n\nlet mut vec = Vec::new();" in plain
    assert "](" not in plain and "```" not in plain


def test_a_macro_is_told_apart_from_its_module(kernel: Kernel):
    code = "predict!(1)"
    request = {"code": code, "cursor_pos": 3, "detail_level": 0}
    reply = kernel.shell_reply(kernel.request("shell", "inspect_request", request), 60)["content"]
    assert "macro_rules! predict" in reply["data"]["text/plain"]
    assert "a cell is running" not in reply["data"]["text/plain"]

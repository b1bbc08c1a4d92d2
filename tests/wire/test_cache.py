"""Compiled cells are found again: by other sessions, and only when they fit.

Whether rustc ran is not guessed from times: it is counted (`compiler`).
"""

import os
import threading
import time
from pathlib import Path

import pytest

from wire.client import Kernel

SESSION = [
    "fn twice(x: i32) -> i32 { x * 2 }\nfn half(x: i32) -> i32 { x / 2 }",
    "let mut numbers = vec![3, 4];\nlet name = String::from(\"n\");\nlet third = 3u8;",
    "numbers.push(twice(third as i32));\nprintln!(\"{name}{third}\");",
    "#[derive(Debug)]\nstruct Pair(i32, i32);",
    "Pair(half(8), numbers.iter().sum())",
    "let y: i32 = \"4\".parse()?;",
    "tokio::time::sleep(std::time::Duration::from_millis(1)).await; y",
]
LAST = ["Pair(4, 13)", None, "4"]


def run(name: str, cells: list[str], **environment: str) -> list[str | None]:
    with Kernel(name, **environment) as kernel:
        results = []
        for code in cells:
            cell = kernel.run(code)
            assert cell.status == "ok", cell.report
            results.append(cell.result)
        return results


def entries(cache: Path) -> list[Path]:
    return [path for path in (cache / "cells").glob("??/*") if path.is_file() and len(path.name) == 64]


def test_what_one_session_compiled_no_other_compiles(kernel_name, rustc):
    assert run(kernel_name, SESSION)[-3:] == LAST
    first = rustc.count()
    assert first > len(SESSION)
    for _ in range(3):
        # evcxr keeps items and variables in another order each time.
        assert run(kernel_name, SESSION)[-3:] == LAST
    assert rustc.count() == first


def test_a_cell_run_again_is_not_compiled_again(kernel_name, rustc):
    cells = ["let n = 4;", "n * 10", "n * 10", "println!(\"{n}\");", "n * 10"]
    assert run(kernel_name, cells)[1::3] == ["40", "40"]
    compiled = rustc.count()
    run(kernel_name, ["n * 10".replace("n", "4")])
    assert rustc.count() == compiled + 1


def test_another_compiler_or_other_code_is_compiled(kernel_name, rustc):
    run(kernel_name, ["1 + 1"])
    before = rustc.count()
    assert run(kernel_name, ["1 + 2"]) == ["3"]
    assert rustc.count() == before + 1
    assert run(kernel_name, [":opt 0\n1 + 2"]) == ["3"]
    assert rustc.count() == before + 2


def test_what_depends_on_more_than_the_cell_is_never_found(kernel_name, rustc, tmp_path):
    data = tmp_path / "data.txt"
    cells = [f'include_str!("{data}").len()', 'option_env!("TWOAXES_TEST").unwrap_or("-")']
    data.write_text("four")
    assert run(kernel_name, cells, TWOAXES_TEST="first") == ["4", '"first"']
    data.write_text("seven..")
    assert run(kernel_name, cells, TWOAXES_TEST="second") == ["7", '"second"']


DAMAGE = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "empty": lambda path: path.write_bytes(b""),
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\x7f"),
    "forged": lambda path: path.write_bytes(b"\x7fELF" * 1000),
    "writable by all": lambda path: path.chmod(0o666),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_cache_heals_itself(kernel_name, rustc, tmp_path, kind):
    cells = ["let v = vec![1, 2];", "v.len() + 40"]
    assert run(kernel_name, cells)[-1] == "42"
    first = rustc.count()
    damaged = entries(tmp_path / "cache")
    for path in damaged:
        DAMAGE[kind](path)
    assert run(kernel_name, cells)[-1] == "42"
    assert rustc.count() == 2 * first
    assert run(kernel_name, cells)[-1] == "42"
    assert rustc.count() == 2 * first


def test_an_entry_under_another_name_is_not_used(kernel_name, rustc, tmp_path):
    run(kernel_name, ["40 + 2", "6 * 9"])
    known = entries(tmp_path / "cache")
    contents = [path.read_bytes() for path in known]
    for path, content in zip(known, contents[1:] + contents[:1], strict=True):
        path.write_bytes(content)
    assert run(kernel_name, ["40 + 2", "6 * 9"]) == ["42", "54"]


def test_two_kernels_that_compile_the_same_cells_at_once(kernel_name, rustc):
    results: list[list[str | None]] = []

    def session() -> None:
        results.append(run(kernel_name, SESSION))

    sessions = [threading.Thread(target=session) for _ in range(2)]
    for thread in sessions:
        thread.start()
    for thread in sessions:
        thread.join(timeout=120)
    assert [result[-3:] for result in results] == [LAST, LAST]


NO_SPACE = ('{"$message_type":"diagnostic","message":"no space left on device","code":null,'
            '"level":"error","spans":[],"children":[],"rendered":""}')


@pytest.mark.parametrize("failure", ["kill -9 $$", f"echo '{NO_SPACE}' >&2; exit 1"], ids=["killed", "disk full"])
def test_a_failure_that_is_not_the_cells_is_not_kept(new_kernel, rustc, failure):
    cell = "let v = vec![1];\nv.len() + 41"
    working = (rustc.bin / "rustc").read_text()
    rustc.script("rustc", f'case "$*" in *"--crate-name ctx "*) grep -qs 41 cells/*/lib.rs && {{ {failure}; }} ;; esac\n'
                          f'exec "{rustc.real["rustc"]}" "$@"')
    kernel = new_kernel()
    assert kernel.run(cell).status == "error"
    rustc.bin.joinpath("rustc").write_text(working)
    assert kernel.run(cell).result == "42"


def test_a_compile_error_is_found_again_in_its_place(new_kernel, rustc):
    cells = ["fn a() {}", "fn b() {}", "let (x, y, z) = (1, 2, 3);"]
    wrong = "let t = x + y + z;\nlet u: u8 = \"é\";"
    reports = []
    for _ in range(2):
        kernel = new_kernel()
        for code in cells:
            kernel.run(code)
        reports.append(kernel.run(wrong).report)
    assert "E0308" in reports[0]
    assert ":2:13" in reports[0]
    assert reports[0] == reports[1]


@pytest.mark.parametrize("cache", ["/proc/none", "/dev/null/none", "off", "relative"])
def test_without_a_folder_for_it_everything_works(kernel_name, rustc, cache):
    assert run(kernel_name, ["let n = 1;", "n + 41"], TWOAXES_CACHE=cache) == [None, "42"]


def test_a_panic_in_a_cell_from_the_cache_names_its_line(new_kernel, rustc):
    code = 'let limit = 3;\n\nassert!(limit > 4, "too small");'
    reports = []
    for _ in range(2):
        kernel = new_kernel()
        cell = kernel.run(code)
        assert cell.status == "error"
        reports.append(cell.report)
    assert "line 3" in reports[0]
    assert reports[0] == reports[1]


def test_a_compilation_that_takes_long_can_be_interrupted(new_kernel, rustc):
    # Minutes of evaluating at compile time.
    slow = ("#![allow(long_running_const_eval)]\n"
            "const SLOW: u64 = { let (mut i, mut s) = (0u64, 0u64);\n"
            "while i < 4_000_000_000 { s = s.wrapping_add(i * i); i += 1; } s };\nSLOW")
    kernel = new_kernel()
    kernel.run("let kept = 5;")
    before = rustc.count()
    msg_id = kernel.start(slow)
    deadline = time.monotonic() + 30
    while rustc.count() == before:
        assert time.monotonic() < deadline, "rustc was not started"
    kernel.interrupt()
    cell = kernel.finish(msg_id, 10)
    assert cell.reply["content"]["ename"] == "Interrupted"
    assert kernel.run("kept").result == "5"

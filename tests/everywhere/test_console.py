"""`jupyter console`: the kernel in a terminal."""

import pexpect
import pytest

from everywhere.front_ends import VENV

PATIENCE_S = 60


@pytest.fixture
def console(kernel_name: str):
    child = pexpect.spawn(
        str(VENV / "bin/jupyter-console"),
        ["--kernel", kernel_name, "--simple-prompt"],
        encoding="utf-8", timeout=PATIENCE_S, dimensions=(40, 120))
    child.expect_exact("In [1]: ")
    yield child
    child.close(force=True)


def test_a_session(console: pexpect.spawn):
    console.sendline("let numbers = vec![1, 2, 3];")
    console.expect_exact("In [2]: ")
    console.sendline("numbers.len() * 14")
    console.expect_exact("Out[2]: 42")
    console.expect_exact("In [3]: ")
    console.sendline("fn twice(n: i32) -> i32 { n * 2 }")
    console.expect_exact("In [4]: ")
    console.sendline("twice(21)")
    console.expect_exact("Out[4]: 42")
    console.expect_exact("In [5]: ")
    console.sendline('notebook::input("name? ")?')
    console.expect_exact("name? ")
    console.sendline("Ada")
    console.expect_exact('Out[5]: "Ada"')
    console.sendline('panic!("on purpose")')
    console.expect("panic.*on purpose")
    console.expect_exact("In [7]: ")
    console.sendeof()
    console.expect_exact("exit ([y]/n)?")
    console.sendline("y")
    console.expect(pexpect.EOF)

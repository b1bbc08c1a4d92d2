"""The public suite for Jupyter kernels: every test that it has, none skipped.

The suite skips what it has no sample for. It is run once, by unittest itself,
and a skip counts as a failure here.
"""

import os
import unittest

import jupyter_kernel_test
import pytest

KERNEL = os.environ.get("TWOAXES_TEST_KERNEL", "twoaxes")


class TestKernel(jupyter_kernel_test.KernelTests):
    __test__ = False  # not by pytest

    kernel_name = KERNEL
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("trouble");'
    code_page_something = "?Vec"
    code_generate_error = 'panic!("on purpose")'
    code_clear_output = "twoaxes::notebook::clear_output(false);"
    code_inspect_sample = "String"

    completion_samples = [
        {"text": "Vec::<u8>::with_cap"},
        {"text": "std::collections::HashM", "matches": {"HashMap"}},
    ]
    complete_code_samples = ["1", 'println!("hello");', "fn f() -> i32 {\n    3\n}"]
    incomplete_code_samples = ["fn f() {", 'println!("hello', "let v = vec!["]
    invalid_code_samples = ["let = 3;", "fn 5() {}", ")"]

    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "vec![1, 2]", "result": "[1, 2]"},
        {"code": "2 + 3", "result": "5"},
    ]
    code_display_data = [
        {"code": 'twoaxes::notebook::display(&twoaxes::notebook::MimeBundle::text("x").with_html("<b>x</b>"));',
         "mime": "text/html"},
        {"code": 'twoaxes::notebook::display(&twoaxes::notebook::MimeBundle::text("x").with_svg("<svg/>"));',
         "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 *"
    supported_history_operations = ("tail", "range", "search")


class TestIopubWelcome(jupyter_kernel_test.IopubWelcomeTests):
    __test__ = False

    kernel_name = KERNEL
    support_iopub_welcome = True


CASES = [
    test
    for case in (TestKernel, TestIopubWelcome)
    for test in unittest.defaultTestLoader.loadTestsFromTestCase(case)
]


@pytest.fixture(scope="module")
def complaints() -> dict[str, list[str]]:
    """The suite's failures, errors and skips, by test."""
    result = unittest.TestResult()
    unittest.TestSuite(CASES).run(result)
    assert result.testsRun == len(CASES)
    found: dict[str, list[str]] = {}
    for test, text in result.failures + result.errors + result.skipped:
        # A failed sub-test stands for its test; a class that could not be set
        # up stands for all.
        name = getattr(test, "test_case", test).id().split(".")[-1]
        found.setdefault(name if name in IDS else "all", []).append(text)
    return found


IDS = [test.id().split(".")[-1] for test in CASES]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", IDS)
def test_public_suite(complaints: dict[str, list[str]], name: str):
    assert complaints.get(name, []) + complaints.get("all", []) == []

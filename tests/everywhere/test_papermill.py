"""papermill: notebooks from the command line, with parameters by our translator for Rust."""

import shutil

import nbformat
import pytest

from everywhere.front_ends import ROOT, run

# Each parameter with its type and default, as the translator wants it.
DECLARED = """let mut count: usize = 1;
let mut wide: u64 = 1; // what it is for
let mut share: f64 = 0.5;
let mut small: f32 = 0.5;
let mut deep: bool = false;
let mut name: String = "Ada".into();
let mut maybe: Option<u8> = Some(1);
let mut list: Vec<u8> = vec![];
let mut words: Vec<String> = vec![];
let mut map: std::collections::BTreeMap<String, i64> = Default::default();"""
SHOWN = "(count, wide, share, small, deep, &name, &maybe, &list, &words, &map)"
DEFAULTS = '(1, 1, 0.5, 0.5, false, "Ada", Some(1), [], [], {})'


@pytest.fixture(scope="module")
def plugin(tmp_path_factory) -> str:
    """A folder with kernel/papermill as pip installs it."""
    folder = tmp_path_factory.mktemp("papermill")
    # pip builds beside the source.
    shutil.copytree(ROOT / "kernel/papermill", folder / "source")
    run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
        "--no-build-isolation", "--target", folder / "installed", folder / "source")
    return str(folder / "installed")


def notebook(folder, *cells: str, kernel: str):
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    content.cells[0].metadata.tags = ["parameters"]
    content.metadata.kernelspec = {"name": kernel, "language": "rust", "display_name": "Rust"}
    path = folder / "in.ipynb"
    nbformat.write(content, path)
    return path


def result(path) -> str:
    last = nbformat.read(path, as_version=4).cells[-1]
    return "".join(output.data["text/plain"] for output in last.outputs if output.output_type == "execute_result")


def test_without_parameters_nothing_is_needed(kernel_name: str, tmp_path):
    run("papermill", notebook(tmp_path, DECLARED, SHOWN, kernel=kernel_name), tmp_path / "out.ipynb", "--no-progress-bar")
    assert result(tmp_path / "out.ipynb") == DEFAULTS


def test_parameters_without_the_translator_are_refused_in_a_sentence(kernel_name: str, tmp_path):
    said = run("papermill", notebook(tmp_path, DECLARED, SHOWN, kernel=kernel_name), tmp_path / "out.ipynb",
               "-p", "count", "2", fails=True)
    assert "No parameter translator functions specified for kernel" in said


@pytest.mark.parametrize(("parameters", "expected"), [
    ("{count: 3, wide: 5000000000, share: .inf, small: 2.5, deep: true, name: 'Grüße, 東京'}",
     '(3, 5000000000, inf, 2.5, true, "Grüße, 東京", Some(1), [], [], {})'),
    ("{name: 'a \"quoted\" \\name', maybe: null, list: [1, 2], words: [a, b], map: {x: -1, y: 2}}",
     '(1, 1, 0.5, 0.5, false, "a \\"quoted\\" \\\\name", None, [1, 2], ["a", "b"], {"x": -1, "y": 2})'),
])
def test_parameters(kernel_name: str, tmp_path, plugin: str, parameters: str, expected: str):
    run("papermill", notebook(tmp_path, DECLARED, SHOWN, kernel=kernel_name), tmp_path / "out.ipynb",
        "--no-progress-bar", "-y", parameters, PYTHONPATH=plugin)
    assert result(tmp_path / "out.ipynb") == expected


@pytest.mark.parametrize(("parameter", "says"), [
    (("-p", "unknown", "1"), "unknown"),
    (("-p", "count", "many"), "usize"),
    (("-p", "share", "2"), "use a float literal"),
    (("-p", "not a name", "1"), "no name of a variable"),
])
def test_parameters_that_do_not_fit_are_named(kernel_name: str, tmp_path, plugin: str, parameter, says: str):
    said = run("papermill", notebook(tmp_path, DECLARED, SHOWN, kernel=kernel_name), tmp_path / "out.ipynb",
               "--no-progress-bar", *parameter, fails=True, PYTHONPATH=plugin)
    assert says in said


def test_help_lists_the_parameters(kernel_name: str, tmp_path, plugin: str):
    said = run("papermill", "--help-notebook", notebook(tmp_path, DECLARED, SHOWN, kernel=kernel_name), PYTHONPATH=plugin)
    assert "wide: u64" in said and "what it is for" in said and "list: Vec<u8>" in said


def test_a_failing_notebook_ends_the_run_and_is_kept(kernel_name: str, tmp_path):
    said = run("papermill", notebook(tmp_path, "let n = 1;", 'panic!("on purpose")', "n", kernel=kernel_name),
               tmp_path / "out.ipynb", "--no-progress-bar", fails=True)
    assert "on purpose" in said
    kept = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [output.ename for cell in kept.cells for output in cell.get("outputs", []) if output.output_type == "error"] \
        == ["Panic"]

"""nbconvert: a notebook runs and becomes a page, a script, a notebook."""

import nbformat

from everywhere.front_ends import run

CELLS = ["# Numbers", "let numbers = vec![1, 2, 3];", 'println!("counted: {}", numbers.len());',
         'notebook::display(&notebook::MimeBundle::text("x").with_html("<b id=\\"mark\\">shown</b>"));',
         "numbers.iter().sum::<i32>()"]


def notebook(folder, kernel: str):
    title, *code = CELLS
    cells = [nbformat.v4.new_markdown_cell(title), *map(nbformat.v4.new_code_cell, code)]
    content = nbformat.v4.new_notebook(cells=cells)
    content.metadata.kernelspec = {"name": kernel, "language": "rust", "display_name": "Rust"}
    # A front end puts it there; nbconvert reads it before it runs anything.
    content.metadata.language_info = {"name": "rust", "pygments_lexer": "rust", "file_extension": ".rs"}
    path = folder / "numbers.ipynb"
    nbformat.write(content, path)
    return path


def test_a_page(kernel_name: str, tmp_path):
    run("jupyter-nbconvert", "--execute", "--to", "html", notebook(tmp_path, kernel_name))
    page = (tmp_path / "numbers.html").read_text()
    for part in ("counted: 3", '<b id="mark">shown</b>', ">6<", "Out[4]:", 'class="highlight hl-rust"'):
        assert part in page, part


def test_a_script_has_the_language_of_the_kernel(kernel_name: str, tmp_path):
    path = notebook(tmp_path, kernel_name)
    run("jupyter-nbconvert", "--execute", "--to", "notebook", "--inplace", path)
    assert "mimetype" in nbformat.read(path, as_version=4).metadata.language_info, "as the kernel says it"
    run("jupyter-nbconvert", "--to", "script", path)
    assert "let numbers = vec![1, 2, 3];" in (tmp_path / "numbers.rs").read_text()

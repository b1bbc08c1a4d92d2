"""What goes wrong in a student's hands, in a real JupyterLab: endless cells,
restarts, cells that are run out of order, and cells that are there twice."""

import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from browser.lab import ROOT, Notebook, Server

pytestmark = pytest.mark.timeout(600)

ENDLESS = 'println!("round and round"); loop { std::hint::spin_loop(); }'


@pytest.fixture
def barista(page: Page, server: Server, request: pytest.FixtureRequest):
    # A copy for each test: JupyterLab saves what is typed.
    name = f"{request.node.name}.ipynb"
    shutil.copy(ROOT / "notebooks/01-barista.ipynb", server.folder / name)
    notebook = Notebook(page, server, name)
    yield notebook
    notebook.menu("Kernel", "Shut Down Kernel")


def test_stops_an_endless_cell_and_restarts(barista: Notebook):
    notebook = barista
    kept = notebook.add_cell("fn kept() -> i32 { 41 } let mut seen = vec![1];")
    notebook.run(kept)
    notebook.wait_idle()

    endless = notebook.add_cell(f"seen.push(2); {ENDLESS}")
    notebook.run(endless)
    expect(notebook.output(endless)).to_contain_text("round and round", timeout=60_000)
    notebook.screenshot("endless-runs", endless)
    notebook.menu("Kernel", "Interrupt Kernel")
    expect(notebook.output(endless)).to_contain_text(re.compile("[Ii]nterrupt"), timeout=15_000)
    expect(notebook.output(endless)).to_contain_text("undone: variables, functions and types are as before")
    notebook.wait_idle()
    notebook.screenshot("endless-stopped", endless)

    after = notebook.add_cell("(kept() + 1, seen.len())")
    notebook.run(after)
    expect(after.locator(".jp-OutputArea-executeResult .jp-OutputArea-output")).to_have_text("(42, 1)", timeout=30_000)

    notebook.menu("Kernel", "Restart Kernel")
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    notebook.wait_for_kernel(60)
    notebook.run(after)
    expect(notebook.output(after)).to_contain_text("E0425", timeout=60_000)
    expect(after.locator(".jp-InputArea-prompt")).to_have_text("[1]:")
    notebook.screenshot("restarted", after)


def test_a_progress_bar_moves_while_the_cell_runs(barista: Notebook):
    notebook = barista
    cell = notebook.add_cell('{ let bar = ProgressBar::new("orders", 400); bar.advance(100); '
                             'notebook::input("go on? ")?; bar.advance(300); }')
    notebook.run(cell)
    bar = notebook.output(cell).locator("progress")
    expect(bar).to_have_attribute("max", "400", timeout=60_000)
    asked = cell.locator(".jp-Stdin-input")
    asked.fill("yes")
    asked.press("Enter")
    expect(bar).to_have_attribute("value", "400", timeout=30_000)
    expect(notebook.output(cell)).to_contain_text("400 of 400")
    notebook.wait_idle()
    notebook.screenshot("progress-bar", cell)


def test_what_a_restart_leaves_out_is_said(barista: Notebook):
    """Nothing has run: the check needs a cell above it, and so does the score."""
    notebook = barista
    check = notebook.cell('exercise("barista-robin")')
    notebook.run(check)
    expect(notebook.output(check)).to_contain_text("if a cell above defines it, run that cell first", timeout=60_000)

    score = notebook.cell('progress("barista")')
    notebook.run(score)
    expect(notebook.output(score)).to_contain_text("its cell has not run", timeout=60_000)
    expect(notebook.output(score)).to_contain_text("Run All Cells")
    notebook.screenshot("out-of-order", score)

    # The same cell twice, and the exercise in its order: nothing is lost.
    answer = notebook.cell('answer("barista-1"')
    for _ in range(2):
        notebook.write(answer, 'answer("barista-1", "B");')
        notebook.run(answer)
        expect(notebook.output(answer)).to_contain_text("1 of 4 right", timeout=30_000)
        notebook.wait_idle()
    notebook.run(notebook.cell("fn round_robin"))
    notebook.run(check)
    expect(notebook.output(check)).to_contain_text("Not attempted yet", timeout=60_000)
    notebook.run(score)
    expect(notebook.output(score)).to_contain_text("1 of 4 right", timeout=30_000)


def test_two_cells_that_answer_one_question_are_told_apart(barista: Notebook):
    notebook = barista
    answer = notebook.cell('answer("barista-1"')
    notebook.write(answer, 'answer("barista-1", "A");')
    notebook.run(answer)
    expect(notebook.output(answer)).to_contain_text("Not yet", timeout=60_000)
    again = notebook.add_cell('answer("barista-1", "B");')
    notebook.run(again)
    expect(notebook.output(again)).to_contain_text('Another cell answered this question with "A"', timeout=30_000)
    notebook.screenshot("two-cells", again)

    for typed, says in (
        ('answer("barsta-1", "B");', "the nearest are barista-1"),
        ('answer("barista-1", "B"); answer("barista-1", "C");', "This cell answers the question twice"),
        ('answer("barista-1", "A,B");', "choose one letter"),
        ('answer("barista-2", "many");', "a number of ticks"),
        ('answer("barista-1", B);', "an answer stands in quotes"),
    ):
        notebook.write(again, typed)
        notebook.run(again)
        expect(notebook.output(again)).to_contain_text(says, timeout=30_000)
        notebook.wait_idle()

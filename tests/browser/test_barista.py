"""The first chapter as a student goes through it, in a real JupyterLab."""

import re

import pytest
from playwright.sync_api import Page, expect

from browser.lab import Notebook, Server

pytestmark = pytest.mark.timeout(600)

ENDLESS = 'println!("round and round"); loop { std::hint::spin_loop(); }'


@pytest.fixture
def barista(page: Page, server: Server):
    notebook = Notebook(page, server, "01-barista.ipynb")
    yield notebook
    notebook.menu("Kernel", "Shut Down Kernel")


def test_a_student_goes_through_the_chapter(barista: Notebook):
    notebook = barista
    notebook.run_all(300)
    notebook.screenshot("barista-run")
    errors = notebook.panel.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']")
    expect(errors).to_have_count(0)

    # The chart is drawn.
    chart = notebook.output(notebook.cell("sliced.gantt()")).locator("svg, img[src^='data:image/svg']").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    assert box["width"] > 300 and box["height"] > 60, box
    notebook.screenshot("barista-chart")

    moves_the_slider(notebook)
    answers_wrong_then_right(notebook)


def moves_the_slider(notebook: Notebook) -> None:
    figure = notebook.output(notebook.cell("plot::explore")).locator(".twoaxes-explore").first
    figure.scroll_into_view_if_needed()
    slider = figure.locator("input[type=range]")
    frames = figure.locator("figure")
    assert frames.count() >= 3
    expect(frames.first).to_be_visible()
    before = figure.locator("figure:visible").inner_text()
    notebook.screenshot("barista-slider-before")

    # With the mouse, from the left end to the right.
    box = slider.bounding_box()
    mouse, middle = notebook.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + 8, middle)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    mouse.move(box["x"] + box["width"] - 3, middle, steps=5)
    mouse.up()
    expect(frames.last).to_be_visible()
    expect(figure.locator("figure:visible")).to_have_count(1)
    assert figure.locator("figure:visible").inner_text() != before
    notebook.screenshot("barista-slider-after")

    # And with the keyboard, one step back.
    slider.focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(frames.nth(frames.count() - 2)).to_be_visible()
    expect(frames.last).to_be_hidden()


def answers_wrong_then_right(notebook: Notebook) -> None:
    cell = notebook.cell('answer("barista-1"')
    for given, verdict in (("A", re.compile("Pick one instant")), ("B", re.compile("Correct"))):
        notebook.write(cell, f'answer("barista-1", "{given}");')
        notebook.run(cell)
        expect(notebook.output(cell)).to_contain_text(verdict, timeout=30_000)
        notebook.wait_idle()
        notebook.screenshot(f"barista-answer-{given}", cell)


def test_stops_an_endless_cell_and_restarts(barista: Notebook):
    notebook = barista
    kept = notebook.add_cell("fn kept() -> i32 { 41 }")
    notebook.run(kept)
    notebook.wait_idle()

    endless = notebook.add_cell(ENDLESS)
    notebook.run(endless)
    expect(notebook.output(endless)).to_contain_text("round and round", timeout=60_000)
    notebook.screenshot("endless-runs", endless)
    notebook.menu("Kernel", "Interrupt Kernel")
    expect(notebook.output(endless)).to_contain_text(re.compile("[Ii]nterrupt"), timeout=15_000)
    notebook.wait_idle()
    notebook.screenshot("endless-stopped", endless)

    after = notebook.add_cell("kept() + 1")
    notebook.run(after)
    expect(after.locator(".jp-OutputArea-executeResult .jp-OutputArea-output")).to_have_text("42", timeout=30_000)

    notebook.menu("Kernel", "Restart Kernel")
    notebook.page.locator(".jp-Dialog .jp-mod-accept").click()
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    notebook.wait_for_kernel(60)
    notebook.run(after)
    expect(notebook.output(after)).to_contain_text("E0425", timeout=60_000)
    expect(after.locator(".jp-InputArea-prompt")).to_have_text("[1]:")
    notebook.screenshot("restarted", after)

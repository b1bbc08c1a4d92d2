"""Widgets in a real JupyterLab: a slider that is dragged, buttons, a page that is loaded anew."""

import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.lab import ROOT, Notebook, Server

pytestmark = pytest.mark.timeout(600)

RAYON = """
use rayon::prelude::*;
interact(slider("workers", 1..=8).at(2), |count| {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    let threads = pool.broadcast(|_| rayon::current_thread_index()).len();
    println!("{threads} threads have run");
    workers::Graph::independent(&[10; 8]).run(count).map(|trace| trace.gantt())
});
"""


@pytest.fixture
def name(server: Server, request: pytest.FixtureRequest):
    # A copy for each test: JupyterLab saves what is typed.
    name = f"{request.node.name}.ipynb"
    shutil.copy(ROOT / "notebooks/01-barista.ipynb", server.folder / name)
    return name


@pytest.fixture
def notebook(page: Page, server: Server, name: str):
    notebook = Notebook(page, server, name)
    yield notebook
    notebook.menu("Kernel", "Shut Down Kernel")


def drag(notebook: Notebook, cell: Locator, to: float) -> None:
    """Drags the slider's handle to a share of its length, in many small moves."""
    handle = cell.locator(".noUi-handle")
    handle.scroll_into_view_if_needed()
    length = cell.locator(".noUi-target").bounding_box()
    box = handle.bounding_box()
    mouse = notebook.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(length["x"] + to * length["width"], box["y"] + box["height"] / 2, steps=20)
    mouse.up()


def test_a_dragged_slider_runs_rayon_anew_and_draws_what_it_did(notebook: Notebook, page: Page, server: Server, name: str):
    cell = notebook.add_cell(RAYON)
    notebook.run(cell)
    output = notebook.output(cell)
    expect(output).to_contain_text("2 threads have run", timeout=60_000)
    expect(output.locator("svg, img").first).to_be_visible()
    notebook.wait_idle()
    drag(notebook, cell, 1.0)
    expect(output).to_contain_text("8 threads have run", timeout=30_000)
    expect(output).not_to_contain_text("2 threads have run")
    expect(cell.locator(".widget-readout")).to_have_text("8")
    notebook.wait_idle()
    notebook.screenshot("slider-dragged", cell)

    # The page is loaded anew: the slider stands where it stood and still works.
    notebook.menu("File", "Save Notebook")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0, timeout=30_000)
    again = Notebook(page, server, name)
    cell = again.last_cell()
    cell.scroll_into_view_if_needed()
    expect(cell.locator(".widget-readout")).to_have_text("8", timeout=60_000)
    expect(again.output(cell)).to_contain_text("8 threads have run")
    drag(again, cell, 0.0)
    expect(again.output(cell)).to_contain_text("1 threads have run", timeout=30_000)
    again.screenshot("slider-after-reload", cell)


CONTROLS = """
let log = widgets::Output::new();
let name = widgets::Text::new("name", "");
let policy = widgets::Dropdown::new("policy", ["first come", "shortest first"]);
let size = widgets::RadioButtons::new("size", ["small", "large"]);
let milk = widgets::Checkbox::new("milk", false);
let price = slider("price", 1.0..=5.0).step(0.5);
let bar = widgets::IntProgress::new("orders", 0..=3);
let title = widgets::Html::new("<b>No order yet</b>");
let order = widgets::Button::new("order");
{
    let (log, name, policy, size, milk, bar, title) =
        (log.clone(), name.clone(), policy.clone(), size.clone(), milk.clone(), bar.clone(), title.clone());
    order.on_click(move || {
        bar.set_value(bar.value() + 1);
        title.set_value(&format!("<b>{} orders</b>", bar.value()));
        log.capture(|| {
            println!("{}: {}, {}, milk {}", name.value(), policy.value(), size.value(), milk.value());
            if bar.value() == 3 { panic!("sold out") }
        });
    });
}
let row = widgets::HBox::new((&policy, &size, &milk));
widgets::VBox::new((&title, &name, &row, &price, &order, &bar, &log))
"""


def test_every_control_works(notebook: Notebook):
    cell = notebook.add_cell(CONTROLS)
    notebook.run(cell)
    button = cell.locator("button.jupyter-button", has_text="order")
    expect(button).to_be_visible(timeout=60_000)
    notebook.wait_idle()
    cell.locator("input[type=text]").first.fill("Ada")
    cell.locator("select").select_option("shortest first")
    cell.locator("label", has_text="large").locator("input").check()
    cell.locator(".widget-checkbox input").check()
    button.click()
    output = notebook.output(cell)
    expect(output).to_contain_text("Ada: shortest first, large, milk true", timeout=30_000)
    expect(output).to_contain_text("1 orders")
    button.click()
    expect(output).to_contain_text("2 orders")
    button.click()
    expect(output).to_contain_text(re.compile("panic: sold out"), timeout=30_000)
    # The handler is undone: the third order is none.
    expect(output).to_contain_text("2 orders")
    notebook.wait_idle()
    notebook.screenshot("controls", cell)
    after = notebook.add_cell("(bar.value(), price.value(), name.value())")
    notebook.run(after)
    expect(notebook.output(after)).to_contain_text('(2, 1.0, "Ada")', timeout=30_000)


def test_a_question_can_be_clicked_before_it_is_answered(notebook: Notebook):
    answer = notebook.cell('answer("barista-1"')
    notebook.write(answer, 'answer("barista-1", "?");')
    notebook.run(answer)
    output = notebook.output(answer)
    wrong, right = (answer.locator(".widget-radio-box label", has_text=letter) for letter in ("A. ", "B. "))
    expect(right).to_be_visible(timeout=60_000)
    notebook.wait_idle()
    wrong.locator("input").check()
    expect(output).to_contain_text("Not yet", timeout=30_000)
    right.locator("input").check()
    expect(output).to_contain_text("Correct", timeout=30_000)
    expect(output).not_to_contain_text("Not yet")
    expect(output).to_contain_text('write answer("barista-1", "B"); into its cell')
    notebook.wait_idle()
    notebook.screenshot("question-clicked", answer)

    score = notebook.cell('progress("barista")')
    notebook.run(score)
    expect(notebook.output(score)).to_contain_text("0 of 4 right", timeout=30_000)

    several = notebook.cell('answer("barista-4"')
    notebook.write(several, 'answer("barista-4", "?");')
    notebook.run(several)
    for letter in "BD":
        several.locator("label", has_text=f"{letter}. ").locator("input").check()
    several.locator("button", has_text="Try").click()
    expect(notebook.output(several)).to_contain_text("Correct", timeout=30_000)
    notebook.screenshot("question-of-several", several)

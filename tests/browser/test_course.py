"""Every chapter as a student goes through it, in a real JupyterLab: all cells
run, figures are there in both themes, sliders move, questions are answered."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.lab import ROOT, Notebook, Server

pytestmark = pytest.mark.timeout(600)

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
# Everything in an output that is a picture or a card of ours.
SHOWN = (
    "svg, img[src^='data:image/svg'], .twoaxes-explore, .twoaxes-player, .twoaxes-verdict, .twoaxes-exercise, "
    "[aria-label=verdict], [role=status]"
)
ERRORS = "[data-mime-type='application/vnd.jupyter.error']"


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_student_goes_through_the_chapter(page: Page, server: Server, name: str):
    # So high that a figure need not be scrolled to be taken.
    page.set_viewport_size({"width": 1280, "height": 1600})
    notebook = Notebook(page, server, f"{name}.ipynb")
    notebook.run_all(300)
    expect(notebook.panel.locator(ERRORS)).to_have_count(0)

    questions, exercises = unanswered(notebook)
    assert questions >= 4, "each section asks four questions or more"
    assert exercises >= 1, "and has an exercise"
    answers_wrong_then_right(notebook, name)
    if name == "02-formal-model":
        predicts_again(notebook)
    moves_the_slider(notebook)
    figures = notebook.panel.locator(".jp-OutputArea-output").filter(has=page.locator(SHOWN))
    assert figures.count() > questions
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        for number, figure in enumerate(figures.all()):
            is_there(figure)
            notebook.picture(f"course/{name}-{theme.lower()}-{number:02}", figure)
    notebook.theme("Light")
    notebook.menu("Kernel", "Shut Down Kernel")


def unanswered(notebook: Notebook) -> tuple[int, int]:
    """How many cards say that a question is not answered, and an exercise not
    attempted."""
    panel = notebook.panel
    questions = panel.locator(".twoaxes-verdict strong", has_text=re.compile("^Not answered$"))
    return questions.count(), panel.locator(".twoaxes-exercise").count()


def is_there(figure: Locator) -> None:
    """It takes room on the page, and is not pushed out of its column."""
    figure.scroll_into_view_if_needed()
    box, around = figure.bounding_box(), figure.locator("xpath=..").bounding_box()
    assert box["width"] > 100 and box["height"] > 20, box
    assert box["x"] + box["width"] <= around["x"] + around["width"] + 1, (box, around)
    for drawing in figure.locator("svg:visible").all():
        size = drawing.bounding_box()
        assert size["width"] > 100 and size["height"] > 40, size
        # What is drawn has a title, for those who don't see it.
        assert drawing.locator("title").count() > 0, drawing.inner_html()[:200]


def right_answers(name: str) -> list[tuple[str, str]]:
    """The questions of a chapter with their right answers, from the source."""
    cells = json.loads((ROOT / f"notebooks/source/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    calls = [re.match(r'answer\("([^"]+)", (".*")\);$', source) for source in sources]
    return [(call[1], json.loads(call[2])) for call in calls if call]


def answers_wrong_then_right(notebook: Notebook, name: str) -> None:
    """The first question with letters."""
    question, right = next((q, a) for q, a in right_answers(name) if re.fullmatch(r"[A-E](,[A-E])*", a))
    wrong = next(letter for letter in "ABCD" if letter not in right) if "," not in right else right.split(",")[0]
    cell = notebook.cell(f'answer("{question}"')
    for given, verdict in ((wrong, "Not yet"), (right, "Correct")):
        notebook.write(cell, f'answer("{question}", "{given}");')
        notebook.run(cell)
        card = notebook.output(cell).locator(".twoaxes-verdict")
        expect(card).to_contain_text(verdict, timeout=30_000)
        expect(card).to_contain_text("right so far")
        notebook.wait_idle()
        notebook.picture(f"course/{name}-answer-{'right' if given == right else 'wrong'}", notebook.output(cell))


def predicts_again(notebook: Notebook) -> None:
    """A prediction is judged by the next cell, and may be another one then."""
    prediction, measured = notebook.cell('answer("model-7"'), notebook.cell('quiz::measured("model-7"')
    for given, verdict in (("1", "Not as predicted"), ("8", "Well predicted")):
        notebook.write(prediction, f'answer("model-7", "{given}");')
        notebook.run(prediction)
        stands = notebook.output(prediction).locator(".twoaxes-verdict")
        expect(stands).to_contain_text("Your prediction stands", timeout=30_000)
        expect(stands).to_contain_text(f"You predict {given} guests")
        notebook.wait_idle()
        notebook.run(measured)
        card = notebook.output(measured).locator(".twoaxes-verdict")
        expect(card).to_contain_text(verdict, timeout=30_000)
        notebook.wait_idle()


def moves_the_slider(notebook: Notebook) -> None:
    figure = notebook.panel.locator(".twoaxes-explore").first
    figure.scroll_into_view_if_needed()
    slider = figure.locator("input[type=range]")
    frames = figure.locator("figure")
    assert frames.count() >= 2
    expect(frames.first).to_be_visible()
    before = figure.locator("figure:visible").inner_text()

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

    # And with the keyboard, one step back.
    slider.focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(frames.nth(frames.count() - 2)).to_be_visible()
    expect(frames.last).to_be_hidden()


def test_pages_without_jupyter_work_in_a_browser(page: Page, pages: Path):
    """Sliders move, answers unfold, and nothing is fetched from anywhere."""
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith("file:") else None)
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(f"file://{pages}/index.html")
    page.get_by_role("link", name="One barista, many orders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One barista, many orders")
    figure = page.locator(".twoaxes-explore").first
    figure.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    expect(figure.locator("figure").nth(1)).to_be_visible()
    answer = page.locator("details.course-answer").first
    expect(answer.locator(".twoaxes-verdict")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.locator(".twoaxes-verdict")).to_be_visible()
    page.screenshot(path=Notebook.shots() / "course/page-without-jupyter.png")
    for name in CHAPTERS:
        page.get_by_role("link", name=name).first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.url.endswith(f"/{name}.html")
        assert page.locator("svg").count() >= 2, name
        # No verdict and no score before somebody asks.
        expect(page.locator(".twoaxes-verdict:visible, .twoaxes-far:visible, .twoaxes-exercise:visible")).to_have_count(0)
        assert page.locator("details.course-answer").count() >= 4, name
        # Who reads a page cannot write down a prediction.
        printed = page.locator(".jp-OutputArea-output pre").all_inner_texts()
        assert len(printed) > 0, name
        assert not [text for text in printed if re.search("wrote down no number|you said|no guess", text)], name
    assert (foreign, errors) == ([], [])

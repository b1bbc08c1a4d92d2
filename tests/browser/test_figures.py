"""Every kind of figure and every real run, made by a cell and looked at in a
real JupyterLab, in its light and its dark theme."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, expect

from browser.lab import Notebook, Server

pytestmark = pytest.mark.timeout(600)

# Name of the picture: the cell that makes it, and words that its output has.
FIGURES = {
    "trace": ("barista::time_slice(&[20, 20], 5)", "makespan"),
    "execution": (
        "let mut run = model::Execution::builder();\n"
        'let (p, q) = (run.process("P"), run.process("Q"));\n'
        'let (a, b) = (run.local(p, "a"), run.send(p, "m"));\n'
        'let (c, d) = (run.local(q, "c"), run.receive(q, "m"));\n'
        "let run = run.build()?;\n"
        "run.diagram()",
        "space-time",
    ),
    "outcomes": ("model::Program::increments(&[2, 2]).explore()", "70"),
    "program": ("model::Program::increments(&[1, 1])", "load x"),
    "player": ("model::Program::increments(&[1, 1]).player()", "the nearest bug is 4 steps away"),
    "state-graph": ("model::Program::increments(&[1, 1]).explore().state_graph()", "states"),
    "staircase": (
        'plot::explore("workers", "", 1..=9, |workers| workers::simulate(8, 10, workers))',
        "workers 1",
    ),
    "speedup": (
        'plot::Speedup::new("Eight tasks").amdahl(0.8)\n'
        "    .simulated(&[(1.0, 1.0), (2.0, 2.0), (4.0, 4.0), (8.0, 8.0)]).measured(&[(1.0, 1.0), (2.0, 1.8)])",
        "Eight tasks",
    ),
    "fit": ("workers::fit_usl(&[(1, 100.0), (2, 190.0), (4, 340.0), (8, 530.0), (16, 650.0)])?", "sigma"),
    "map": ('quadrants::map().with("my run", &barista::time_slice(&[20, 20], 5))', "my run"),
    "misconception": ("quadrants::misconception()", "parallel"),
    "queue": ("barista::time_slice(&[20, 20, 20], 5).queue_chart()", "queue"),
    "overlap": ("workers::simulate(8, 10, 4).overlap_chart()", "in progress"),
    "lost-update": ("pitfalls::lost_update::simulate(2, 1)", "4 of the 6"),
    "deadlock": ("pitfalls::deadlock::simulate(3)", "deadlock"),
    "blocked-executor": (
        "pitfalls::blocked_executor::simulate(20, pitfalls::blocked_executor::Hog::Computes(60))",
        "latency",
    ),
    "lock-contention": ("pitfalls::lock_contention::simulate(40, 6, 4, 4)", "speedup"),
    "false-sharing": ("pitfalls::false_sharing::simulate(2, 100)", "invalidat"),
    "verdict": (
        "use loom::sync::{Arc, atomic::{AtomicU32, Ordering::SeqCst}};\n"
        "model::check::exhaustive(|| {\n"
        "    let x = Arc::new(AtomicU32::new(0));\n"
        "    let other = { let x = x.clone(); loom::thread::spawn(move || { let r = x.load(SeqCst); x.store(r + 1, SeqCst); }) };\n"
        "    let r = x.load(SeqCst);\n"
        "    x.store(r + 1, SeqCst);\n"
        "    other.join().unwrap();\n"
        '    assert_eq!(x.load(SeqCst), 2, "an update is lost");\n'
        "})",
        "an update is lost",
    ),
}

RUNS = {
    "prediction": ("let guess = predict!(speedup, 1.8);\nguess.clone()", "Predicted: speedup 1.8"),
    "workers-run": ("let run = workers::measure(workers::Runtime::Rayon, 8, 5, 2);\nrun.clone()", "CPUs used"),
    "answered": ("guess.check(&run)", "predicted speedup 1.8; the run says"),
    "sweep": ("workers::sweep(workers::Runtime::Tokio, 8, 3, 4)", "oversubscribed"),
    "barista-run": ("barista::measure(60)", "slices"),
    "server": ("server::measure(1_000)", "in flight"),
    "quadrants-run": ("quadrants::measure()", "measured"),
    "lanes": ("quadrants::lanes()", "lanes"),
    "lost-update-run": ("pitfalls::lost_update::measure(2, 100_000)", "lost"),
    "lost-update-fixed": ("pitfalls::lost_update::fixed(2, 100_000)", "lost"),
    "deadlock-run": ("pitfalls::deadlock::measure(3)", "waits for"),
    "deadlock-fixed": ("pitfalls::deadlock::fixed(3)", "order"),
    "blocked-executor-run": (
        "use pitfalls::blocked_executor::Hog;\npitfalls::blocked_executor::measure(200, Hog::Computes(100))",
        "latency",
    ),
    "blocked-executor-fixed": ("pitfalls::blocked_executor::fixed(200, Hog::Computes(100))", "latency"),
    "io-bound-run": (
        "let backend = pitfalls::io_bound::Service { compute: 0, latency: 5, capacity: 4 };\n"
        "pitfalls::io_bound::measure(64, 16, backend)",
        "answers per second",
    ),
    "io-bound-fixed": ("pitfalls::io_bound::fixed(64, 16, backend)", "answers per second"),
    "lock-contention-run": ("pitfalls::lock_contention::measure(200, 10, 40, 2)", "speedup"),
    "lock-contention-fixed": ("pitfalls::lock_contention::fixed(200, 10, 40, 2)", "speedup"),
    "false-sharing-run": ("pitfalls::false_sharing::measure(2, 1_000_000)", "increments"),
    "false-sharing-fixed": ("pitfalls::false_sharing::fixed(2, 1_000_000)", "increments"),
}

CHAPTERS = {"figures": FIGURES, "real-runs": RUNS}

PICTURE = "svg, img[src^='data:image/svg']"
PICTURES = {
    "program": "table",
    "player": ".twoaxes-player",
    "verdict": "[aria-label=verdict]",
    "misconception": "figure",
    "prediction": "[role=status]",
    "answered": ".twoaxes-verdict",
}


@pytest.fixture(params=CHAPTERS)
def chapter(request: pytest.FixtureRequest, server: Server) -> str:
    cells = [new_code_cell(source) for source, _ in CHAPTERS[request.param].values()]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "twoaxes", "display_name": "Rust (twoaxes)", "language": "rust"}
    nbformat.write(notebook, server.folder / f"{request.param}.ipynb")
    return request.param


def test_every_picture_in_both_themes(page, server: Server, chapter: str):
    # So high that no figure has to be scrolled.
    page.set_viewport_size({"width": 1280, "height": 2400})
    notebook = Notebook(page, server, f"{chapter}.ipynb")
    notebook.run_all(300)
    cells = dict(zip(CHAPTERS[chapter], notebook.panel.locator(".jp-CodeCell").all()))
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        for name, cell in cells.items():
            output = notebook.output(cell)
            words = CHAPTERS[chapter][name][1]
            expect(cell.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
            expect(output).to_contain_text(re.compile(re.escape(words), re.IGNORECASE))
            # A value in its Debug form has the words, too, and no picture.
            expect(output.locator(PICTURES.get(name, PICTURE)).first).to_be_visible()
            notebook.picture(f"figure-{name}-{theme.lower()}", output)
    if chapter == "figures":
        marks_the_past(cells["execution"])
        plays(cells["player"])
        notebook.picture("figure-player-lost", notebook.output(cells["player"]))
    notebook.menu("Kernel", "Shut Down Kernel")


def marks_the_past(cell: Locator) -> None:
    """With the pointer, then with the keyboard."""
    diagram = cell.locator(".twoaxes-spacetime")
    diagram.scroll_into_view_if_needed()
    says = diagram.locator("output")
    expect(says).to_contain_text("Point at an event")
    diagram.get_by_label("receive m on Q").hover()
    expect(says).to_contain_text(re.compile("receive m on Q.*: 3 events before, 0 after, 0 concurrent"))
    diagram.get_by_label("a on P").focus()
    expect(says).to_contain_text(re.compile("a on P.*: 0 events before, 2 after, 1 concurrent"))


def plays(cell: Locator) -> None:
    """Through the lost update, and back."""
    player = cell.locator(".twoaxes-player")
    player.scroll_into_view_if_needed()
    for thread in ("A", "B", "A", "B"):
        player.get_by_role("button", name=f"Step {thread}", exact=True).click()
    expect(player.get_by_role("status")).to_contain_text("You lost")
    player.get_by_role("button", name="Back").click()
    expect(player.get_by_role("status")).not_to_contain_text("You lost")

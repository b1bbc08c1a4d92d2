"""Commands at the top of a cell, as JupyterLab shows what they say."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from browser.lab import ROOT, Notebook, Server

pytestmark = pytest.mark.timeout(600)


def test_what_commands_say_can_be_read(page: Page, server: Server):
    shutil.copy(ROOT / "notebooks/01-barista.ipynb", server.folder / "commands.ipynb")
    notebook = Notebook(page, server, "commands.ipynb")
    spin = "for _ in 0..2 { let until = std::time::Instant::now() + std::time::Duration::from_millis(120); " \
           "while std::time::Instant::now() < until {} std::thread::sleep(std::time::Duration::from_millis(60)); }"
    for name, source, says in (
        ("trace", f":trace\nstd::thread::scope(|s| {{ for _ in 0..3 {{ s.spawn(|| {{ {spin} }}); }} }});", "CPU"),
        ("time", ":time\n(0..100_000_000u64).map(|n| n ^ (n >> 3)).sum::<u64>()", "on the clock"),
        ("timeit", ":timeit\n(0..1_000u64).map(|n| n ^ (n >> 3)).sum::<u64>()", "median"),
        ("shell", '!echo one; echo two >&2; seq 3', "two"),
        ("help", ":help", ":limit"),
        ("markdown", 'notebook::Markdown("A **bold** word and `code`")', "bold"),
    ):
        cell = notebook.add_cell(source)
        notebook.run(cell)
        expect(notebook.output(cell)).to_contain_text(says, timeout=60_000)
        notebook.wait_idle()
        notebook.screenshot(f"command-{name}", cell)
    notebook.menu("Kernel", "Shut Down Kernel")

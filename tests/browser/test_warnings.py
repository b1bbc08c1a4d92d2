"""What the compiler warns of, as JupyterLab shows it: folded away."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from browser.lab import ROOT, Notebook, Server

pytestmark = pytest.mark.timeout(600)


def test_warnings_are_folded_away(page: Page, server: Server):
    shutil.copy(ROOT / "notebooks/01-barista.ipynb", server.folder / "warnings.ipynb")
    notebook = Notebook(page, server, "warnings.ipynb")
    cell = notebook.add_cell('"3".parse::<u32>();\nlet sum = {\n    let unused = 1;\n    6 * 7\n};\nsum')
    notebook.run(cell)
    warnings = notebook.output(cell).locator("details.twoaxes-warnings")
    expect(warnings.locator("summary")).to_have_text("2 warnings", timeout=60_000)
    report = warnings.locator("pre")
    expect(report).to_be_hidden()
    notebook.wait_idle()
    notebook.screenshot("warnings-folded", cell)
    warnings.locator("summary").click()
    expect(report).to_be_visible()
    expect(report).to_contain_text('1 | "3".parse::<u32>();')
    expect(report).to_contain_text("unused variable: `unused`")
    for theme in ("Light", "Dark"):
        notebook.theme(theme)
        expect(report).to_be_visible()
        notebook.screenshot(f"warnings-{theme.lower()}", cell)
    notebook.theme("Light")
    notebook.menu("Kernel", "Shut Down Kernel")

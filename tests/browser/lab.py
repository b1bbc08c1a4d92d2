"""JupyterLab in a browser, steered the way a person does it.

Everything here waits for what the page shows, never for a time to pass.
"""

import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("TWOAXES_SCREENSHOTS", ROOT / "target/screenshots"))

# Cells that are queued or running show a star; see NOT_RUN for the others.
BUSY_PROMPT = "[*]:"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The JupyterLab that ./install.sh made, on a copy of the notebooks."""

    def __init__(self, folder: Path, log: Path):
        self.folder = folder
        self.token = os.urandom(16).hex()
        self.address = f"http://127.0.0.1:{free_port()}"
        self.log = log.open("w")
        settings = folder.parent / "lab-settings/@jupyterlab/notebook-extension"
        settings.mkdir(parents=True)
        # Cells out of sight are in the page too, so that a test can find them.
        (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
        self.process = subprocess.Popen(
            [ROOT / ".venv/bin/jupyter", "lab", f"--ServerApp.root_dir={folder}", "--ip=127.0.0.1", "--no-browser",
             f"--port={self.address.rsplit(':')[-1]}", "--ServerApp.port_retries=0", "--allow-root"],
            env=os.environ | {
                "JUPYTER_TOKEN": self.token,
                "JUPYTERLAB_SETTINGS_DIR": str(folder.parent / "lab-settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(folder.parent / "lab-workspaces"),
            },
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/api?token={self.token}", timeout=5)
                return
            except (urllib.error.URLError, OSError):
                assert self.process.poll() is None, f"JupyterLab ended; see {self.log.name}"
                assert time.monotonic() < deadline, f"JupyterLab is not up; see {self.log.name}"
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


class Notebook:
    """One notebook, open in one page."""

    def __init__(self, page: Page, server: Server, name: str):
        self.page = page
        page.goto(f"{server.address}/lab/tree/{name}?reset&token={server.token}")
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        expect(self.panel.locator(".jp-Cell").first).to_be_visible(timeout=60_000)
        self.wait_for_kernel(120)

    # -- looking

    def cell(self, containing: str) -> Locator:
        """The code cell whose source contains a text."""
        return self.panel.locator(".jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea-editor", has_text=containing)
        ).first

    def last_cell(self) -> Locator:
        return self.panel.locator(".jp-CodeCell").last

    @staticmethod
    def output(cell: Locator) -> Locator:
        # An `Output` widget has another one inside.
        return cell.locator(".jp-Cell-outputArea")

    def wait_for_kernel(self, seconds: float) -> None:
        """The status bar knows the kernel and says that it is idle; the
        notebook's own indicator says so before there is a kernel at all."""
        status = self.page.locator("#jp-main-statusbar", has_text=re.compile(r"Rust \(twoaxes\) \| Idle"))
        expect(status).to_be_visible(timeout=seconds * 1000)

    def wait_idle(self, seconds: float = 60) -> None:
        """No cell is queued or running and the kernel says that it is idle."""
        indicator = self.panel.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=seconds * 1000)
        prompts = self.panel.locator(".jp-InputArea-prompt", has_text=BUSY_PROMPT)
        expect(prompts).to_have_count(0, timeout=seconds * 1000)
        expect(indicator).to_have_attribute("data-status", "idle", timeout=seconds * 1000)

    @staticmethod
    def shots() -> Path:
        """Where pictures go that are to be looked at."""
        (SCREENSHOTS / "course").mkdir(parents=True, exist_ok=True)
        return SCREENSHOTS

    def screenshot(self, name: str, cell: Locator | None = None) -> None:
        if cell is not None:
            self.output(cell).scroll_into_view_if_needed()
        self.page.screenshot(path=self.shots() / f"{name}.png")

    def picture(self, name: str, of: Locator) -> None:
        """Only this part of the page, all of it."""
        of.scroll_into_view_if_needed()
        of.screenshot(path=self.shots() / f"{name}.png")

    # -- doing

    def menu(self, *path: str) -> None:
        bar = self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{path[0]}$"))
        bar.click()
        for label in path[1:]:
            self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{re.escape(label)}")).first.click()

    def theme(self, name: str) -> None:
        """JupyterLab's Light or Dark."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile("^Settings$")).click()
        self.page.locator(".lm-Menu-item", has_text=re.compile("^Theme")).first.hover()
        self.page.locator(".lm-Menu-item", has_text=re.compile(f"^JupyterLab {name}$")).click()
        expect(self.page.locator("body")).to_have_attribute(
            "data-jp-theme-light", "true" if name == "Light" else "false", timeout=30_000
        )
        # It lies over everything while the theme loads, and fades.
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0, timeout=30_000)

    def run_all(self, seconds: float) -> None:
        self.menu("Run", "Run All Cells")
        # Run has begun when the first cell has lost its empty prompt.
        first = self.panel.locator(".jp-CodeCell .jp-InputArea-prompt").first
        expect(first).not_to_have_text("[ ]:", timeout=30_000)
        self.wait_idle(seconds)

    def write(self, cell: Locator, source: str) -> None:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def run(self, cell: Locator) -> None:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def add_cell(self, source: str) -> Locator:
        """A new code cell at the end."""
        count = self.panel.locator(".jp-Cell").count()
        last = self.panel.locator(".jp-Cell").last
        last.scroll_into_view_if_needed()
        last.locator(".jp-InputPrompt, .jp-InputArea-prompt").first.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        expect(self.panel.locator(".jp-Cell")).to_have_count(count + 1)
        cell = self.panel.locator(".jp-Cell").last
        self.write(cell, source)
        return cell

"""One JupyterLab and one Chromium for all browser tests, on a copy of notebooks/."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from browser.lab import ROOT, Server

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def server(tmp_path_factory, folders_of_our_own):
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns("source", ".ipynb_checkpoints"))
    log = ROOT / "target/browser-jupyterlab.log"
    log.parent.mkdir(exist_ok=True)
    started = Server(folder, log)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
    assert Path(path).exists(), "Debian's package chromium is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> Path:
    """The course as pages, from what the step `notebooks` has run where it has."""
    out = tmp_path_factory.mktemp("pages")
    executed = ROOT / "target/executed/notebooks/source"
    subprocess.run(
        [ROOT / ".venv/bin/python", ROOT / "notebooks/source/build/pages.py", out, "--executed", executed],
        env=os.environ | {"JUPYTER_PATH": str(ROOT / ".venv/share/jupyter")},
        check=True,
        timeout=400,
    )
    return out


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    yield opened
    context.close()

"""Stepping through a program on a page of its own: no kernel, no JupyterLab."""

import re
import subprocess

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.lab import ROOT

pytestmark = pytest.mark.timeout(600)

# All of the workspace is named, so that crates have the features with which they
# are built already.
BUILD = ["cargo", "build", "--quiet", "--release", "--locked", "--workspace", "--example", "player"]


@pytest.fixture(scope="module")
def html() -> str:
    subprocess.run(BUILD, cwd=ROOT, check=True)
    player = ROOT / "target/release/examples/player"
    return subprocess.run([player], stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture
def players(page: Page, html: str):
    """The lost update, a deadlock, and the lost update once more."""
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    # Nothing may be fetched, so a request is an error as well.
    page.on("request", lambda request: errors.append(request.url))
    once_more = html.split("<body>")[1].split("</body>")[0]
    page.set_content(html.replace("</body>", once_more + "</body>"))
    yield page.locator(".twoaxes-player")
    assert errors == []


def step(player: Locator, *threads: str) -> None:
    for thread in threads:
        player.get_by_role("button", name=f"Step {thread}", exact=True).click()


def says(player: Locator, sentence: str) -> None:
    expect(player.get_by_role("status")).to_have_text(re.compile(sentence))


def test_loses_an_update_and_goes_back(players: Locator):
    player = players.first
    says(player, "can still lose: the nearest bug is 4 steps away")
    step(player, "A")
    says(player, "can still lose: the nearest bug is 3 steps away")
    step(player, "B")
    says(player, "You can only lose from here: no continuation ends well")
    step(player, "A")
    expect(player.locator("[data-at]", has_text="1 (was 0)").first).to_be_visible()
    step(player, "B")
    says(player, "You lost.*x is 1")
    # Also what changes nothing is written down: both load 0, and B stores 1 again.
    steps = player.locator("[data-steps] li")
    expect(steps).to_have_text([re.compile("^A: r = load x .*A.r = 0$"), re.compile("^B: r = load x .*B.r = 0$"),
                                re.compile("^A: store x .*x = 1$"), re.compile("^B: store x .*x = 1$")])

    # Back to where both have loaded nothing but A: then A stores first.
    for _ in range(3):
        player.get_by_role("button", name="Back").click()
    expect(steps).to_have_count(1)
    says(player, "3 steps away")
    step(player, "A")
    says(player, "Nothing can go wrong from here")
    step(player, "B", "B")
    says(player, "Finished")
    expect(player.locator("[aria-current=step]")).to_have_text([re.compile("finished")] * 2)

    player.get_by_role("button", name="Start over").click()
    says(player, "4 steps away")
    expect(steps).to_have_count(0)


def test_says_who_holds_the_lock(players: Locator):
    player = players.nth(1)
    step(player, "A", "B")
    says(player, "You lost: deadlock")
    for thread, why in (("A", "waits for lock M, held by B"), ("B", "waits for lock L, held by A")):
        button = player.get_by_role("button", name=f"Step {thread}", exact=True)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(player.get_by_label(f"thread {thread}")).to_contain_text(why)
    # A click on what cannot go changes nothing.
    player.get_by_role("button", name="Step A").dispatch_event("click")
    expect(player.locator("[data-steps] li")).to_have_count(2)


def test_works_twice_on_a_page_and_by_keyboard(players: Locator, page: Page):
    first, second = players.first, players.nth(2)
    second.get_by_role("button", name="Step A").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    says(second, "only lose")
    says(first, "4 steps away")
    # The last step of A leaves its button where the focus is.
    second.get_by_role("button", name="Step A").press("Enter")
    expect(second.get_by_role("button", name="Step A")).to_be_focused()
    says(second, "only lose")

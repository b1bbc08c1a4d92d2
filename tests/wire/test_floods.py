"""More output than anybody can read: little memory, and always a way to stop."""

import time

import pytest

from wire.client import Kernel, forget_peak, peak_memory

LIMIT = 64 * 1024 * 1024

FLOODS = {
    "100 MB in lines": 'let line = "0123456789".repeat(10); for _ in 0..1_000_000 { println!("{line}"); }',
    "one line of 50 MB": 'println!("{}", "x".repeat(50_000_000));',
    "50 MB on both streams": 'let line = "e".repeat(99); for _ in 0..250_000 { println!("{line}"); eprintln!("{line}"); }',
    "50 MB on stderr": 'let line = "e".repeat(99); for _ in 0..500_000 { eprintln!("{line}"); }',
}


# The types that a variable needs are loaded with it, and not while memory is measured.
FIRST = "let first = 1;"


@pytest.mark.parametrize("flood", FLOODS)
def test_flood_costs_little_memory(own_kernel: Kernel, flood: str):
    kernel = own_kernel
    kernel.run(FIRST)
    before = forget_peak(kernel.pid)
    cell = kernel.run(FLOODS[flood], timeout=150)
    grown = peak_memory(kernel.pid) - before
    assert cell.status == "ok", cell.report
    assert grown < LIMIT, f"grew by {grown / 2**20:.0f} MB"
    assert kernel.run("1 + 1").result == "2"


@pytest.mark.parametrize(
    "endless",
    [
        'loop { println!("flood flood flood flood flood flood flood flood"); }',
        'loop { print!("xxxxxxxxxxxxxxxx"); }',
        'std::thread::spawn(|| loop { println!("flood"); }); loop { eprintln!("flood"); }',
    ],
    ids=["lines", "no newline", "both streams"],
)
def test_endless_flood_can_be_stopped(own_kernel: Kernel, endless: str):
    kernel = own_kernel
    kernel.run(FIRST)
    before = forget_peak(kernel.pid)
    cell = kernel.start(endless)
    kernel.wait_for_text(cell, "flood" if "flood" in endless else "xxx")
    # The front end reads nothing for a while, as a busy browser does.
    time.sleep(3)
    kernel.interrupt()
    assert kernel.finish(cell, 60).status == "error"
    grown = peak_memory(kernel.pid) - before
    assert grown < LIMIT, f"grew by {grown / 2**20:.0f} MB"
    assert kernel.run("1 + 1").result == "2"


def test_updates_without_end_cost_little_and_the_last_one_is_seen(own_kernel: Kernel):
    kernel = own_kernel
    kernel.run(FIRST)
    before = forget_peak(kernel.pid)
    cell = kernel.run(
        'let shown = notebook::display_with_id(&notebook::MimeBundle::text("0"));'
        "for n in 1..=20_000 { notebook::update_display(&shown, &notebook::MimeBundle::text(n.to_string())); }"
        'println!("done");'
    )
    assert cell.status == "ok", cell.report
    seen = [int(shown["data"]["text/plain"]) for shown in cell.of_type("update_display_data")]
    assert seen == sorted(seen) and seen[-1] == 20_000
    assert cell.outputs[-1] == "stream", "and what was printed after it comes after it"
    grown = peak_memory(kernel.pid) - before
    assert grown < LIMIT, f"grew by {grown / 2**20:.0f} MB"

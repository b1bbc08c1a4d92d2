"""A session of many cells: what each of them leaves behind. benches/long_session.py runs ten thousand."""

import os
from pathlib import Path

from wire.client import Kernel

CELLS = 80


def test_a_cell_leaves_two_mapped_regions_and_in_the_end_no_object(own_kernel: Kernel):
    first = own_kernel.run("let text = vec![String::from(\"kept\")]; std::process::id()")
    pid = int(first.result)
    mapped = lambda: len(Path(f"/proc/{pid}/maps").read_text().splitlines())  # noqa: E731
    folder = session_folder(pid)
    before = mapped()
    for number in range(CELLS):
        assert own_kernel.run(f'println!("{{}} {number}", text[0]);').stream() == f"kept {number}\n"
    assert mapped() - before <= 2.5 * CELLS
    assert len(objects(folder)) < CELLS / 2
    # And whatever a variable points to is still there.
    assert own_kernel.run("text[0].len()").result == "4"


def session_folder(pid: int) -> Path:
    for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
        if entry.startswith(b"CARGO_HOME="):
            return Path(os.fsdecode(entry.split(b"=", 1)[1])).parent
    raise AssertionError("the process that runs cells knows no folder of its session")


def objects(folder: Path) -> list[Path]:
    return list(folder.rglob("*.so"))

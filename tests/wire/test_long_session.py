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


def test_a_process_without_mapped_regions_says_so_and_keeps_what_it_has(own_kernel: Kernel):
    own_kernel.run("let kept = vec![1, 2, 3];")
    full = own_kernel.run(MAPPED)
    assert full.status == "ok", full.report
    cell = own_kernel.run("kept.len()")
    assert cell.status == "error" and cell.reply["content"]["ename"] == "LinkError"
    assert "vm.max_map_count" in cell.report and "restart the kernel" in cell.report
    assert "`?`" not in cell.report
    assert own_kernel.run(":vars").status == "ok"
    own_kernel.restart()
    assert own_kernel.run("1 + 1").result == "2"


# Each other one is read-only, so that the system does not make one of them all.
MAPPED = """
unsafe extern "C" {
    fn mmap(at: *mut u8, length: usize, protection: i32, flags: i32, file: i32, offset: i64) -> *mut u8;
}
for protection in [1, 3].into_iter().cycle() {
    let mapped = unsafe { mmap(std::ptr::null_mut(), 4096, protection, 0x22, -1, 0) };
    if mapped as isize == -1 { break; }
}
"""

"""Real runs on machines that are not as one would like them.

Each test arranges a machine (one CPU, a control group, a system call that is
refused, ..) around examples/real_runs.rs, which says what it did as JSON.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "target/release/examples/real_runs"


@dataclass
class Told:
    """What a run said about itself."""

    text: str
    notes: list[str]
    numbers: dict
    left: dict

    def says(self, part: str) -> bool:
        """Notes that a run gives away alone are in its text as well."""
        return part in self.text


@pytest.fixture(scope="session")
def program():
    """The example, where every user of the machine can read it."""
    assert BINARY.is_file(), "build it: cargo build --release --locked --workspace --example real_runs"
    folder = Path(tempfile.mkdtemp(prefix="twoaxes-machines-"))
    folder.chmod(0o755)
    yield Path(shutil.copy(BINARY, folder / "real_runs"))
    shutil.rmtree(folder)


@pytest.fixture
def real_run(program):
    """Runs it: wrapped in another command, or arranged by a function that the
    child calls before it becomes the example."""

    def run(name: str, *, around=(), arrange=None, env=None) -> Told:
        done = subprocess.run(
            [*around, str(program), name, "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=arrange,
            env={**os.environ, **(env or {})},
        )
        assert (done.returncode, done.stderr) == (0, ""), done
        told = Told(**json.loads(done.stdout))
        assert set(told.left.values()) == {0}, told.left
        assert all(note in told.text for note in told.notes), "a reader sees every note"
        return told

    return run


@pytest.fixture
def shim(tmp_path):
    """A library that answers some calls in the system's place (LD_PRELOAD)."""

    def build(source: str) -> dict:
        library = tmp_path / "shim.so"
        # Rust links with cc, so it is there.
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(library), "-ldl"],
            input=source,
            text=True,
            check=True,
            timeout=60,
        )
        return {"LD_PRELOAD": str(library)}

    return build


@pytest.fixture
def half_a_cpu():
    """The function that enters a control group which has no limit of its own,
    inside of one that may use half a CPU."""
    with contextlib.ExitStack() as stack:
        reasons = []
        for make in (version_1, version_2):
            try:
                yield stack.enter_context(make())
                return
            except OSError as error:
                reasons.append(str(error))
        pytest.skip(
            f"no control group can be made here ({'; '.join(reasons)}); how limits are read is tested in"
            " machine::tests::the_tightest_limit_counts, on files made for the purpose"
        )


@contextlib.contextmanager
def version_1():
    group = own_group(Path("/sys/fs/cgroup/cpu"), "cpu")
    with made(group), made(group / "inner"):
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text("50000")
        yield entering(group / "inner")


@contextlib.contextmanager
def version_2():
    mount = Path("/sys/fs/cgroup")
    # Only the group at the top may have processes beside groups.
    (mount / "cgroup.subtree_control").write_text("+cpu")
    group = mount / f"twoaxes-{os.getpid()}"
    with made(group), made(group / "inner"):
        (group / "cpu.max").write_text("50000 100000")
        yield entering(group / "inner")


def own_group(mount: Path, controller: str) -> Path:
    """A new group below the one that this process is in."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return mount / path.lstrip("/") / f"twoaxes-{os.getpid()}"
    raise FileNotFoundError(f"this process is in no group of {controller}")


@contextlib.contextmanager
def made(group: Path):
    group.mkdir()
    try:
        yield
    finally:
        # Everybody in it has been waited for.
        group.rmdir()


def entering(group: Path):
    members = group / "cgroup.procs"

    def enter():
        members.write_text(str(os.getpid()))

    return enter

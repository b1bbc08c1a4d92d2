"""install.sh on machines that lack something.

Each case gives the script a PATH of its own: the ordinary small tools plus
stand-ins that play the machine in question. The stand-ins for cargo and pip
play a machine on which everything works, so that the whole way is walked in
about a second.
"""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ORDINARY_TOOLS = (
    "awk basename bash cat chmod cmp cp cut df dirname env flock grep head id install ls mkdir mv "
    "printf realpath rm rmdir sed sha256sum sleep sort tail touch tr uname"
).split()

# Answers to the questions that install.sh asks Python, and a venv that has the
# files of one.
PYTHON = r"""
case "$*" in
    *"version_info < (3, 11)"*) exit ${FAKE_PYTHON_OLD:-0} ;;
    *"import venv, ensurepip"*) exit ${FAKE_NO_VENV:-0} ;;
    *"import platform"*) echo 3.12.1 ;;
    *--version*) echo "Python ${FAKE_PYTHON_VERSION:-3.12.1}" ;;
    *"import jupyterlab"*) test -e "$(dirname "$0")/jupyter" ;;
    *"-m pip --version"*) test "$(basename "$(dirname "$0")")" = bin ;;
    *"-m venv"*)
        for last; do :; done
        mkdir -p "$last/bin"; touch "$last/pyvenv.cfg"; cp "$0" "$last/bin/python" ;;
    *"-m pip install"*)
        echo pip >>"$FAKE_LOG"
        if [ -n "${FAKE_PIP_ERROR:-}" ]; then echo "$FAKE_PIP_ERROR"; exit 1; fi
        touch "$(dirname "$0")/jupyter" ;;
    "- "*kernel.json*) cat >/dev/null; printf '{"argv": ["%s"], "encryption": %s}\n' "$3" "$5" >"$4" ;;
    *) cat >/dev/null ;;
esac
"""

CARGO = r"""
echo cargo >>"$FAKE_LOG"
if [ -n "${FAKE_CARGO_ERROR:-}" ]; then echo "$FAKE_CARGO_ERROR" >&2; exit 101; fi
while [ $# -gt 0 ]; do [ "$1" != --target-dir ] || target=$2; shift; done
mkdir -p "$target/release"
printf '#!/bin/sh\n[ "$1" = supported-encryption ] && echo "[\\"fake\\"]" || mkdir -p "$5"\n' >"$target/release/twoaxes-kernel"
cp "$target/release/twoaxes-kernel" "$target/release/twoaxes-grader"
chmod +x "$target/release/"twoaxes-*
"""


class Machine:
    """A checkout in a folder of its own, and a PATH that the test furnishes."""

    def __init__(self, folder: Path):
        self.root = folder / "a checkout"  # with a space: paths must be quoted
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.log = folder / "log"
        self.environment: dict[str, str] = {}
        for made in (self.root, self.bin, self.home):
            made.mkdir()
        self.log.touch()
        for name in ("install.sh", "requirements.txt", "Cargo.toml"):
            shutil.copy(ROOT / name, self.root / name)
        shutil.copytree(ROOT / "kernel" / "kernelspec", self.root / "kernel" / "kernelspec")
        (self.root / "notebooks").mkdir()
        for tool in ORDINARY_TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        sysroot = folder / "sysroot"
        self.rust_source = sysroot / "lib/rustlib/src/rust/library/std/src/lib.rs"
        self.rust_source.parent.mkdir(parents=True)
        self.rust_source.touch()
        self.tool("rustc", f'[ "$1" = --print ] && echo "{sysroot}" || echo "rustc 1.99.0 (abc 2030-01-01)"')
        self.tool("cargo", CARGO)
        self.tool("python3", PYTHON)
        self.tool("cc", "")
        self.tool("c++", "")
        self.tool("pkg-config", "")
        self.tool("id", "echo 1000")
        self.tool("uname", '[ "$1" = -s ] && echo Linux || echo x86_64')

    def tool(self, name: str, body: str) -> None:
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def without(self, *names: str) -> "Machine":
        for name in names:
            (self.bin / name).unlink(missing_ok=True)
        return self

    def install(self, *options: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.bin), "HOME": str(self.home), "FAKE_LOG": str(self.log)}
        return subprocess.run(
            ["/bin/bash", str(self.root / "install.sh"), *(options or ("--no-lab",))],
            env=environment | self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def files(self) -> set[str]:
        return {str(p.relative_to(self.root)) for p in self.root.rglob("*") if "target" not in p.parts}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def old_rust(m: Machine) -> None:
    m.tool("rustc", 'echo "rustc 1.80.1 (abc 2024-08-01)"')


def old_rust_with_rustup(m: Machine) -> None:
    old_rust(m)
    m.tool("rustup", "")


def no_rust_source(m: Machine) -> None:
    m.rust_source.unlink()


def no_rust_source_and_no_network(m: Machine) -> None:
    m.rust_source.unlink()
    m.tool("rustup", "echo 'error: could not download file: Temporary failure in name resolution' >&2; exit 1")


def no_zeromq(m: Machine) -> None:
    m.tool("pkg-config", "exit 1")
    m.tool("apt-get", "exit 1")


def no_zeromq_with_refusing_sudo(m: Machine) -> None:
    no_zeromq(m)
    m.tool("sudo", "exit 1")


def no_zeromq_on_fedora(m: Machine) -> None:
    m.tool("pkg-config", "exit 1")
    m.tool("dnf", "exit 1")


def no_compiler_on_arch(m: Machine) -> None:
    m.without("cc")
    m.tool("pacman", "exit 1")


def no_zeromq_as_root_without_network(m: Machine) -> None:
    no_zeromq(m)
    m.tool("id", "echo 0")
    m.tool("apt-get", "echo \"Could not resolve 'deb.debian.org'\"; exit 100")


def no_venv(m: Machine) -> None:
    m.environment["FAKE_NO_VENV"] = "1"
    m.tool("apt-get", "exit 1")


def old_python(m: Machine) -> None:
    m.environment |= {"FAKE_PYTHON_OLD": "1", "FAKE_PYTHON_VERSION": "3.9.2"}


def full_disk(m: Machine) -> None:
    m.tool("df", "echo Filesystem; echo /dev/x 100 99 102400 99% /")


def disk_fills_up(m: Machine) -> None:
    m.environment["FAKE_CARGO_ERROR"] = "error: No space left on device (os error 28)"


def cargo_without_network(m: Machine) -> None:
    m.environment["FAKE_CARGO_ERROR"] = "warning: spurious network error (3 tries remaining)\nerror: failed to download"


def broken_build(m: Machine) -> None:
    m.environment["FAKE_CARGO_ERROR"] = "error[E0308]: mismatched types"


def pip_without_network(m: Machine) -> None:
    m.environment["FAKE_PIP_ERROR"] = "NewConnectionError: Failed to establish a new connection"


def macos(m: Machine) -> None:
    m.tool("uname", '[ "$1" = -s ] && echo Darwin || echo arm64')


def riscv(m: Machine) -> None:
    m.tool("uname", '[ "$1" = -s ] && echo Linux || echo riscv64')


@pytest.mark.parametrize(
    "lacking, said",
    [
        (lambda m: m.without("rustc"), ["Rust is missing", "rustup.rs"]),
        (lambda m: m.without("cargo"), ["Rust is missing", "rustup.rs"]),
        (old_rust, ["Rust 1.80.1 is too old", "rustup.rs"]),
        (old_rust_with_rustup, ["Rust 1.80.1 is too old", "rustup update stable"]),
        (no_rust_source, ["rust-src) is missing"]),
        (no_rust_source_and_no_network, ["rustup component add rust-src", "network"]),
        (no_zeromq, ["Missing: libzmq3-dev", "Without root or sudo", "apt-get install libzmq3-dev"]),
        (no_zeromq_with_refusing_sudo, ["Missing: libzmq3-dev", "Without root or sudo"]),
        (no_zeromq_on_fedora, ["Missing: zeromq-devel", "sudo dnf install zeromq-devel"]),
        (no_compiler_on_arch, ["Missing: base-devel", "sudo pacman -S base-devel"]),
        (no_zeromq_as_root_without_network, ["libzmq3-dev could not be installed", "network"]),
        (lambda m: m.without("pkg-config"), ["Missing: pkg-config libzmq3-dev"]),
        (no_venv, ["can't make virtual environments", "python3-venv"]),
        (old_python, ["Python 3.11 or later is missing", "3.9.2"]),
        (lambda m: m.without("python3"), ["Python 3.11 or later is missing"]),
        (full_disk, ["Not enough disk space", "100 MB are free"]),
        (disk_fills_up, ["The disk is full", "goes on where it stopped"]),
        (cargo_without_network, ["could not be built", "network", "goes on where it stopped"]),
        (broken_build, ["could not be built", "E0308"]),
        (pip_without_network, ["JupyterLab could not be installed", "network"]),
        (macos, ["Linux on x86-64 and aarch64", "Darwin on arm64"]),
        (riscv, ["Linux on x86-64 and aarch64", "Linux on riscv64"]),
    ],
    ids=lambda value: getattr(value, "__name__", None) if callable(value) else "",
)
def test_says_what_is_lacking(machine: Machine, lacking, said: list[str]):
    lacking(machine)
    result = machine.install()
    assert result.returncode == 1, result.stdout + result.stderr
    for words in said:
        assert words in result.stderr
    for noise in ("unbound variable", "command not found", "line "):
        assert noise not in result.stderr


@pytest.mark.parametrize(
    "options, said",
    [
        (["--port", "http"], "--port takes a number from 1 to 65535, not 'http'"),
        (["--port", "70000"], "not '70000'"),
        (["--port"], "--port needs a value"),
        (["--prefix", ""], "--prefix takes a folder"),
        (["--prefix", "/"], "choose a folder of its own"),
        (["--fast"], "Unknown option: --fast"),
    ],
)
def test_refuses_options_that_make_no_sense(machine: Machine, options: list[str], said: str):
    result = machine.install(*options)
    assert result.returncode == 1
    assert said in result.stderr
    assert machine.log.read_text() == ""


def test_root_installs_what_is_missing(machine: Machine):
    machine.tool("id", "echo 0")
    machine.tool("pkg-config", f'grep -q libzmq3-dev "{machine.log}"')
    machine.tool("apt-get", 'echo "apt $*" >>"$FAKE_LOG"')
    result = machine.install()
    assert result.returncode == 0, result.stderr
    assert "libzmq3-dev" in machine.log.read_text()


def test_sudo_without_password_installs_what_is_missing(machine: Machine):
    machine.tool("pkg-config", f'grep -q "sudo.*libzmq3-dev" "{machine.log}"')
    machine.tool("apt-get", "")
    machine.tool("sudo", 'echo "sudo $*" >>"$FAKE_LOG"; shift; "$@"')
    result = machine.install()
    assert result.returncode == 0, result.stderr


def test_missing_rust_source_is_added_by_rustup(machine: Machine):
    machine.rust_source.unlink()
    machine.tool("rustup", 'echo "rustup $*" >>"$FAKE_LOG"')
    result = machine.install()
    assert result.returncode == 0, result.stderr
    assert "rustup component add rust-src" in machine.log.read_text()


def test_second_run_installs_no_python_package_again(machine: Machine):
    for _ in range(2):
        result = machine.install()
        assert result.returncode == 0, result.stderr
        assert "Ready." in result.stdout
    assert machine.log.read_text().split() == ["cargo", "pip", "cargo"]


def test_changed_requirements_are_installed(machine: Machine):
    machine.install()
    with (machine.root / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    machine.install()
    assert machine.log.read_text().split().count("pip") == 2


def test_goes_on_after_a_failure(machine: Machine):
    pip_without_network(machine)
    assert machine.install().returncode == 1
    machine.environment.clear()
    result = machine.install()
    assert result.returncode == 0, result.stderr
    assert (machine.root / ".venv/share/jupyter/kernels/twoaxes/kernel.json").is_file()


def test_a_half_made_environment_is_made_anew(machine: Machine):
    machine.install()
    (machine.root / ".venv/bin/python").unlink()
    result = machine.install()
    assert result.returncode == 0, result.stderr
    assert (machine.root / ".venv/bin/python").exists()


def test_installs_the_kernelspec_with_its_logo(machine: Machine):
    assert machine.install().returncode == 0
    folder = machine.root / ".venv/share/jupyter/kernels/twoaxes"
    assert {p.name for p in folder.iterdir()} == {"kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"}
    spec = json.loads((folder / "kernel.json").read_text())
    assert spec == {"argv": [str(machine.root / ".venv/bin/twoaxes-kernel")], "encryption": ["fake"]}


def test_a_kernel_that_does_not_start_is_not_registered(machine: Machine):
    machine.tool("cargo", CARGO.replace("&& echo", "&& exit 3; echo"))
    result = machine.install()
    assert result.returncode == 1
    assert "doesn't start" in result.stderr and "hint: " in result.stderr


def test_uninstall_leaves_what_was_there(machine: Machine):
    before = machine.files()
    assert machine.install("--no-lab", "--user").returncode == 0
    kept = machine.home / ".local/share/jupyter/kernels/other"
    kept.mkdir()
    assert (kept.parent / "twoaxes/kernel.json").is_file()
    result = machine.install("--uninstall")
    assert result.returncode == 0, result.stderr
    assert machine.files() == before
    assert kept.is_dir()
    assert not (kept.parent / "twoaxes").exists()


def test_uninstall_from_a_folder_that_was_there(machine: Machine):
    prefix = machine.root / "theirs"
    for theirs in ("bin/tool", "lib/thing", "share/data"):
        (prefix / theirs).parent.mkdir(parents=True, exist_ok=True)
        (prefix / theirs).touch()
    before = machine.files()
    result = machine.install("--no-lab", "--prefix", str(prefix))
    assert result.returncode == 0, result.stderr
    assert (prefix / "bin/twoaxes-kernel").is_file()
    assert (prefix / "share/jupyter/kernels/twoaxes/kernel.json").is_file()
    assert machine.install("--uninstall", "--prefix", str(prefix)).returncode == 0
    assert machine.files() == before


def test_uninstall_of_nothing(machine: Machine):
    (machine.root / ".venv/bin").mkdir(parents=True)
    before = machine.files()
    result = machine.install("--uninstall")
    assert result.returncode == 0
    assert "nothing removed" in result.stdout
    assert machine.files() == before


def test_uninstall_leaves_the_kernelspec_of_another_checkout(machine: Machine):
    assert machine.install("--no-lab", "--user").returncode == 0
    spec = machine.home / ".local/share/jupyter/kernels/twoaxes/kernel.json"
    spec.write_text('{"argv": ["/another/bin/twoaxes-kernel"]}')
    assert machine.install("--uninstall").returncode == 0
    assert spec.exists()


def test_without_lab_says_how_to_start_it(machine: Machine):
    result = machine.install()
    assert "bin/jupyter lab" in result.stdout.splitlines()[-1]


@pytest.mark.parametrize("shell", [ROOT / "install.sh", ROOT / "tests/run.sh", ROOT / "tests/lock.sh", ROOT / ".ci/run"])
def test_shell_scripts_parse(shell: Path):
    subprocess.run(["bash", "-n", shell], check=True)
    assert os.access(shell, os.X_OK)

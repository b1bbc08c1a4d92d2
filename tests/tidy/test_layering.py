"""Who may depend on whom, read off the imports. ARCHITECTURE.md gives reasons."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# For each crate, what each room may use of the other rooms. A room that is not
# listed may use nothing; a file beside the rooms is a room of its own. The
# crate's own lib.rs and main.rs join all.
ALLOWED = {
    "src": {
        "trace": set(),
        "notebook": set(),
        "html": set(),
        "cards": {"notebook"},
        "panics": set(),
        "stderr": set(),
        "ledger": {"notebook"},
        "progress_bar": {"notebook", "html"},
        "widgets": {"notebook"},
        "threads": {"trace", "plot", "notebook", "cell"},
        "timeit": {"notebook"},
        "cell": {"notebook", "panics"},
        "machine": {"trace"},
        "record": {"trace", "machine"},
        "team": {"machine"},
        "model": {"trace", "panics", "stderr"},
        "barista": {"trace", "model", "machine", "record", "team"},
        "workers": {"trace", "model", "machine", "record", "team", "predict"},
        "quadrants": {"trace", "model", "workers", "machine", "record", "team"},
        "server": {"trace", "machine", "record", "predict"},
        "predict": {"trace", "html", "cards", "notebook"},
        "pitfalls": {"trace", "model", "barista", "workers", "machine", "record", "team", "predict"},
        "quiz": {"notebook", "html", "cards", "ledger", "widgets"},
        "exercise": {"quiz", "model", "notebook", "html", "cards", "ledger", "panics", "stderr"},
        "plot": {
            *("trace", "machine", "model", "barista", "workers", "quadrants", "pitfalls", "server", "predict"),
            *("notebook", "html"),
        },
    },
    "kernel/src": {
        "protocol": set(),
        "bridge": set(),
        "html": set(),
        "toolchain": {"bridge", "sandbox"},
        "runtime": {"bridge", "toolchain", "sandbox"},
        "engine": {"bridge", "runtime", "toolchain", "sandbox", "html"},
        "session": {"protocol", "engine", "html"},
        "sandbox": set(),
        "batch": {"engine"},
        "place": {"engine", "toolchain"},
        "launch": {"protocol", "session", "batch", "engine", "runtime", "toolchain", "bridge", "sandbox", "place"},
    },
    "grader/src": {
        "notebook": set(),
        "course": {"notebook"},
        "format": {"notebook", "course"},
        "release": {"notebook", "course", "format"},
        "results": set(),
        "submissions": {"notebook"},
        "plan": {"notebook", "course", "release", "results"},
        "run": {"plan"},
        "score": {"notebook", "plan", "run", "results"},
        "gradebook": {"results"},
        "report": {"gradebook", "results", "course", "notebook"},
        "proof": {"notebook", "course", "plan", "run", "score", "results"},
        "grade": {"notebook", "course", "plan", "run", "score", "results", "gradebook", "submissions"},
        "cli": {
            *("course", "format", "release", "proof", "grade", "gradebook", "report", "results", "run", "score"),
            "submissions",
        },
    },
}

# Simulators give the same result every time. Only what is called `measure`
# there runs for real.
NO_CLOCK = ("trace", "model", "barista", "workers", "quadrants", "pitfalls")
CLOCK = re.compile(
    r"\b(Instant|SystemTime|std::env|thread_rng|ThreadRng|OsRng|from_os_rng|from_entropy|getrandom)\b"
    r"|\brand::(rng|random\w*)\b"
    r"|\brand::\{[^;]*\b(rng|random\w*)\b"
)


def code_of(path: Path) -> str:
    """A file without comments, texts and its test module."""
    text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.DOTALL)
    return re.sub(r"#\[cfg\(test\)\]\s*mod \w+ \{.*", "", text, flags=re.DOTALL)


def is_measured(inside: Path) -> bool:
    return "measure" in inside.with_suffix("").parts


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.stem == "tests"


def module_of(inside: Path) -> list[str]:
    """`room/a.rs` is the module room::a, `room/mod.rs` the module room."""
    names = list(inside.with_suffix("").parts)
    return names[:-1] if names[-1] == "mod" else names


def spelled(code: str, at: int) -> tuple[list[list[str]], int]:
    """The paths that begin at `at`, groups written out, and where they end."""
    names = []
    while True:
        if step := re.compile(r"\s*\{").match(code, at):
            found, at = [], step.end()
            while True:
                below, at = spelled(code, at)
                found += [names + path for path in below]
                step = re.compile(r"(?:\s+as\s+\w+)?\s*([,}])").match(code, at)
                at = step.end() if step else at
                if not step or step[1] == "}":
                    return found, at
        if not (step := re.compile(r"\s*(\w+|\*)").match(code, at)):
            return [names], at
        names.append(step[1])
        at = step.end()
        if not (step := re.compile(r"\s*::").match(code, at)):
            return [names], at
        at = step.end()


def inline_modules(code: str, at: int) -> list[str]:
    """The `mod name { }` around a place in a file, from the outside in."""
    around = []
    for match in re.finditer(r"\bmod\s+(\w+)\s*\{", code[:at]):
        depth, place = 1, match.end()
        while depth and place < at:
            depth += {"{": 1, "}": -1}.get(code[place], 0)
            place += 1
        if depth:
            around.append(match[1])
    return around


def imports(code: str, module: list[str]) -> set[str]:
    """The other rooms that code in `module` names, through `crate::` or `super::`;
    "*" where it takes in all of the crate's root."""
    found = set()
    for start in re.finditer(r"(?<![\w:])(?:crate|super|self)\s*::", code):
        for path in spelled(code, start.start())[0]:
            at = module + inline_modules(code, start.start())
            for name in path:
                if name == "crate":
                    at = []
                elif name == "super":
                    at = at[:-1]
                elif name != "self":
                    at = [*at, name]
            found |= set(at[:1])
    return found - {module[0]}


def graph(crate: str) -> dict[str, set[str]]:
    base = ROOT / crate
    edges = defaultdict(set)
    for path in base.rglob("*.rs"):
        inside = path.relative_to(base)
        room = inside.parts[0].removesuffix(".rs")
        if is_test(inside) or room in ("lib", "main"):
            continue
        edges[room] |= imports(code_of(path), module_of(inside))
    return dict(edges)


@pytest.mark.parametrize("crate", ALLOWED)
def test_rooms_use_only_what_they_may(crate: str):
    wrong = {
        f"{room} uses {used}"
        for room, names in graph(crate).items()
        for used in names - ALLOWED[crate].get(room, set())
        if used == "*" or (ROOT / crate / used).is_dir() or (ROOT / crate / f"{used}.rs").is_file()
    }
    assert wrong == set()


@pytest.mark.parametrize("crate", ["src", "kernel/src", "grader/src"])
def test_no_rooms_use_each_other(crate: str):
    edges = graph(crate)

    def reach(room: str) -> set[str]:
        found, ahead = set(), [room]
        while ahead:
            for name in edges.get(ahead.pop(), set()) - found:
                found.add(name)
                ahead.append(name)
        return found

    assert {room for room in edges if room in reach(room)} == set()


@pytest.mark.parametrize("room", NO_CLOCK)
def test_simulators_read_no_clock(room: str):
    wrong = []
    for path in (ROOT / "src" / room).rglob("*.rs"):
        inside = path.relative_to(ROOT / "src")
        if is_test(inside) or is_measured(inside):
            continue
        code = code_of(path)
        if CLOCK.search(code) or imports(code, module_of(inside)) & {"machine", "record", "team"}:
            wrong.append(str(inside))
    assert wrong == []


@pytest.mark.parametrize(
    "module, code, names",
    [
        ("r", "use crate::a::B;", {"a"}),
        ("r", "use crate::{a::{B, C}, d, e::F};", {"a", "d", "e"}),
        ("r", "use crate::{a::{self, B as C}, d as e, f::*,};", {"a", "d", "f"}),
        ("r", "let x = crate::a::f(crate::b::C);", {"a", "b"}),
        ("r", "let x = crate::a::f::<crate::b::C>();", {"a", "b"}),
        ("r", "use crate::r::s; pub(super) fn f() {}", set()),
        ("r", "use super::a;", {"a"}),
        ("r::s", "use super::a;", set()),
        ("r::s", "use super::super::a;", {"a"}),
        ("r::s", "use self::super::super::a::B;", {"a"}),
        ("r::s", "use super::{super::{a::B, d}, e};", {"a", "d"}),
        ("r::s::t", "use super::super::a;", set()),
        ("r::s::t", "let x = super::super::super::a::f();", {"a"}),
        ("r::s", "mod t { use super::super::a; }", set()),
        ("r::s", "mod t { fn f() {} } use super::super::a;", {"a"}),
        ("r::s", "use super::super::*;", {"*"}),
        ("r", "use crate::*;", {"*"}),
    ],
)
def test_reading_of_imports(module: str, code: str, names: set[str]):
    assert imports(code, module.split("::")) == names


@pytest.mark.parametrize(
    "file, module",
    [("r.rs", ["r"]), ("r/mod.rs", ["r"]), ("r/a.rs", ["r", "a"]), ("r/a/mod.rs", ["r", "a"])],
)
def test_module_of_a_file(file: str, module: list[str]):
    assert module_of(Path(file)) == module


@pytest.mark.parametrize(
    "code, found",
    [
        ("let now = Instant::now();", True),
        ("let mut rng = rand::rng();", True),
        ("let x: u8 = rand::random();", True),
        ("let x = rand::random_range(1..6);", True),
        ("use rand::{Rng, random};", True),
        ("use rand::{rngs::StdRng, rng};", True),
        ("let rng = StdRng::from_os_rng();", True),
        ("use rand::{Rng, SeedableRng, rngs::StdRng};", False),
        ("use rand::rngs::StdRng; let rng = StdRng::seed_from_u64(7);", False),
    ],
)
def test_reading_of_clocks_and_dice(code: str, found: bool):
    assert bool(CLOCK.search(code)) == found

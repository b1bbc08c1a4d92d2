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
        "cell": {"notebook"},
        "model": {"trace"},
        "barista": {"trace", "model"},
        "workers": {"trace", "model"},
        "quadrants": {"trace", "model", "workers"},
        "pitfalls": {"trace", "model", "workers"},
        "quiz": {"notebook", "html"},
        "plot": {"trace", "model", "barista", "workers", "quadrants", "pitfalls", "notebook", "html"},
    },
    "kernel/src": {
        "protocol": set(),
        "bridge": set(),
        "toolchain": {"bridge"},
        "runtime": {"bridge", "toolchain"},
        "engine": {"bridge", "runtime", "toolchain"},
        "session": {"protocol", "engine"},
        "launch": {"protocol", "session", "engine", "runtime", "toolchain", "bridge"},
    },
}

# Simulators give the same result every time.
NO_CLOCK = ("trace", "model", "barista")
CLOCK = re.compile(r"\b(Instant|SystemTime|std::env|thread_rng|from_os_rng|rand::random)\b")


def code_of(path: Path) -> str:
    """A file without comments, texts and its test module."""
    text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text, flags=re.DOTALL)
    return re.sub(r"#\[cfg\(test\)\]\s*mod \w+ \{.*", "", text, flags=re.DOTALL)


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.stem == "tests"


def first_names(group: str) -> list[str]:
    """`a, b::{c, d}, e::f` names a, b and e."""
    while "{" in group:
        group = re.sub(r"\{[^{}]*\}", "", group)
    return re.findall(r"(?:^|,)\s*(\w+)", group)


def imports(code: str) -> set[str]:
    found = set()
    for match in re.finditer(r"\bcrate::(?:(\w+)|(\{))", code):
        if match[1]:
            found.add(match[1])
            continue
        depth, end = 1, match.end()
        while depth and end < len(code):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        found |= set(first_names(code[match.end() : end - 1]))
    return found


def graph(crate: str) -> dict[str, set[str]]:
    base = ROOT / crate
    edges = defaultdict(set)
    for path in base.rglob("*.rs"):
        inside = path.relative_to(base)
        room = inside.parts[0].removesuffix(".rs")
        if is_test(inside) or room in ("lib", "main"):
            continue
        edges[room] |= {name for name in imports(code_of(path)) if name != room}
    return dict(edges)


@pytest.mark.parametrize("crate", ALLOWED)
def test_rooms_use_only_what_they_may(crate: str):
    wrong = {
        f"{room} uses {used}"
        for room, names in graph(crate).items()
        for used in names - ALLOWED[crate].get(room, set())
        if (ROOT / crate / used).is_dir() or (ROOT / crate / f"{used}.rs").is_file()
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
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src" / room).rglob("*.rs")
        if not is_test(path.relative_to(ROOT / "src")) and CLOCK.search(code_of(path))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "code, names",
    [
        ("use crate::a::B;", {"a"}),
        ("use crate::{a::{B, C}, d, e::F};", {"a", "d", "e"}),
        ("let x = crate::a::f(crate::b::C);", {"a", "b"}),
        ("use super::a;", set()),
    ],
)
def test_reading_of_imports(code: str, names: set[str]):
    assert imports(code) == names

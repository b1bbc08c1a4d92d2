"""Checks the notebooks of both editions, the example of an exam and the question bank.

Prints a line for each thing that is wrong, with its place, and exits with 1 if
there is one. It writes nothing.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = (NOTEBOOKS / "source", ROOT / "examples/exam")
# What a notebook that nobody has run may say of a cell; in the students'
# edition also what Jupyter shall not let them do.
METADATA = {"nbgrader", "tags", "jupyter"}
LOCKS = {"deletable", "editable"}
WORDS = Path(__file__).with_name("words.txt")

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)


def main() -> int:
    problems = []
    for path in notebooks():
        problems += [f"{path.relative_to(ROOT)}: {problem}" for problem in of_notebook(path)]
    problems += references()
    problems += spelling()
    for problem in problems:
        print(problem)
    print(f"{len(list(notebooks()))} notebooks checked, {len(problems)} problems")
    return 1 if problems else 0


def notebooks() -> Iterator[Path]:
    for folder in (NOTEBOOKS, *SOURCES):
        yield from sorted(folder.glob("*.ipynb"))


def of_notebook(path: Path) -> Iterator[str]:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"is not valid: {error.message}"
    ids = [cell.get("id") for cell in notebook.cells]
    for twice in {i for i in ids if ids.count(i) > 1}:
        yield f"the id {twice!r} stands there twice"
    stray = set(notebook.metadata) - {"kernelspec", "language_info"}
    if stray:
        yield f"stray metadata: {', '.join(sorted(stray))}"
    for cell in notebook.cells:
        for problem in of_cell(cell, path):
            yield f"cell {cell.get('id')}: {problem}"


def of_cell(cell: nbformat.NotebookNode, path: Path) -> Iterator[str]:
    stray = set(cell.metadata) - METADATA - (set() if path.parent in SOURCES else LOCKS)
    if stray:
        yield f"stray metadata: {', '.join(sorted(stray))}"
    if cell.cell_type == "code":
        if cell.outputs or cell.execution_count is not None:
            yield "has outputs of a run"
        return
    prose = CODE.sub("", FENCE.sub("", cell.source))
    # What one place renders and another does not.
    if match := re.search(r"</?[a-zA-Z!][^>]*>", prose):
        yield f"raw HTML, which not every page shows: {match[0]}"
    if match := re.search(r"(?<!\\)\$", prose):
        yield "a formula in LaTeX, which an exported page cannot show without the network"
    if "![" in prose:
        yield "a picture from a file; figures come from cells, which have a text for it"
    for label, target in LINK.findall(prose):
        if not label.strip():
            yield f"a link without words: {target}"
        yield from of_link(target, path)


def of_link(target: str, path: Path) -> Iterator[str]:
    if target.startswith(("http://", "https://")):
        return
    # Links are meant for the folder in which students have the notebook.
    file, _, anchor = target.partition("#")
    there = (NOTEBOOKS / file) if file else path
    if not there.is_file():
        yield f"the link {target!r} leads nowhere"
    elif anchor and there.suffix == ".ipynb" and anchor not in anchors(there):
        yield f"the link {target!r} names no heading"


def anchors(path: Path) -> set[str]:
    """As JupyterLab makes them: the heading, with hyphens for spaces."""
    cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
    headings = [m[1] for c in cells if c.cell_type == "markdown" for m in HEADING.findall(FENCE.sub("", c.source))]
    return {heading.replace(" ", "-") for heading in headings}


def references() -> Iterator[str]:
    """What a card names for further reading has to stand in its notebook's list."""
    named = {entry["id"]: entry.get("reference", "") for _, entry in entries()}
    for path in sorted((NOTEBOOKS / "source").glob("*.ipynb")):
        sources = [cell.source for cell in nbformat.read(path, as_version=nbformat.NO_CONVERT).cells]
        listed = next((source for source in sources if source.startswith("## References")), "").split("\n- ")
        answers = [match[1] for source in sources if (match := re.match(r'answer\("([^"]+)"', source))]
        for question, reference in ((q, r) for q in answers for r in named[q].split("; ")):
            year = re.search(r"\((\d{4})\)", reference)
            surname = re.split(r", | and ", reference)[0].split()[-1]
            if year is None or not any(surname in entry and year[1] in entry for entry in listed):
                yield f"{path.name}: the reference of {question} is not in its list: {reference}"


def spelling() -> list[str]:
    if shutil.which("hunspell") is None:
        return ["spelling: hunspell is missing (Debian: apt-get install hunspell hunspell-en-gb)"]
    texts = dict(prose())
    unknown = misspelt("\n".join(texts.values()))
    found = []
    for place, text in texts.items():
        words = sorted(set(re.findall(r"[A-Za-zÀ-ÿ'’]+", text)) & unknown)
        if words:
            found.append(f"{place}: not in the dictionary or in words.txt: {', '.join(words)}")
    return found


def misspelt(text: str) -> set[str]:
    command = ["hunspell", "-d", "en_GB", "-i", "utf-8", "-p", str(WORDS), "-l"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"hunspell failed: {run.stderr.strip()} (Debian: apt-get install hunspell-en-gb)")
    return set(run.stdout.split())


def prose() -> Iterator[tuple[str, str]]:
    """Everything that students read, without code, each with its place."""
    for path in sorted(path for folder in SOURCES for path in folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=nbformat.NO_CONVERT).cells:
            text = cell.source
            if cell.cell_type == "code":
                text = "\n".join(re.findall(r"//+ (?!STUB|BEGIN|END)(.*)", text))
            yield f"{path.name}, cell {cell.get('id')}", plain(text)
    for path, entry in entries():
        yield f"{path.name}, {entry['id']}", plain("\n".join(sentences(entry)))


def entries() -> Iterator[tuple[Path, dict]]:
    """Every question and exercise, with its file."""
    for path in sorted(path for folder in (ROOT / "src/quiz/bank", *SOURCES) for path in folder.glob("*.toml")):
        bank = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in bank.get("question", []) + bank.get("exercise", []):
            yield path, entry


def plain(markdown: str) -> str:
    text = CODE.sub("", FENCE.sub("", markdown))
    return re.sub(r"[*_]+", "", LINK.sub(r"\1", text)).replace("’", "'")


def sentences(entry: object) -> Iterator[str]:
    """The texts of a question, not its code and not its literal answers."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            if key not in ("id", "kind", "code", "answer", "accept", "unit"):
                yield from sentences(value)
    elif isinstance(entry, list):
        for value in entry:
            yield from sentences(value)
    elif isinstance(entry, str):
        yield entry


if __name__ == "__main__":
    sys.exit(main())

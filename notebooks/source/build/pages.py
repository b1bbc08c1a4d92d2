"""The course as pages that need neither Jupyter nor the network.

usage: pages.py DIR [--executed FOLDER]

Each source notebook is run (or taken from FOLDER, where somebody has run them)
and shown as students have it: figures keep their sliders, an answer is folded
away behind its question, and exercises show what is to be written.
"""

import argparse
import html
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_output

NOTEBOOKS = Path(__file__).resolve().parents[2]
PAGE = Path(__file__).with_name("page")
# What the chapters' cells say of predictions that nobody has written down: a
# reader of a page cannot.
NO_PREDICTION = re.compile(r"(?: You wrote down no number: try to, next time\.|you said \? +|  +no guess(?=\n|$))")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out", type=Path, help="the folder that receives the pages")
    parser.add_argument("--executed", type=Path, help="source notebooks that were run already")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    names = sorted(path.stem for path in (NOTEBOOKS / "source").glob("*.ipynb"))
    chapters = [{"name": name, "title": title(name)} for name in names]
    for name in names:
        run = taken(name, options.executed) or executed(name)
        if problem := first_error(run):
            print(f"{name}: {problem}")
            return 1
        page = options.out / f"{name}.html"
        page.write_text(rendered(as_students_have_it(run, name), name, chapters), encoding="utf-8")
        print(f"{page}: {page.stat().st_size // 1024} KB")
    (options.out / "index.html").write_text(index(chapters), encoding="utf-8")
    return 0


def title(name: str) -> str:
    first = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells[0].source
    return first.splitlines()[0].lstrip("# ")


def taken(name: str, folder: Path | None) -> NotebookNode | None:
    """The notebook as somebody has run it, unless its source is another one now."""
    path = folder / f"{name}.ipynb" if folder else None
    if path is None or not path.is_file():
        return None
    run = nbformat.read(path, as_version=4)
    source = nbformat.read(NOTEBOOKS / f"source/{name}.ipynb", as_version=4)
    same = [cell.source for cell in run.cells] == [cell.source for cell in source.cells]
    return run if same else None


def executed(name: str) -> NotebookNode:
    notebook = nbformat.read(NOTEBOOKS / f"source/{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="twoaxes",
        timeout=120,
        startup_timeout=120,
        allow_errors=True,
        resources={"metadata": {"path": str(NOTEBOOKS / "source")}},
    )
    return client.execute()


def first_error(notebook: NotebookNode) -> str | None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"cell {cell.id}: {output.ename}: {output.evalue}"
    return None


def as_students_have_it(run: NotebookNode, name: str) -> NotebookNode:
    """Sources of the students' edition, with the outputs of the run that may be
    seen: no score, and no answer before it is asked for."""
    made = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    outputs = {cell.id: cell.outputs for cell in run.cells if cell.cell_type == "code"}
    for cell in made.cells:
        if cell.cell_type != "code":
            cell.source = cell.source.replace(".ipynb)", ".html)").replace(".ipynb#", ".html#")
            continue
        cell.outputs = [unreproached(output) for output in outputs.get(cell.id, []) if not is_reminder(output)]
        if cell.source.startswith("answer("):
            cell.outputs = [folded(output) for output in cell.outputs]
        elif "quiz::measured(" in cell.source:
            cell.outputs = [o if is_figure(o) else folded(o) for o in cell.outputs]
        elif cell.metadata.get("nbgrader", {}).get("grade"):
            cell.outputs = []
    return made


def is_reminder(output: NotebookNode) -> bool:
    """The card of a prediction that nobody has written down."""
    return "No prediction yet" in output.get("data", {}).get("text/plain", "")


def unreproached(output: NotebookNode) -> NotebookNode:
    """Printed text without a word on what the reader did not predict."""
    if output.output_type == "stream":
        output.text = NO_PREDICTION.sub("", output.text)
    return output


def is_figure(output: NotebookNode) -> bool:
    return "twoaxes-verdict" not in output.get("data", {}).get("text/html", "")


def folded(output: NotebookNode) -> NotebookNode:
    """A card that opens when somebody wants to know."""
    card = output.get("data", {}).get("text/html")
    if card is None:
        return output
    details = f'<details class="course-answer"><summary>Think first, then open: the answer</summary>{card}</details>'
    return new_output("display_data", data={"text/html": details})


def rendered(notebook: NotebookNode, name: str, chapters: list[dict]) -> str:
    exporter = HTMLExporter(
        template_name=PAGE.name,
        extra_template_basedirs=[str(PAGE.parent)],
        anchor_link_text="",
        embed_images=True,
    )
    resources = {"metadata": {"name": name}, "chapters": chapters}
    notebook.metadata["title"] = f"{title(name)} · twoaxes"
    return exporter.from_notebook_node(notebook, resources=resources)[0]


def index(chapters: list[dict]) -> str:
    items = "\n".join(
        f'<li><a href="{chapter["name"]}.html">{html.escape(chapter["title"])}</a></li>' for chapter in chapters
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>twoaxes: concurrency and parallelism</title>
<style>body {{ font: 17px/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; }} li {{ margin: 0.3em 0; }}</style>
</head>
<body>
<h1>Concurrency and parallelism are two axes</h1>
<p>The chapters of the course, with every simulation and every real run as they came out on one machine. Sliders
work here. To change a cell, to answer and to be graded, open the notebooks in JupyterLab.</p>
<ol start="0">
{items}
</ol>
</body>
</html>
"""


if __name__ == "__main__":
    sys.exit(main())

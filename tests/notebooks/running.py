"""Notebooks in a kernel of their own, as Run All and a student's hands do it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parents[2]
KERNEL = os.environ.get("TWOAXES_TEST_KERNEL", "twoaxes")
# Where whole notebooks are left with their outputs, to be looked at.
EXECUTED = Path(os.environ.get("TWOAXES_EXECUTED", ROOT / "target/executed"))


class Running:
    """A notebook and the kernel that runs it."""

    def __init__(self, notebook: NotebookNode, client: NotebookClient):
        self.notebook = notebook
        self.client = client

    def run_all(self) -> None:
        for number, cell in enumerate(self.notebook.cells):
            self.client.execute_cell(cell, number)

    def run(self, source: str) -> NotebookNode:
        """A cell that is not part of the notebook."""
        return self.client.execute_cell(new_code_cell(source), 0)


@contextlib.contextmanager
def opened(path: Path, folder: Path) -> Iterator[Running]:
    """The notebook at `path`, run in `folder`, where its kernel may write."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=120,
        startup_timeout=90,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        yield Running(notebook, client)


def text(cell: NotebookNode) -> str:
    """What a cell has shown, as plain text."""
    parts = []
    for output in cell.outputs:
        match output.output_type:
            case "stream":
                parts.append(output.text)
            case "error":
                parts.append(f"{output.ename}: {output.evalue}")
            case _:
                parts.append(output.data.get("text/plain", ""))
    return "\n".join(parts)


def value(cell: NotebookNode) -> str | None:
    """The value of a cell's last expression."""
    results = [output for output in cell.outputs if output.output_type == "execute_result"]
    return results[-1].data["text/plain"] if results else None


def errors(notebook: NotebookNode) -> list[str]:
    return [
        f"cell {number} ({cell.id}): {output['ename']}: {output['evalue']}\n{cell['source']}"
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def role(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})

"""Every notebook runs from its first cell to its last, as `Run all` does."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(p for folder in ("notebooks", "notebooks/source") for p in (ROOT / folder).glob("*.ipynb"))


@pytest.mark.timeout(420)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: str(p.relative_to(ROOT)))
def test_notebook_runs_without_an_error(path: Path, tmp_path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    kernel = os.environ.get("TWOAXES_TEST_KERNEL", "twoaxes")
    client = NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=120,
        startup_timeout=90,
        allow_errors=True,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    nbformat.write(notebook, tmp_path / path.name)
    failed = [
        f"cell {number}: {output['ename']}: {output['evalue']}\n{cell['source']}"
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert failed == []
    counts = [c.execution_count for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_notebook_is_handed_out_without_outputs(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert all(not c.outputs for c in notebook.cells if c.cell_type == "code")
    assert notebook.metadata.kernelspec.name == "twoaxes"

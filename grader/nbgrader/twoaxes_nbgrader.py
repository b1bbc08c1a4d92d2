"""What nbgrader has to know of twoaxes: how a release is made, what of a submission counts, and what a check is worth.

nbgrader_config.py names these preprocessors. The release itself is made by
`twoaxes-grader release`, so that there is one way to make it.
"""

import copy
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked, is_solution

KERNEL = "twoaxes"
# Where `Release` leaves for `HandOut` what students get of locked cells.
KEPT = "twoaxes_locked_cells"

# The answer to a question. Behind its name there may be an order of its options.
ANSWER = re.compile(r'\banswer\s*\(\s*"(?P<question>[\w-]+)(?::\w+)?"\s*,[^;\n]*\)')

Result = tuple[NotebookNode, dict]


class Release(NbGraderPreprocessor):
    """Makes the students' edition, except for locked cells: the database shall know these with hidden tests and keys."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> Result:
        made = students_edition(self, resources)
        kept = {}
        # A release has the cells of its source, in their order.
        for cell, source in zip(made.cells, nb.cells, strict=True):
            if is_locked(cell):
                kept[grade_id(cell)] = cell.source
                cell.source = source.source
        resources[KEPT] = kept
        return made, resources


class HandOut(NbGraderPreprocessor):
    """Takes hidden tests and keys out of locked cells, once the database knows them."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> Result:
        for cell in nb.cells:
            cell.source = resources[KEPT].get(grade_id(cell), cell.source)
        return nb, resources


class NoQuestionFiles(NbGraderPreprocessor):
    """Takes question files, which have the keys, out of a folder that students get. nbgrader copies all files."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> Result:
        about = resources["nbgrader"]
        folder = converter(self)._format_dest(about["assignment"], about["student"])
        for questions in Path(folder).glob("*.toml"):
            questions.unlink()
        return nb, resources


class Answers(NbGraderPreprocessor):
    """Puts the answers of a submission into the notebook as it was handed out. Nothing else of the submission counts.

    Cells are found by their names, as `twoaxes-grader` finds them, so that it
    makes no difference where they were moved to.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> Result:
        made = students_edition(self, resources)
        answered = {}
        for cell in nb.cells:
            if cell.cell_type == "code":
                answered |= {call["question"]: f"{call[0]};" for call in ANSWER.finditer(cell.source)}
        for cell in filter(is_solution, made.cells):
            written = answer_to(cell, nb.cells)
            question = ANSWER.search(cell.source)
            if question and "answer" not in written:
                # Whoever has lost the cell of a question may answer it in any other.
                written = answered.get(question["question"], written)
            cell.source = written or cell.source
        return made, resources


class Points(NbGraderPreprocessor):
    """Lets a check be worth its number, or nothing if it failed.

    nbgrader goes by the first output that says something, so a number before an
    error would count, and any line on standard error takes all points.
    """

    ORDER = ["error", "execute_result"]

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int) -> Result:
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
            cell.outputs.sort(key=lambda output: (*self.ORDER, output.output_type).index(output.output_type))
        return cell, resources


def answer_to(cell: NotebookNode, submitted: list[NotebookNode]) -> str:
    """What was written into a cell. If it is there twice, the first that was changed counts."""
    # A copy has the same name, and perhaps another id.
    named = (one for one in submitted if one.get("id") == cell.id or grade_id(one) == grade_id(cell))
    texts = [one.source for one in named if one.cell_type == cell.cell_type]
    changed = [text for text in texts if text.strip() != cell.source.strip()]
    return next(iter(changed or texts), "")


def students_edition(preprocessor: NbGraderPreprocessor, resources: dict) -> NotebookNode:
    """The notebook at hand as students get it; a copy of its own."""
    course, about = converter(preprocessor).coursedir, resources["nbgrader"]
    folder = course.format_path(course.source_directory, ".", about["assignment"])
    return copy.deepcopy(released(folder)[about["notebook"]])


@functools.cache
def released(folder: str) -> dict[str, NotebookNode]:
    """Every notebook of an assignment as students get it."""
    with tempfile.TemporaryDirectory(prefix="twoaxes-release-") as out:
        argv = [grader(), "release", folder, "--out", out]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"no release can be made of {folder}: {done.stderr.strip()}")
        return {path.stem: nbformat.read(path, as_version=4) for path in Path(out).glob("*.ipynb")}


def grader() -> str:
    """The `twoaxes-grader` beside the installed kernel, or else that on PATH."""
    try:
        kernel = Path(KernelSpecManager().get_kernel_spec(KERNEL).argv[0])
        found = shutil.which(kernel.with_name("twoaxes-grader"))
    except NoSuchKernel:
        found = None
    found = found or shutil.which("twoaxes-grader")
    if found is None:
        raise RuntimeError("there is no twoaxes-grader beside the kernel `twoaxes` nor on PATH; run ./install.sh, or set JUPYTER_PATH")
    return found


def converter(preprocessor: NbGraderPreprocessor) -> BaseConverter:
    """What runs the exporter that runs this."""
    return preprocessor.parent.parent


def grade_id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")

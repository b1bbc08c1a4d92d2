"""A course that nbgrader runs, with the configuration that we ship."""

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "grader/nbgrader"
KERNEL = "twoaxes"
VENV = Path(os.environ.get("TWOAXES_NBGRADER", ROOT / "target/nbgrader-venv"))


class Course:
    """A folder with nbgrader's layout."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        for file in SHIPPED.glob("*.py"):
            shutil.copy(file, folder)

    def add_source(self, assignment: str, *files: Path) -> Path:
        source = self.folder / "source" / assignment
        source.mkdir(parents=True)
        for file in files:
            shutil.copy(file, source)
        return source

    def nbgrader(self, *arguments: str) -> str:
        """Runs a command of nbgrader; what it said."""
        # Without the environment's folder on PATH, as when it was not activated.
        argv = [VENV / "bin/nbgrader", *arguments]
        done = subprocess.run(argv, cwd=self.folder, check=False, timeout=600, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def scores(self, assignment: str) -> dict[str, dict[str, dict]]:
        """By student and graded cell, what nbgrader's gradebook says."""
        script = Path(__file__).with_name("gradebook.py")
        argv = [VENV / "bin/python", script, self.folder / "gradebook.db", assignment]
        environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(argv, env=environment, check=True, timeout=60, text=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def our_items(self, assignment: str) -> list[dict[str, str]]:
        """What `twoaxes-grader` says of the same submissions: a row for each student and task."""
        kernel = Path(KernelSpecManager().get_kernel_spec(KERNEL).argv[0])
        grader, out = kernel.with_name("twoaxes-grader"), self.folder / "ours"
        ours(grader, "grade", self.folder / "submitted", "--source", self.folder / "source" / assignment, "--out", out)
        return list(csv.DictReader(io.StringIO(ours(grader, "export", out, "--format", "csv", "--items"))))

    def exported(self) -> list[dict[str, str]]:
        self.nbgrader("export", "--to", "grades.csv")
        with open(self.folder / "grades.csv", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def ours(*argv: str | Path) -> str:
    done = subprocess.run(argv, check=False, timeout=600, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout

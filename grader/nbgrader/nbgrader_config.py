"""nbgrader with the twoaxes kernel. Copy this file and twoaxes_nbgrader.py into the course's folder; see README.md."""

import os
import sys

# nbgrader calls `alembic` by its name, and reads the module from beside this file.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader import preprocessors as theirs
from twoaxes_nbgrader import Answers, HandOut, NoQuestionFiles, Points, Release

c = get_config()  # noqa: F821, traitlets defines it

# nbgrader's own preprocessors would replace a quiz cell as a whole and know neither `// STUB:` lines nor Rust.
c.GenerateAssignment.preprocessors = [
    Release,
    theirs.CheckCellMetadata,
    theirs.ComputeChecksums,
    theirs.SaveCells,
    HandOut,
    NoQuestionFiles,
    theirs.ComputeChecksums,
    theirs.CheckCellMetadata,
]
c.Autograde.sanitize_preprocessors = [
    theirs.ClearOutput,
    Answers,
    theirs.OverwriteKernelspec,
    theirs.OverwriteCells,
    theirs.CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    theirs.Execute,
    Points,
    theirs.IgnorePattern,
    theirs.LimitOutput,
    theirs.SaveAutoGrades,
    theirs.AssignLatePenalties,
    theirs.CheckCellMetadata,
]
c.GenerateFeedback.preprocessors = [theirs.GetGrades, NoQuestionFiles, CSSHTMLHeaderPreprocessor]

# Checks give a case 10 s, and machines may be busy. After this, the cell is interrupted.
c.Execute.timeout = 120

# What `nbgrader validate` tells a student who has done all that can be done before handing in.
c.Validator.failed_warning = (
    "{num_failed} CELL(S) DO NOT GIVE ALL OF THEIR POINTS. Some points of an exercise come from tests that run after you "
    "have handed in. The notebook says below each check what it tried and what is still open.\n"
)

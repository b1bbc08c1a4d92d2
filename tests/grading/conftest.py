"""The short course, its release, and one grading of everything that is handed in."""

import json

import pytest

from grading import course, grading


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "source"
    course.write_source(folder)
    return folder


@pytest.fixture(scope="session")
def released(source):
    """The notebook that students get."""
    out = source.parent / "release"
    grading.run("release", source, "--out", out)
    return json.loads((out / "attack.ipynb").read_text())

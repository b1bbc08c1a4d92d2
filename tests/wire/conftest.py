"""Kernels for the wire tests: one that a file shares, and one of one's own."""

import os
from contextlib import ExitStack

import pytest

from wire.client import Kernel
from wire.compiler import Compilations


@pytest.fixture(scope="module")
def kernel(kernel_name):
    with Kernel(kernel_name) as started:
        yield started


@pytest.fixture
def own_kernel(kernel_name):
    """For tests that end a kernel, or count from its first cell."""
    with Kernel(kernel_name) as started:
        yield started


@pytest.fixture
def new_kernel(kernel_name):
    """Starts kernels, as many as a test wants; none is left when it ends, or fails."""
    with ExitStack() as started:
        yield lambda **options: started.enter_context(Kernel(kernel_name, **options))


@pytest.fixture
def rustc(tmp_path, monkeypatch):
    """A rustc that counts."""
    noted = Compilations(tmp_path)
    monkeypatch.setenv("PATH", f"{noted.bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TWOAXES_CACHE", str(tmp_path / "cache"))
    return noted

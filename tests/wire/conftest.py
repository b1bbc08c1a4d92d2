"""Kernels for the wire tests: one that a file shares, and one of one's own."""

import os

import pytest

from wire.client import Kernel
from wire.compiler import Compilations


@pytest.fixture(scope="module")
def kernel(kernel_name):
    started = Kernel(kernel_name)
    yield started
    started.stop()


@pytest.fixture
def own_kernel(kernel_name):
    """For tests that end a kernel, or count from its first cell."""
    started = Kernel(kernel_name)
    yield started
    started.stop()


@pytest.fixture
def rustc(tmp_path, monkeypatch):
    """A rustc that counts."""
    noted = Compilations(tmp_path)
    monkeypatch.setenv("PATH", f"{noted.bin}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TWOAXES_CACHE", str(tmp_path / "cache"))
    return noted

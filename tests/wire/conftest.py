"""Kernels for the wire tests: one that a file shares, and one of one's own."""

import pytest

from wire.client import Kernel


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

"""What every test here has: Jupyter folders of its own, and kernels on request.

TWOAXES_TEST_KERNEL names another installed kernelspec, to compare with it.
"""

import os
from pathlib import Path

import pytest

KERNEL = os.environ.get("TWOAXES_TEST_KERNEL", "twoaxes")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def folders_of_our_own(tmp_path_factory):
    """Nobody's history, settings or running kernels are touched."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR",
                     "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(home / name.lower()))
        # Not XDG_CACHE_HOME, where the browser of the tests is.
        patch.setenv("TWOAXES_CACHE", str(home / "cache"))
        yield home


@pytest.fixture(scope="session")
def kernel_name() -> str:
    return KERNEL

"""The short course of tests/grading."""

from grading.conftest import released, source  # noqa: F401

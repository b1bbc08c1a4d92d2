"""What fuzzing has found worth keeping (fuzz.py): the kernel lives, answers, and stays small."""

import pytest

from wire.client import Kernel, forget_peak, peak_memory
from wire.fuzz import assert_runs_cells, is_served, read_away, send
from wire.mutate import Mutator, corpus

MIB = 2**20

pytestmark = pytest.mark.timeout(900)


def test_the_corpus_is_there():
    assert len(corpus()) > 50


@pytest.mark.parametrize("more", [0, 2000])
def test_whatever_has_come_the_kernel_answers(own_kernel: Kernel, more: int):
    """The corpus itself, and then as many inputs more that are made of it."""
    kernel = own_kernel
    assert kernel.run("let kept = 41;").status == "ok"
    before = forget_peak(kernel.pid)
    mutator = Mutator(seed=2026, known=corpus())
    inputs = [mutator.next() for _ in range(more)] if more else corpus()
    with kernel.raw("shell") as shell, kernel.raw("control") as control, kernel.raw("stdin") as stdin:
        sockets = {"shell": shell, "control": control, "stdin": stdin}
        for made in inputs:
            send(kernel, sockets[made.channel], made)
            if made.channel == "shell":
                assert is_served(kernel, shell), made.line()
            read_away(kernel)
        # The last input may be on a channel that nothing waits for.
        kernel.control_reply(kernel.request("control", "kernel_info_request"))
        assert is_served(kernel, shell)
    assert kernel.alive()
    assert_runs_cells(kernel, [])
    assert peak_memory(kernel.pid) - before < 400 * MIB

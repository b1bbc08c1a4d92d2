"""History: what was run, also in sessions before this one."""

from wire.client import Kernel


def tail(kernel: Kernel, n: int, **options) -> list:
    msg_id = kernel.client.history(raw=True, output=options.pop("output", False), hist_access_type="tail", n=n)
    return kernel.shell_reply(msg_id)["content"]["history"]


def test_history_spans_sessions(new_kernel):
    first = new_kernel()
    first.run("40 + 1")
    first.run("40 + 2")
    first.stop()
    second = new_kernel()
    second.run("40 + 3")
    entries = tail(second, 3)
    assert [entry[2] for entry in entries] == ["40 + 1", "40 + 2", "40 + 3"]
    sessions = [entry[0] for entry in entries]
    assert sessions[0] == sessions[1] != sessions[2]
    assert [entry[1] for entry in entries] == [1, 2, 1]


def test_two_kernels_at_once_keep_their_own_lines(new_kernel):
    one, two = new_kernel(), new_kernel()
    one.run("100 + 1")
    two.run("200 + 1")
    msg_id = two.client.history(raw=True, output=True, hist_access_type="range", session=0, start=1, stop=2)
    entries = two.shell_reply(msg_id)["content"]["history"]
    assert [(entry[1], entry[2][0], entry[2][1]) for entry in entries] == [(1, "200 + 1", "201")]


def test_search_by_pattern(kernel: Kernel):
    kernel.run("let searched_for = 1;")
    kernel.run("let other = 2;")
    msg_id = kernel.client.history(raw=True, output=False, hist_access_type="search", pattern="*searched_for*", n=10)
    entries = kernel.shell_reply(msg_id)["content"]["history"]
    assert [entry[2] for entry in entries] == ["let searched_for = 1;"]


def test_a_cell_that_stores_no_history_is_not_remembered(kernel: Kernel):
    kernel.run("let unseen = 1;", store_history=False)
    assert all("unseen" not in entry[2] for entry in tail(kernel, 5))

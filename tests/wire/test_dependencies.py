"""`:dep` crates from the registry: fetched once, then at hand without a network.

What needs no registry is in kernel/tests/dependencies.rs.
"""

import pytest

ITOA = ':dep itoa = "1"\n'


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder for the crates of the kernels that a test starts."""
    monkeypatch.setenv("TWOAXES_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "crates"


def sets(cache) -> list:
    return [entry for entry in cache.iterdir() if not entry.name.startswith(".")]


def test_a_second_session_needs_no_network(cache, new_kernel, monkeypatch, tmp_path):
    first = new_kernel().run(ITOA + "itoa::Buffer::new().format(5)")
    assert first.result == '"5"', first.report
    assert len(sets(cache)) == 1
    # No registry, no index, no source, and a cargo that may not fetch them.
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("CARGO_NET_OFFLINE", "true")
    kernel = new_kernel()
    assert kernel.run(ITOA + "itoa::Buffer::new().format(7)").result == '"7"'
    # The type is inferred from the sources that the set has.
    assert kernel.run("let mut buffer = itoa::Buffer::new();").status == "ok"
    assert kernel.run("buffer.format(8)").result == '"8"'
    unknown = kernel.run(':dep ryu = "1"')
    assert "`ryu` is not on this machine yet" in unknown.report
    assert kernel.run("1 + 1").result == "2"
    assert len(sets(cache)) == 1


def test_two_kernels_that_want_the_same_crate_build_it_once(cache, new_kernel):
    kernels = [new_kernel(), new_kernel()]
    cells = [kernel.start(ITOA + "itoa::Buffer::new().format(5)") for kernel in kernels]
    for kernel, cell in zip(kernels, cells, strict=True):
        assert kernel.finish(cell).result == '"5"'
    assert len(sets(cache)) == 1


def test_what_the_registry_does_not_have_is_said_in_a_sentence(cache, new_kernel):
    kernel = new_kernel()
    for code, words in [
        (':dep twoaxes-has-no-such-crate = "1"', "there is no crate `twoaxes-has-no-such-crate`"),
        (':dep itoa = "77"', "no version of `itoa` matches ^77; there are 1."),
        (':dep itoa = { version = "1", features = ["nope"] }', "`itoa` has no feature `nope`"),
    ]:
        cell = kernel.run(code)
        assert words in cell.report, code
    assert kernel.run("1 + 1").result == "2"
    assert sets(cache) == []


def test_two_versions_of_one_crate(cache, new_kernel):
    kernel = new_kernel()
    both = ':dep old = { package = "itoa", version = "0.4" }\n' + ITOA
    code = "let mut text = String::new(); old::fmt(&mut text, 4)?; (text, itoa::Buffer::new().format(1).len())"
    cell = kernel.run(both + code)
    assert cell.result == '("4", 1)', cell.report
    # Another version under the same name takes the place of the first.
    cell = kernel.run(':dep old = { package = "itoa", version = "0.3" }\n' + 'let mut out = Vec::new(); old::write(&mut out, 12)?')
    assert cell.result == "2", cell.report


@pytest.mark.parametrize("mode", [0o777, 0o500])
def test_a_folder_of_others_or_without_permission_is_left_alone(cache, new_kernel, mode):
    cache.mkdir(parents=True)
    cache.chmod(mode)
    try:
        cell = new_kernel().run(ITOA + "itoa::Buffer::new().format(5)")
        assert cell.result == '"5"', cell.report
        if mode & 0o022:
            assert sets(cache) == []
    finally:
        cache.chmod(0o700)

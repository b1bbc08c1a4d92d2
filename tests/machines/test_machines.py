"""What a real run says of a machine that is not as one would like it."""

import contextlib
import os
import platform
import re
import resource
import shutil
import subprocess
import sys

import pytest

from machines.refused import SCHED_SETAFFINITY, no_pinning

# The runs of examples/real_runs.rs.
RUNS = ["barista", "workers", "sweep", "server", "quadrants", "lost_update", "deadlock", "blocked_executor",
        "io_bound", "lock_contention", "false_sharing"]
every_run = pytest.mark.parametrize("run", RUNS)
# What each way of recording says is the same in all runs that use it: threads of the barista, workers, a sweep of
# them, waits.
a_run_of_each_kind = pytest.mark.parametrize("run", ["barista", "workers", "sweep", "deadlock"])
# One thread is enough for these, or they only wait.
NEED_ONE_CPU = {"server", "deadlock", "blocked_executor", "io_bound"}

# Nobody's, so that what it may have is not used up by others.
STRANGER = 54321

# In the place of the system's clock: each time it is asked it is an hour later
# (or earlier) than before. The one that is never set stays as it is.
CLOCK_THAT_STEPS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static long hours;
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += STEP * 3600 * ++hours;
    return failed;
}
"""

PINNING_REFUSED = """
#include <errno.h>
int sched_setaffinity() { errno = EPERM; return -1; }
"""


NO_PROC = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/types.h>
int open64(const char *path, int flags, mode_t mode) {
    static int (*real)(const char *, int, mode_t);
    if (!real) real = (int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, "open64");
    if (strncmp(path, "/proc/", 6) == 0) { errno = ENOENT; return -1; }
    return real(path, flags, mode);
}
"""


def test_every_run_is_tried(program):
    known = subprocess.run([program], capture_output=True, text=True, timeout=20).stderr
    assert known.strip() == "name a run: " + ", ".join(RUNS)


@every_run
def test_a_machine_as_it_is(real_run, run):
    told = real_run(run)
    assert "measured" in told.text


@every_run
def test_one_cpu(real_run, run):
    one = {min(os.sched_getaffinity(0))}
    told = real_run(run, arrange=lambda: os.sched_setaffinity(0, one))
    if run not in NEED_ONE_CPU:
        assert re.search(r"only (one )?cpu|one cpu can be used|oversubscribed", told.text, re.IGNORECASE), told.text


def test_the_barista_on_one_cpu(real_run):
    one = {min(os.sched_getaffinity(0))}
    numbers = real_run("barista", arrange=lambda: os.sched_setaffinity(0, one)).numbers
    assert (numbers["one_cpu"], numbers["two_cpus"], numbers["waiting"]) == (1, None, 2)
    assert numbers["handovers"] <= numbers["preemptions"]


@a_run_of_each_kind
def test_half_a_cpu(real_run, half_a_cpu, run):
    told = real_run(run, arrange=half_a_cpu)
    assert told.says("A control group allows 0.50 CPUs' worth of time"), told.notes
    if run in NEED_ONE_CPU:
        # It hardly computes, so nobody has to hold it back.
        return
    # Where others leave it less than half, nobody has to, either.
    held_back = told.says("The control group held threads back for")
    assert held_back or told.says("Other programs or threads kept"), told.notes


@a_run_of_each_kind
def test_a_busy_neighbour(real_run, run):
    with contextlib.ExitStack() as stack:
        # As many as there are CPUs: they compete on each.
        for _ in os.sched_getaffinity(0):
            stack.enter_context(spinning())
        told = real_run(run)
    assert told.says("Other programs or threads kept"), told.notes


@every_run
def test_pinning_refused(real_run, shim, run):
    # Where there is no filter for system calls, a library refuses instead.
    if filters_calls():
        told = real_run(run, arrange=no_pinning)
    else:
        told = real_run(run, env=shim(PINNING_REFUSED))
    if len(os.sched_getaffinity(0)) == 1:
        # Nothing has to be asked of the system.
        return
    if run == "barista":
        assert told.says("the system refused to keep a thread on CPU"), told.notes
        assert "wherever the system puts them" in told.text
        assert told.numbers["waiting"] == 2


@every_run
def test_nobody(real_run, run):
    """Without any permission: whoever runs the tests as an ordinary user does
    so in all of them."""
    told = real_run(run, arrange=become_a_stranger if os.getuid() == 0 else None)
    assert "measured" in told.text


@every_run
def test_no_thread(real_run, run):
    told = real_run(run, arrange=at_most(1))
    assert refused(told), told.text
    if run == "barista":
        assert told.says("the system did not start a thread"), told.notes


@a_run_of_each_kind
def test_few_threads(real_run, run):
    told = real_run(run, arrange=at_most(2))
    assert refused(told), told.text


def refused(told) -> bool:
    """EAGAIN, as the standard library and as nix name it."""
    return told.says("Resource temporarily unavailable") or told.says("Try again")


def at_most(threads: int):
    def arrange():
        if os.getuid() == 0:
            # The limit is none for the administrator.
            resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
            become_a_stranger()
        else:
            # Others of ours run as well, so that none is left.
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))

    return arrange


@every_run
def test_few_open_files(real_run, run):
    assert "measured" in real_run(run, arrange=open_files(256)).text


@pytest.mark.parametrize("run", ["barista", "workers", "server", "quadrants"])
def test_hardly_an_open_file(real_run, run):
    assert "measured" in real_run(run, arrange=open_files(4)).text


def open_files(most: int):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@a_run_of_each_kind
@pytest.mark.parametrize("direction", [1, -1])
def test_a_clock_that_steps(real_run, shim, run, direction):
    told = real_run(run, env=shim(CLOCK_THAT_STEPS.replace("STEP", str(direction))))
    assert re.search(r"The system's clock was set by \d{7,} ms", told.text), told.notes


@a_run_of_each_kind
@pytest.mark.parametrize("how", ["mounted over", "not opened"])
def test_a_system_that_does_not_tell(real_run, shim, run, how):
    """Without /proc. Only the administrator may mount something over it, and
    everybody may refuse to open its files."""
    if how == "mounted over" and can_mount():
        told = real_run(run, around=["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"])
    else:
        told = real_run(run, env=shim(NO_PROC))
    assert told.says("This system does not tell who else was busy"), told.notes


def become_a_stranger():
    os.setgroups([])
    os.setgid(STRANGER)
    os.setuid(STRANGER)


def filters_calls() -> bool:
    if platform.machine() not in SCHED_SETAFFINITY:
        return False
    with contextlib.suppress(subprocess.SubprocessError):
        return subprocess.run(["true"], preexec_fn=no_pinning, timeout=20).returncode == 0
    return False


def can_mount() -> bool:
    if os.getuid() != 0 or not shutil.which("unshare"):
        return False
    trial = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/proc"]
    return subprocess.run(trial, capture_output=True, timeout=20).returncode == 0


@contextlib.contextmanager
def spinning():
    """A process that computes, from the moment on at which it has said so."""
    code = "print('busy', flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as neighbour:
        try:
            assert neighbour.stdout.readline() == b"busy\n"
            yield
        finally:
            neighbour.kill()

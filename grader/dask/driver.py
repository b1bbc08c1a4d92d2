"""Spreads submissions over a Dask cluster, for `twoaxes-grader grade --dask`.

The grader runs this in a Python that has `distributed`, and writes to its
standard input a line of JSON with the cluster's address and the course, then
one for each submission. Answers go to standard output as they come, a line
each. What is in the lines, the graders know; here they are passed on.

On a worker, `grade` below asks a process `twoaxes-grader work`, which the
worker keeps as long as Dask keeps the course there. When the grader goes away,
the scheduler sees this process go, Dask lets go of the course, and those
processes end.
"""

import asyncio
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import CancelledError

# Jobs that are with the cluster at a time: two for each thread, so that none
# waits for its next one, and some for a cluster that grows when there are jobs.
FEWEST, FOR_A_THREAD = 16, 2
# How often one looks who is there, in seconds.
LOOK = 0.5
# So often a job is tried again when it is not the job that failed.
MOST = 20


# ---- On a worker -------------------------------------------------------------


class Unable(Exception):
    """Nothing can be graded on this worker."""


class Course:
    """What graders need to begin; and on each worker, those that wait for a job."""

    def __init__(self, setup, grader):
        self.setup, self.grader, self.idle = setup, grader, []

    def __reduce__(self):
        return Course, (self.setup, self.grader)

    def __del__(self):
        for grader in self.idle:
            grader.end()


class Grader:
    """A process that grades, and keeps its kernel from one job to the next."""

    def __init__(self, course):
        program = found(course.grader)
        self.errors = tempfile.TemporaryFile()
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen([program, "work"], stdin=pipe, stdout=pipe, stderr=self.errors)
        except OSError as error:
            raise Unable(f"{program} cannot be run there: {error.strerror}") from None
        answer = self.ask(course.setup)
        if answer is None:
            raise Unable(f"{program} ended there at once: {self.last_words()}")
        if "unable" in json.loads(answer):
            self.end()
            raise Unable(json.loads(answer)["unable"]["why"])

    def ask(self, line):
        """The answer, or None when the process has ended."""
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = self.process.stdout.readline()
        return answer if answer.endswith(b"\n") else None

    def last_words(self):
        self.process.wait()
        self.errors.seek(max(0, self.errors.tell() - 2000))
        return self.errors.read().decode(errors="replace").strip() or f"status {self.process.returncode}"

    def end(self):
        def reap():
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

        threading.Thread(target=reap, daemon=True).start()


def found(named):
    beside = os.path.join(os.path.dirname(sys.executable), "twoaxes-grader")
    for program in (named, os.environ.get("TWOAXES_GRADER"), shutil.which("twoaxes-grader"), beside):
        if program:
            if os.access(program, os.X_OK) and os.path.isfile(program):
                return program
            if program != beside:
                raise Unable(f"{program} is no program there")
    raise Unable("there is no twoaxes-grader on its PATH: run ./install.sh --no-lab there, or say where it is "
                 "with --dask-grader or TWOAXES_GRADER")


def grade(course, job):
    """The line that answers `job`; or what this worker is unable to do; or how it failed twice."""
    from distributed import get_worker

    here = get_worker().address
    try:
        for _ in range(2):
            grader = course.idle.pop() if course.idle else Grader(course)
            answer = grader.ask(job)
            if answer is None:
                continue
            unable = json.loads(answer).get("unable")
            if unable:
                grader.end()
                return here, "unable", unable["why"]
            course.idle.append(grader)
            return here, "graded", answer
        return here, "lost", f"twoaxes-grader ended over it twice: {grader.last_words()}"
    except (Unable, OSError) as error:
        return here, "unable", str(error)


# ---- Beside the grader -------------------------------------------------------


class Failed(Exception):
    """It cannot go on."""


class Spread:
    """One run: jobs on their way, and who can do them."""

    def __init__(self, client, address, wait):
        self.client, self.address, self.wait = client, address, wait
        self.name = uuid.uuid4().hex[:12]
        self.begin_with, self.course, self.courses = None, None, 0
        # Threads of each worker that is there; and why some cannot be used.
        self.threads, self.unable = {}, {}
        self.last_able = time.monotonic()
        # Where jobs may go that may not go everywhere.
        self.bound = {}
        self.open, self.room = 0, asyncio.Condition()

    def able(self):
        return [worker for worker in self.threads if worker not in self.unable]

    async def look(self):
        """Who is there now?"""
        try:
            threads = dict(await self.client.nthreads())
        except OSError:
            raise Failed(f"the Dask scheduler at {self.address} has gone") from None
        joined, left = threads.keys() - self.threads.keys(), self.threads.keys() - threads.keys()
        if joined:
            await self.compare_versions(joined)
        if left and self.threads:
            say("notice", text=f"{named(left)} has left the cluster; what it was grading is graded again")
        if joined and not self.threads:
            count = sum(threads.values())
            say("notice", text=f"grading on {counted(len(threads), 'worker')} with {counted(count, 'thread')}")
        self.threads = threads
        if self.able():
            self.last_able = time.monotonic()
        elif threads:
            worker = next(iter(threads))
            raise Failed(f"no worker of the cluster can grade. {worker}: {self.unable[worker]}")
        elif time.monotonic() - self.last_able > self.wait:
            raise Failed(f"the Dask cluster at {self.address} has had no worker for {self.wait:g} s; "
                         "--dask-wait says how long to wait for one")
        # Those whose workers have all gone are sent elsewhere.
        for future, workers in list(self.bound.items()):
            if not threads.keys() & workers:
                await future.cancel(force=True)
        async with self.room:
            self.room.notify_all()

    async def watch(self):
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def compare_versions(self, joined):
        """Functions go to workers compiled, so their Python has to be the same."""
        try:
            versions = await asyncio.wait_for(self.client.get_versions(), 10)
        except (OSError, asyncio.TimeoutError):
            return
        own = sys.version_info[:2]
        for worker in joined:
            python = (versions["workers"].get(worker) or {}).get("host", {}).get("python", "")
            theirs = tuple(int(part) for part in python.split(".")[:2] if part.isdigit())
            if theirs and theirs != own:
                self.cannot(worker, "its Python is {}.{}, and that of --dask-python is {}.{}".format(*theirs, *own))

    def cannot(self, worker, why):
        if worker not in self.unable:
            self.unable[worker] = why
            say("notice", text=f"{named([worker])} cannot grade: {why}")

    def has_room(self):
        return self.open < max(FEWEST, FOR_A_THREAD * sum(self.threads[worker] for worker in self.able()))

    async def feed(self, lines, setup, grader):
        """Takes in jobs, as many as there is room for, until there are no more."""
        loop = asyncio.get_running_loop()
        self.begin_with = setup, grader
        async with asyncio.TaskGroup() as jobs:
            while True:
                async with self.room:
                    await self.room.wait_for(self.has_room)
                line = await loop.run_in_executor(None, lines.readline)
                if not line:
                    break
                self.open += 1
                jobs.create_task(self.one(line))

    def course_there(self):
        """The course, made by a task, so that Dask makes it again when all that have it are gone."""
        if self.course is None or self.course.status in ("cancelled", "lost"):
            self.courses += 1
            key = f"twoaxes-course-{self.name}-{self.courses}"
            self.course = self.client.submit(Course, *self.begin_with, key=key, pure=False)
        return self.course

    async def one(self, line):
        number = json.loads(line)["number"]
        kind, attempt, failed = None, 0, 0
        while kind is None:
            attempt += 1
            kind, what = await self.attempt(line, f"twoaxes-grade-{self.name}-{number}-{attempt}")
            failed += what is not None
            if failed > MOST:
                kind = "lost"
        if kind == "graded":
            sys.stdout.buffer.write(what)
            sys.stdout.buffer.flush()
        else:
            say("lost", number=number, why=what)
        async with self.room:
            self.open -= 1
            self.room.notify_all()

    async def attempt(self, line, key):
        """What came of it; None when it has to be tried again, and why if something failed."""
        from distributed import KilledWorker

        workers = self.able() if self.unable else None
        if workers == [] or self.client.status != "running":
            # That changes, or `look` gives up.
            await asyncio.sleep(LOOK)
            return None, None
        future = self.client.submit(grade, self.course_there(), line, key=key, workers=workers, pure=False)
        if workers:
            self.bound[future] = set(workers)
        try:
            worker, kind, what = await future
        except KilledWorker as killed:
            return "lost", f"{killed.allowed_failures + 1} workers ended while they graded it"
        except (CancelledError, OSError) as error:
            # By `look`, or because the scheduler has gone and may come again.
            await asyncio.sleep(LOOK)
            return None, f"the cluster failed over it: {error}"
        except Exception as error:
            return "lost", f"the cluster failed over it: {type(error).__name__}: {error}"
        finally:
            self.bound.pop(future, None)
        if kind == "unable":
            self.cannot(worker, what)
            return None, None
        return kind, what


def first(failed):
    while isinstance(failed, BaseExceptionGroup):
        failed = failed.exceptions[0]
    return failed


def named(workers):
    return ", ".join(f"worker {worker}" for worker in sorted(workers))


def counted(count, what):
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def say(kind, **what):
    sys.stdout.buffer.write(json.dumps({kind: what}).encode() + b"\n")
    sys.stdout.buffer.flush()


def end_with_the_grader():
    """Nobody reads standard output any more: the grader has gone."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    poll.poll()
    os._exit(1)


async def spread(opening, lines):
    from distributed import Client

    address, wait = opening["address"], opening["wait"]
    client = Client(address, asynchronous=True, timeout=wait, name="twoaxes-grader")
    try:
        await client
    except (OSError, asyncio.TimeoutError):
        raise Failed(f"no Dask scheduler answers at {address} within {wait:g} s") from None
    except Exception as error:
        raise Failed(f"the Dask scheduler at {address} cannot be used: {error}") from None
    say("ready", version="")
    run = Spread(client, address, wait)
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(run.watch())
        await run.feed(lines, opening["setup"].encode() + b"\n", opening["grader"])
        watch.cancel()


def main():
    lines = sys.stdin.buffer
    opening = json.loads(lines.readline())
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        return say("failed", why=f"{sys.executable} has no package `distributed` ({error}): install it there, in the "
                                 "version that the cluster has, or name another Python with --dask-python")
    threading.Thread(target=end_with_the_grader, daemon=True).start()
    try:
        asyncio.run(spread(opening, lines))
    except* Failed as failed:
        say("failed", why=str(first(failed)))
    # Not waiting for a thread that still reads, or for a polite farewell.
    os._exit(0)


if __name__ == "__main__":
    main()

"""Grading as an instructor does it: again, in parts, late, and cut off."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import time

import pytest

from grading import course, grading


@pytest.fixture
def submissions(tmp_path, released):
    folder = tmp_path / "submitted"
    for student in ["ada", "ben", "cyd"]:
        course.hand_in(folder, student, course.submission(released))
    return folder


def test_a_second_run_does_nothing_and_says_so(tmp_path, source, submissions):
    out = tmp_path / "out"
    first = grading.grade(submissions, source, out)
    assert "3 submissions graded" in first.stdout
    again = grading.grade(submissions, source, out)
    assert "nothing to grade: all 3 submissions are as they were" in again.stdout
    # Even with a kernel that cannot run.
    again = grading.grade(submissions, source, out, "--kernel", "/bin/false")
    assert "nothing to grade" in again.stdout
    course.hand_in(submissions, "ben", course.submission(
        json.loads((submissions / "ben/attack.ipynb").read_text()), attack_1_answer=""))
    third = grading.grade(submissions, source, out)
    assert "1 submission graded" in third.stdout and "2 were as before" in third.stdout


def test_a_mark_for_another_answer_is_told(tmp_path, source, submissions, released):
    out = tmp_path / "out"
    grading.grade(submissions, source, out)
    grading.run("mark", out, "ben", "attack", "essay", 4.5)
    course.hand_in(submissions, "ben", course.submission(released, essay="Another one."))
    done = grading.grade(submissions, source, out)
    told = 'mark again: the answer has changed after you gave 4.5 points for "essay" in attack of ben'
    assert told in done.stderr


def test_a_changed_course_is_graded_again(tmp_path, submissions):
    source, out = tmp_path / "source", tmp_path / "out"
    course.write_source(source)
    grading.grade(submissions, source, out)
    text = (source / "attack.toml").read_text()
    (source / "attack.toml").write_text(text.replace('answer = "B"', 'answer = "C"').replace(
        'text = "three"\nhint = "Not that one either."', 'text = "three"').replace(
        'text = "two"', 'text = "two"\nhint = "No."'))
    done = grading.grade(submissions, source, out)
    assert "3 submissions graded" in done.stdout
    assert grading.results(out)["ada", "attack"].items["attack-1"].earned == 0


def test_only_what_is_asked_for(tmp_path, source, submissions):
    out = tmp_path / "out"
    done = grading.grade(submissions, source, out, "--student", "ben", "--jobs", 1)
    assert "1 submission graded" in done.stdout
    assert set(grading.results(out)) == {("ben", "attack")}
    refused = grading.grade(submissions, source, out, "--notebook", "atack", check=False)
    assert refused.returncode == 2
    assert 'no notebook "atack"; it has attack' in refused.stderr
    refused = grading.grade(submissions, source, out, "--student", "bem", check=False)
    assert refused.returncode == 2
    assert 'there is no student "bem"' in refused.stderr and "nearest: ben, " in refused.stderr


def test_lateness_takes_its_share(tmp_path, source, submissions):
    out = tmp_path / "out"
    due = 1_800_000_000
    for student, late in [("ada", -60), ("ben", 60), ("cyd", 36 * 3600)]:
        os.utime(submissions / student / "attack.ipynb", (due + late, due + late))
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
    policy = ["--due", when, "--late-a-day", 25, "--grace", 5]
    grading.grade(submissions, source, out, *policy)
    results = grading.results(out)
    shares = {student: (result.share, result.late) for (student, _), result in results.items()}
    assert shares == {"ada": (1, 0), "ben": (1, 0), "cyd": (0.5, 36 * 3600)}
    assert results["cyd", "attack"].points() == 4
    # nbgrader's time stamp says more than the file's.
    (submissions / "cyd/timestamp.txt").write_text("2027-01-15 00:00:00.000000 UTC")
    grading.grade(submissions, source, out, *policy)
    assert grading.results(out)["cyd", "attack"].share == 1


def test_another_due_runs_nothing(tmp_path, source, submissions):
    out = tmp_path / "out"
    for student in ["ada", "ben", "cyd"]:
        os.utime(submissions / student / "attack.ipynb", (1_790_000_000, 1_790_000_000))
    grading.grade(submissions, source, out)
    (submissions / "cyd/timestamp.txt").write_text("2026-12-02 00:00:00 UTC")
    policy = ["--due", "attack=2026-12-01", "--late-a-day", 25, "--kernel", "/bin/false"]
    due = "due: attack 2026-12-01T23:59:59Z, others at any time; 25 % for each day begun"
    for expected in ["lateness reckoned anew for 1 submission, nothing was run", "nothing to grade"]:
        done = grading.grade(submissions, source, out, *policy)
        assert due in done.stderr and expected in done.stdout, done
    late = grading.results(out)["cyd", "attack"]
    assert (late.share, late.late, late.points()) == (0.75, 1, 6)
    # Forgotten: what was taken is given back, and that is told.
    done = grading.grade(submissions, source, out, "--kernel", "/bin/false")
    assert re.search(r"warning: nothing is taken for lateness .*\(attack: 1\)", done.stderr)
    assert grading.results(out)["cyd", "attack"].points() == 8
    done = grading.grade(submissions, source, out)
    assert "warning" not in done.stderr and "due" not in done.stderr


@pytest.mark.parametrize(("due", "why"), [
    (["soon"], '"soon" is no time'),
    (["2026-11-31"], '"2026-11-31" is no time'),
    (["atack=2026-12-01"], 'no notebook "atack"; it has attack'),
    (["attack=2026-12-01", "attack=2026-12-02"], "is the second for the same"),
    (["2026-12-01", "2026-12-02"], "is the second for the same"),
])
def test_a_wrong_due_is_refused(tmp_path, source, submissions, due, why):
    options = [word for one in due for word in ("--due", one)]
    bad = grading.grade(submissions, source, tmp_path / "out", *options, check=False)
    assert bad.returncode == 2 and why in bad.stderr, bad
    assert not (tmp_path / "out").exists()


def test_names_of_platforms(tmp_path, source, released):
    folder, out = tmp_path / "submitted", tmp_path / "out"
    made = course.submission(released)
    for name in ["Ada Lovelace_4711_assignsubmission_file", "ben"]:
        path = course.hand_in(folder, name, made)
        path.rename(path.with_name("Attack (1).ipynb"))
    (folder / "hoppergrace_LATE_101_5523_attack-1.ipynb").write_text(json.dumps(made))
    (folder / "ben/notes.ipynb").write_text("{}")
    done = grading.grade(folder, source, out)
    students = [student for student, _ in grading.results(out)]
    assert sorted(students) == ["Ada Lovelace", "ben", "hoppergrace"]
    assert "1 file was not graded, see above" in done.stdout
    assert "notes.ipynb is no notebook of the course" in done.stderr
    inside = folder / "one"
    course.hand_in(folder, "one", made)
    wrong = grading.grade(inside, source, out, check=False)
    assert wrong.returncode == 2 and "the folder of one student" in wrong.stderr


def test_the_layout_of_nbgrader(tmp_path, source, released):
    course_folder = tmp_path / "course"
    folder = course_folder / "submitted/ada/ps1"
    folder.mkdir(parents=True)
    (folder / "attack.ipynb").write_text(json.dumps(course.submission(released)))
    grading.grade(course_folder / "submitted", source, tmp_path / "out")
    assert grading.results(tmp_path / "out")["ada", "attack"].points() == 8
    wrong = grading.grade(course_folder, source, tmp_path / "out", check=False)
    assert wrong.returncode == 2 and f"did you mean {course_folder}/submitted?" in wrong.stderr


@pytest.mark.parametrize("rounds", [3])
def test_a_grader_that_is_killed_goes_on_where_it_was(tmp_path, source, released, rounds):
    submissions, out = tmp_path / "submitted", tmp_path / "out"
    wanted = 12
    for number in range(wanted):
        # A cell of its own for each, so that it has to be compiled.
        answer = f"fn double(x: u64) -> u64 {{ x * 2 + {number} - {number} }}"
        made = course.submission(released, double_answer=answer)
        course.hand_in(submissions, f"student-{number:02}", made)
    arguments = ["grade", submissions, "--source", source, "--out", out]
    recorded = 0
    for _ in range(rounds):
        started = subprocess.Popen([grading.GRADER, *arguments], stderr=subprocess.PIPE)
        # Killed when it has recorded something more, whenever that is.
        while started.poll() is None and count(out) < recorded + 2:
            time.sleep(0.01)
        started.send_signal(signal.SIGKILL)
        started.wait()
        recorded = count(out)
        book = sqlite3.connect(out / "gradebook.db")
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        book.close()
        results = grading.results(out)
        assert len(results) == recorded
        assert all(result.points() == 8 for result in results.values())
    done = grading.grade(submissions, source, out)
    assert re.search(f"{wanted - recorded} submissions? graded", done.stdout)
    assert re.search(f"{recorded} (was|were) as before", done.stdout)
    assert len(grading.results(out)) == wanted


@pytest.mark.parametrize("again", [False, True])
def test_an_interrupt_ends_it_soon_and_in_order(tmp_path, source, released, again):
    submissions, out = tmp_path / "submitted", tmp_path / "out"
    course.hand_in(submissions, "a", course.submission(released))
    for number in range(8):
        endless = course.submission(released, double_answer="fn double(x: u64) -> u64 { loop {} }")
        course.hand_in(submissions, f"endless-{number}", endless)
    arguments = ["grade", submissions, "--source", source, "--out", out, "--jobs", "2"]
    # A short name: sockets are in it.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        started = subprocess.Popen([grading.GRADER, *arguments], stderr=subprocess.PIPE, text=True,
                                   env=grading.environment(TMPDIR=scratch))
        while started.poll() is None and count(out) < 1:
            time.sleep(0.01)
        # Long before a cell's 60 seconds, or at once.
        started.send_signal(signal.SIGINT)
        if again:
            started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=30)
        assert started.returncode == 130, said
        if not again:
            assert "stopped: 1 result is recorded; the same command goes on" in said
            assert not os.listdir(scratch)
    assert set(grading.results(out)) == {("a", "attack")}


def count(out):
    if not (out / "gradebook.db").exists():
        return 0
    book = sqlite3.connect(f"file:{out}/gradebook.db?mode=ro", uri=True)
    try:
        return book.execute("SELECT count(*) FROM submissions WHERE current").fetchone()[0]
    except sqlite3.OperationalError:
        # Not yet made.
        return 0
    finally:
        book.close()


@pytest.mark.parametrize("sandbox", ["bubblewrap", "landlock", "none"])
def test_points_are_the_same_in_every_sandbox(tmp_path, source, submissions, sandbox):
    more = ["--no-sandbox"] if sandbox == "none" else ["--sandbox", sandbox]
    grading.grade(submissions, source, tmp_path / "out", *more)
    results = grading.results(tmp_path / "out")
    assert [result.points() for result in results.values()] == [8, 8, 8]


def test_without_a_sandbox_nothing_is_run(tmp_path, source, submissions):
    """No bubblewrap on the PATH, and a system without Landlock."""
    empty = tmp_path / "bin"
    empty.mkdir()
    refused = grading.grade(submissions, source, tmp_path / "out", "--sandbox", "bubblewrap",
                            check=False, env=grading.environment(PATH=empty))
    assert refused.returncode == 2
    assert "bubblewrap is not installed" in refused.stderr


def test_landlock_hides_what_namespaces_would(tmp_path, source, released):
    submissions, out = tmp_path / "submitted", tmp_path / "out"
    attacks = {
        "reads": f'std::fs::read("{source}/attack.toml").map_or(0, |_| x * 2)',
        "lists": f'std::fs::read_dir("{submissions}").map_or(0, |_| x * 2)',
        "memory": 'std::fs::File::open("/proc/self/mem").map_or(0, |_| x * 2)',
        "writes": f'std::fs::write("{tmp_path}/left", "x").map_or(0, |_| x * 2)',
        "connects": 'std::net::TcpListener::bind("127.0.0.1:0").map_or(0, |_| x * 2)',
        "starts": 'std::process::Command::new("/bin/true").status().map_or(0, |_| x * 2)',
        "objects": 'std::fs::read_dir("/tmp").map_or(0, |_| x * 2)',
    }
    for name, body in attacks.items():
        answer = f"fn double(x: u64) -> u64 {{ {body} }}"
        course.hand_in(submissions, name, course.submission(released, double_answer=answer))
    grading.grade(submissions, source, out, "--sandbox", "landlock")
    for (name, _), result in grading.results(out).items():
        item = result.items["double-check"]
        assert item.earned == 1, (name, item)
        assert result.items["triple-check"].earned == 3
    assert not (tmp_path / "left").exists()

//! The gradebook through its door: results, marks of persons, what is kept.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gradebook_sample;

use std::sync::Barrier;
use std::thread;

use gradebook_sample::{Book, graded, item, problem, tasks};
use twoaxes_grader::gradebook::{Basis, Change, Given, Gradebook, Lapsed, Mark, Student};
use twoaxes_grader::results::{Graded, Verdict};

fn student(book: &Gradebook, name: &str) -> Student {
    book.read().unwrap().student(name).unwrap()
}

fn points(book: &Gradebook, name: &str) -> Vec<Option<f64>> {
    let student = student(book, name);
    let submission = &student.submissions[0];
    let entries = submission.entries.iter();
    entries.map(|entry| submission.after(entry)).collect()
}

fn changes(book: &Gradebook, name: &str) -> Vec<String> {
    let say = |change: Change| {
        let Change {
            task,
            why,
            old_points,
            new_points,
            comment,
            ..
        } = change;
        format!("{task} {why:?} {old_points:?} -> {new_points:?} {comment}")
    };
    let reading = book.read().unwrap();
    reading
        .changes(name)
        .unwrap()
        .into_iter()
        .map(say)
        .collect()
}

fn give(points: impl Into<Option<f64>>, comment: &str) -> Mark {
    Mark {
        points: points.into(),
        comment: comment.to_owned(),
    }
}

#[test]
fn a_result_comes_back_as_it_was() {
    let mut b = Book::new();
    let mut late = graded("Grace Hopper", "bar");
    late.share = 0.5;
    late.late = 7200;
    late.remarks = vec!["the cell \"x\" is there twice".to_owned()];
    late.items[0].said = "D".to_owned();
    b.book.record(&late, "rules 1").unwrap();

    let found = student(&b.again(), "Grace Hopper");
    let submission = found.submission("bar").unwrap();
    assert_eq!(found.submissions.len(), 1);
    assert_eq!(submission.digest, late.digest);
    assert_eq!(submission.submitted, late.submitted);
    assert_eq!(submission.remarks, late.remarks);
    assert_eq!((submission.share, submission.late), (0.5, 7200));
    let items = submission.entries.iter().map(|entry| entry.item.clone());
    assert_eq!(items.collect::<Option<Vec<_>>>().unwrap(), late.items);
    assert_eq!(
        points(&b.book, "Grace Hopper"),
        [Some(0.5), Some(1.0), None]
    );
    assert_eq!((submission.points(), submission.pending()), (1.5, 1));
    assert_eq!(
        b.book.basis("Grace Hopper", "bar").unwrap().unwrap(),
        Basis {
            digest: "d1".to_owned(),
            rules: "rules 1".to_owned(),
            submitted: late.submitted,
        }
    );
    assert_eq!(b.book.basis("Grace Hopper", "final").unwrap(), None);
    assert_eq!(b.book.basis("grace hopper", "bar").unwrap(), None);
}

#[test]
fn there_is_no_gradebook_before_the_first_grading() {
    let folder = tempfile::tempdir().unwrap();
    let error = Gradebook::existing(folder.path()).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "no gradebook in {}; run `twoaxes-grader grade` first",
            folder.path().display()
        )
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_problem_makes_every_item_0_until_it_is_over() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    b.book
        .mark("ada", "bar", "essay", &give(5.0, "fine"))
        .unwrap();
    b.book
        .record(&problem("ada", "bar", "It is no notebook."), "r")
        .unwrap();

    assert_eq!(points(&b.book, "ada"), [Some(0.0); 3]);
    assert_eq!(student(&b.book, "ada").submissions[0].points(), 0.0);
    assert_eq!(b.book.pending().unwrap(), []);
    let error = b.book.mark("ada", "bar", "essay", &give(1.0, ""));
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("no answer to mark: It is no notebook."),
        "{error}"
    );

    b.book.record(&graded("ada", "bar"), "r").unwrap();
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), Some(5.0)]);
    // A problem may come with items, which count nothing.
    let stopped = Graded {
        problem: Some("It took too long.".to_owned()),
        ..graded("ada", "bar")
    };
    b.book.record(&stopped, "r").unwrap();
    assert_eq!(points(&b.book, "ada"), [Some(0.0); 3]);
    assert_eq!(b.book.pending().unwrap(), []);
}

#[test]
fn every_grading_and_every_change_is_kept() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    let mut better = graded("ada", "bar");
    better.digest = "d2".to_owned();
    better.items[1] = item("code", 4.0, Verdict::Right, "fn f() { 1 }");
    b.book.record(&better, "r").unwrap();
    b.book
        .mark("ada", "bar", "quiz", &give(0.0, "copied"))
        .unwrap();
    b.book.mark("ada", "bar", "quiz", &Mark::default()).unwrap();

    assert_eq!(
        changes(&b.book, "ada"),
        [
            "quiz Graded None -> Some(1.0) ",
            "code Graded None -> Some(2.0) ",
            "essay Graded None -> None ",
            "code Regraded Some(2.0) -> Some(4.0) ",
            "quiz Marked Some(1.0) -> Some(0.0) copied",
            "quiz Marked Some(0.0) -> Some(1.0) ",
        ]
    );
    let history = b.book.read().unwrap().history("ada").unwrap();
    let history = history.iter().map(|one| (one.digest.as_str(), one.current));
    assert_eq!(
        history.collect::<Vec<_>>(),
        [("d1", false), ("d1", false), ("d2", true)]
    );
    assert_eq!(changes(&b.book, "nobody"), [""; 0]);
}

#[test]
fn a_mark_holds_for_its_answer_only() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    assert_eq!(b.book.pending().unwrap()[0].answer, "It depends.");
    b.book
        .mark("ada", "bar", "essay", &give(3.5, "On what?"))
        .unwrap();
    b.book
        .mark("ada", "bar", "code", &give(None, "Neat."))
        .unwrap();
    assert_eq!(b.book.pending().unwrap(), []);
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), Some(3.5)]);

    // Graded again under other rules; the answer is the same.
    let same = b.book.record(&graded("ada", "bar"), "r2").unwrap();
    assert_eq!(same.lapsed, []);
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), Some(3.5)]);

    let mut other = graded("ada", "bar");
    other.items[2].answer = "On time.".to_owned();
    let recorded = b.book.record(&other, "r2").unwrap();
    let lapsed = Lapsed {
        task: "essay".to_owned(),
        mark: give(3.5, "On what?"),
    };
    assert_eq!(recorded.lapsed, [lapsed]);
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), None]);
    let waiting = b.book.pending().unwrap().remove(0);
    assert_eq!(waiting.answer, "On time.");
    assert_eq!(waiting.prompt, "What is `essay`?");
    assert_eq!(waiting.earlier, Some(give(3.5, "On what?")));
    let last = changes(&b.book, "ada").pop().unwrap();
    assert_eq!(last, "essay Lapsed Some(3.5) -> None On what?");
    // The comment on the other answer is still there.
    let entry = &student(&b.book, "ada").submissions[0].entries[1];
    assert_eq!(entry.mark, Some(give(None, "Neat.")));

    // Nor does the old answer bring the mark back.
    b.book.record(&graded("ada", "bar"), "r2").unwrap();
    assert_eq!(points(&b.book, "ada")[2], None);
    assert!(b.book.pending().unwrap()[0].earlier.is_some());
    // Once a person has given and taken back another one, it is old.
    b.book.mark("ada", "bar", "essay", &give(1.0, "")).unwrap();
    b.book
        .mark("ada", "bar", "essay", &Mark::default())
        .unwrap();
    assert_eq!(b.book.pending().unwrap()[0].earlier, None);
}

#[test]
fn what_is_not_there_cannot_be_taken_back() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    let mut mark = |mark: Mark| b.book.mark("ada", "bar", "essay", &mark).unwrap();
    let count = |given, withdrawn, nothing| Given {
        given,
        withdrawn,
        nothing,
    };
    assert_eq!(mark(Mark::default()), count(0, 0, 1));
    assert_eq!(mark(give(None, "Hm.")), count(1, 0, 0));
    assert_eq!(mark(Mark::default()), count(0, 1, 0));
    assert_eq!(changes(&b.book, "ada").len(), 5);
}

#[test]
fn a_notebook_is_handed_in_once_somebody_has() {
    let mut b = Book::new();
    let handed_in = |book: &Gradebook| {
        let reading = book.read().unwrap();
        let handed_in: Vec<bool> = reading.notebooks().map(|one| one.handed_in).collect();
        handed_in
    };
    assert_eq!(handed_in(&b.book), [false, false]);
    b.book.record(&problem("ada", "bar", "No."), "r").unwrap();
    assert_eq!(handed_in(&b.book), [true, false]);
}

#[test]
fn marks_are_refused_with_the_reason() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    let mut check = |place: [&str; 3], points: f64, expected: &str| {
        let [student, notebook, task] = place;
        let error = b.book.mark(student, notebook, task, &give(points, "no"));
        assert_eq!(error.unwrap_err().to_string(), expected);
    };
    check(
        ["adda", "bar", "essay"],
        1.0,
        "there is no student \"adda\" in the gradebook; the nearest is \"ada\"",
    );
    check(
        ["ada", "baz", "essay"],
        1.0,
        "there is no notebook \"baz\" in the gradebook; the nearest is \"bar\"",
    );
    check(
        ["ada", "bar", "esay"],
        1.0,
        "there is no task \"esay\" in the notebook \"bar\"; the nearest is \"essay\" (The essay)",
    );
    check(
        ["ada", "final", "essay"],
        1.0,
        "\"ada\" has handed in no \"final\", so there is nothing to mark",
    );
    for points in [5.5, -1.0, f64::NAN, f64::INFINITY] {
        let expected = format!(
            "{points} points cannot be given to \"ada\" for \"essay\"; give between 0 and 5"
        );
        check(["ada", "bar", "essay"], points, &expected);
    }
    assert_eq!(b.book.pending().unwrap().len(), 1);
    assert_eq!(changes(&b.book, "ada").len(), 3);
}

#[test]
fn results_that_make_no_sense_are_refused_whole() {
    let mut b = Book::new();
    let mut check = |change: &dyn Fn(&mut Graded), expected: &str| {
        let mut result = graded("ada", "bar");
        change(&mut result);
        let error = b.book.record(&result, "r").unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&|r| r.notebook = "nobody's".to_owned(), "no tasks yet");
    check(&|r| r.student.clear(), "no name");
    check(&|r| r.share = 1.5, "its share is 1.5");
    check(&|r| r.items[0].earned = Some(2.0), "2 points for \"quiz\"");
    check(&|r| r.items[0].earned = Some(f64::NAN), "NaN points");
    check(&|r| r.items[0].name = "x".to_owned(), "\"x\" is no task");
    check(&|r| r.items[1].name = "quiz".to_owned(), "or there twice");
    check(&|r| drop(r.items.pop()), "\"essay\" is missing");
    assert_eq!(b.book.read().unwrap().count().unwrap(), 0);
}

#[test]
fn tasks_come_and_go_and_nothing_is_lost() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    b.book.mark("ada", "bar", "essay", &give(5.0, "")).unwrap();
    b.book.set_tasks("bar", &tasks("bar")).unwrap();
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), Some(5.0)]);

    // In another order, without the exercise, and with less for the essay.
    let mut fewer = tasks("bar");
    fewer.remove(1);
    fewer.reverse();
    fewer[0].possible = 4.0;
    b.book.set_tasks("bar", &fewer).unwrap();
    assert_eq!(points(&b.book, "ada"), [Some(4.0), Some(1.0)]);
    let reading = b.book.read().unwrap();
    assert_eq!(reading.notebook("bar").unwrap().possible(), 5.0);
    drop(reading);

    b.book.set_tasks("bar", &tasks("bar")).unwrap();
    assert_eq!(points(&b.book, "ada"), [Some(1.0), Some(2.0), Some(5.0)]);
    // A task that is newer than the result counts nothing yet.
    let mut more = tasks("bar");
    more[0].name = "new".to_owned();
    b.book.set_tasks("bar", &more).unwrap();
    assert_eq!(points(&b.book, "ada")[0], Some(0.0));
    assert_eq!(student(&b.book, "ada").submissions[0].entries[0].item, None);

    let mut twice = tasks("bar");
    twice[1].name = "quiz".to_owned();
    let error = b.book.set_tasks("bar", &twice).unwrap_err().to_string();
    assert!(error.contains("two are called \"quiz\""), "{error}");
}

#[test]
fn students_come_in_order_and_a_report_sees_one_state() {
    let mut b = Book::new();
    for name in ["ß", "Zoë", "ada", "O'Brien", "'; DROP TABLE students; --"] {
        b.book.record(&graded(name, "bar"), "r").unwrap();
    }
    let other = b.again();
    let reading = other.read().unwrap();
    let mut students = reading.students();
    let mut names = vec![students.next().unwrap().unwrap().name];
    b.book.record(&graded("zz", "bar"), "r").unwrap();
    b.book.record(&graded("ada", "final"), "r").unwrap();
    for student in students {
        let student = student.unwrap();
        assert_eq!(student.submissions.len(), 1);
        names.push(student.name);
    }
    assert_eq!(
        names,
        ["'; DROP TABLE students; --", "O'Brien", "Zoë", "ada", "ß"]
    );
    drop(reading);
    assert_eq!(other.read().unwrap().count().unwrap(), 6);
}

#[test]
fn several_may_write_at_once() {
    let b = Book::new();
    let begin = Barrier::new(4);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (folder, begin) = (b.folder.path(), &begin);
            scope.spawn(move || {
                let mut book = Gradebook::open(folder).unwrap();
                begin.wait();
                for number in 0..25 {
                    let name = format!("{writer}-{number}");
                    book.record(&graded(&name, "bar"), "r").unwrap();
                }
            });
        }
    });
    assert_eq!(b.book.read().unwrap().students().count(), 100);
}

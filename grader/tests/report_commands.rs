//! `pending`, `mark` and `export` on the command line.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gradebook_sample;

use std::fs;
use std::process::{Command, Output};

use gradebook_sample::{Book, graded, item};
use twoaxes_grader::results::Verdict;

/// A class of two, and the command line on its folder.
struct Desk(Book);

impl Desk {
    fn new() -> Self {
        let mut b = Book::new();
        for name in ["ada", "bob x"] {
            b.book.record(&graded(name, "bar"), "r").unwrap();
        }
        Self(b)
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command on the folder: `mark ada bar ..` is `mark DIR ada bar ..`.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"));
        command.arg(arguments[0]).arg(self.0.folder.path());
        command.args(&arguments[1..]).output().unwrap()
    }

    fn out(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, arguments: &[&str], expected: &str) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_person_marks_what_waits() {
    let mut desk = Desk::new();
    let mut steers = graded("bob x", "bar");
    steers.items[2] = item("essay", None, Verdict::Pending, "a\u{1b}[2Jb\nc");
    desk.0.book.record(&steers, "r").unwrap();
    insta::assert_snapshot!(desk.out(&["pending"]), @r"
    ada, bar, essay (The essay):
      asked:
        What is `essay`?
      answered:
        It depends.
    bob x, bar, essay (The essay):
      asked:
        What is `essay`?
      answered:
        a�[2Jb
        c
    2 answers wait for a person.
    ");
    let mark = [
        "mark",
        "ada",
        "bar",
        "essay",
        "4,5",
        "--comment",
        "Well <done>",
    ];
    assert_eq!(desk.out(&mark), "1 mark given.\n");
    let page = fs::read_to_string(desk.path("feedback/ada.html")).unwrap();
    assert!(page.contains("Well &lt;done&gt;") && page.contains("4.5 of 5 points"));
    assert!(
        fs::read_to_string(desk.path("overview.html"))
            .unwrap()
            .contains("Class overview")
    );
    assert!(
        desk.out(&["pending"])
            .ends_with("1 answer waits for a person.\n")
    );

    desk.refused(
        &["mark", "ada", "bar", "essay", "-1"],
        "give between 0 and 5",
    );
    desk.refused(
        &["mark", "ad", "bar", "essay", "1"],
        "the nearest is \"ada\"",
    );
    desk.refused(
        &["mark", "ada", "bar", "essay"],
        "give points, a --comment, or --withdraw",
    );
    desk.refused(
        &["mark", "ada", "bar", "essay", "many"],
        "the points \"many\" are no number",
    );
    desk.refused(
        &["mark", "ada", "bar", "the code", "1"],
        "the nearest is \"code\" (The code)",
    );
    let withdraw = ["mark", "ada", "bar", "essay", "--withdraw"];
    assert_eq!(desk.out(&withdraw), "The mark is taken back.\n");
    assert_eq!(desk.out(&withdraw), "There is no mark to take back.\n");
    assert!(
        desk.out(&["pending"])
            .ends_with("2 answers wait for a person.\n")
    );
}

#[test]
fn a_mark_that_lapsed_is_shown_beside_the_new_answer() {
    let mut desk = Desk::new();
    let mark = ["mark", "ada", "bar", "essay", "4", "--comment", "On\nwhat?"];
    desk.out(&mark);
    let mut other = graded("ada", "bar");
    other.items[2] = item("essay", None, Verdict::Pending, "On time.");
    desk.0.book.record(&other, "r").unwrap();
    insta::assert_snapshot!(desk.out(&["pending"]).split("bob").next().unwrap(), @r"
    ada, bar, essay (The essay):
      asked:
        What is `essay`?
      answered:
        On time.
      given for an earlier answer: 4 of 5 points
        On
        what?
    ");
    let table = desk.path("marks.csv");
    assert!(
        desk.out(&["pending", "--table", &table])
            .starts_with("2 answers to mark in")
    );
    let text = fs::read_to_string(&table).unwrap();
    assert!(text.contains("essay,What is `essay`?,4,\"On\nwhat?\",On time.,5,,\n"));
}

#[test]
fn a_table_of_marks_is_given_whole_or_not_at_all() {
    let desk = Desk::new();
    let table = desk.path("marks.csv");
    desk.out(&["pending", "--table", &table]);
    let text = fs::read_to_string(&table).unwrap();
    assert_eq!(text.lines().count(), 3);
    fs::write(&table, text.replace(",5,,", ",5,7,too much")).unwrap();
    desk.refused(
        &["mark", "--from", &table],
        "twoaxes-grader: row 2: 7 points cannot be given to \"ada\"",
    );
    assert!(
        desk.out(&["pending"])
            .ends_with("2 answers wait for a person.\n")
    );
    let text = text
        .replacen(",5,,", ",5,3,fine", 1)
        .replacen(",5,,", ",5,2.5,", 1);
    fs::write(&table, text).unwrap();
    assert_eq!(desk.out(&["mark", "--from", &table]), "2 marks given.\n");
    assert_eq!(desk.out(&["pending"]), "Nothing waits for a person.\n");
}

#[test]
fn grades_leave_in_every_format() {
    let desk = Desk::new();
    let first = |arguments: &[&str]| desk.out(arguments).lines().next().unwrap().to_owned();
    let export = |format: &'static str| ["export", "--format", format];
    assert_eq!(
        first(&export("csv")),
        "student,bar,final,total,possible,pending,problem"
    );
    assert!(
        first(&export("canvas")).starts_with("Student,ID,SIS User ID,SIS Login ID,Section,bar")
    );
    assert!(first(&export("moodle")).starts_with("username,bar,bar feedback"));
    let waiting = stderr(&desk.run(&export("csv")));
    assert_eq!(
        waiting,
        "2 answers wait for a person, and count 0 until then\n"
    );

    let file = desk.path("below/grades.csv");
    desk.out(&[
        "export",
        "--format",
        "csv",
        "--items",
        "--notebook",
        "bar",
        "--out",
        &file,
    ]);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 7);

    let roster = desk.path("roster.csv");
    let text = "Student,ID,SIS User ID,SIS Login ID,Section\n\"L, Ada\",1,,ada,S\n";
    fs::write(&roster, text).unwrap();
    let output = desk.run(&["export", "--format", "canvas", "--roster", &roster]);
    assert!(
        stderr(&output)
            .contains("new assignments of them: bar; final\nleft out, since they are not in"),
        "{}",
        stderr(&output)
    );

    let folder = desk.path("scope");
    desk.out(&["export", "--format", "gradescope", "--out", &folder]);
    assert!(fs::exists(desk.path("scope/bob%20x.json")).unwrap());
    let results = desk.out(&["export", "--format", "gradescope", "--student", "ada"]);
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    assert_eq!(results["score"], 3.0);
}

#[test]
fn what_makes_no_sense_is_said() {
    let desk = Desk::new();
    let check = |more: &[&str], expected: &str| {
        desk.refused(&[&["export", "--format"], more].concat(), expected);
    };
    check(&["gradescope"], "--out, or one student with --student");
    check(
        &["csv", "--student", "ada"],
        "--student means something for --format gradescope only",
    );
    check(
        &["moodle", "--items"],
        "--items means something for --format csv only",
    );
    check(&["csv", "--notebook", "baz"], "the nearest is \"bar\"");
    check(&["gradescope", "--student", "bob"], "no student \"bob\"");
    check(
        &["canvas", "--roster", "/nowhere"],
        "cannot read the roster /nowhere",
    );
    check(&["csv", "--out", "/proc/x"], "cannot write /proc/x");
    let empty = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_twoaxes-grader"))
        .args(["export", "--format", "csv"])
        .arg(empty.path())
        .output()
        .unwrap();
    let expected = format!("no gradebook in {}", empty.path().display());
    assert!(stderr(&output).contains(&expected), "{}", stderr(&output));
}

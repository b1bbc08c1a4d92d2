//! What the formats for learning platforms look like, and what may never be in
//! them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod gradebook_sample;

use gradebook_sample::{Book, graded, problem};
use twoaxes_grader::gradebook::{Gradebook, Mark, Reading};
use twoaxes_grader::report::{self, Chosen, Notices, Results, Roster};

/// Ada has everything, Bob a problem and a late submission, and the third one
/// a hostile name.
fn class() -> Book {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    b.book.record(&graded("ada", "final"), "r").unwrap();
    let mark = Mark {
        points: Some(4.5),
        comment: "Good, but \"why\"?\n<b>".to_owned(),
    };
    b.book.mark("ada", "bar", "essay", &mark).unwrap();
    let mut late = graded("bob", "bar");
    late.share = 2.0 / 3.0;
    late.late = 90_000;
    b.book.record(&late, "r").unwrap();
    let broken = problem("bob", "final", "It is no notebook.");
    b.book.record(&broken, "r").unwrap();
    let hostile = "=HYPERLINK(\"http://x\",\"y\")";
    b.book.record(&graded(hostile, "bar"), "r").unwrap();
    b
}

fn written(
    book: &Gradebook,
    write: impl Fn(&Reading<'_>, &Chosen<'_>, &mut Vec<u8>) -> anyhow::Result<()>,
) -> String {
    let reading = book.read().unwrap();
    let chosen = Chosen::of(&reading, None).unwrap();
    let mut bytes = Vec::new();
    write(&reading, &chosen, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
    text
}

#[test]
fn csv_has_a_row_for_each_student() {
    let table = written(&class().book, |r, c, out| report::wide(r, c, out));
    insta::assert_snapshot!(table, @r#"
    student,bar,final,total,possible,pending,problem
    "'=HYPERLINK(""http://x"",""y"")",3,,3,20,1,
    ada,7.5,3,10.5,20,1,
    bob,2,0,2,20,1,final: It is no notebook.
    "#);
}

#[test]
fn what_nobody_has_handed_in_is_not_missed() {
    let mut b = Book::new();
    b.book.record(&graded("ada", "bar"), "r").unwrap();
    let table = written(&b.book, |r, c, out| report::wide(r, c, out));
    insta::assert_snapshot!(table, @r"
    student,bar,final,total,possible,pending,problem
    ada,3,,3,10,1,
    ");
    b.book.record(&problem("bob", "final", "No."), "r").unwrap();
    let table = written(&b.book, |r, c, out| report::wide(r, c, out));
    insta::assert_snapshot!(table, @r"
    student,bar,final,total,possible,pending,problem
    ada,3,,3,20,1,
    bob,,0,0,20,0,final: No.
    ");
}

#[test]
fn text_has_no_fences() {
    let mut b = Book::new();
    let mut result = graded("ada", "bar");
    result.items[1].words = "It does not compile.\n\n```\n  --> x\n```".to_owned();
    b.book.record(&result, "r").unwrap();
    let reading = b.book.read().unwrap();
    let chosen = Chosen::of(&reading, Some("bar")).unwrap();
    let results = Results::of(&reading.student("ada").unwrap(), &chosen);
    assert_eq!(
        results.tests[1].output,
        "◐ partly right: 2 of 4 points\n\nIt does not compile.\n\n  --> x"
    );
}

#[test]
fn csv_of_items_has_a_row_for_each_task() {
    let table = written(&class().book, |r, c, out| report::items(r, c, out));
    insta::assert_snapshot!(table, @r#"
    student,notebook,task,verdict,earned,points,possible,marked,comment,answer,submitted,late_seconds,share,problem
    "'=HYPERLINK(""http://x"",""y"")",bar,quiz,right,1,1,1,,,B,2026-08-06T10:00:00Z,0,1,
    "'=HYPERLINK(""http://x"",""y"")",bar,code,partly,2,2,4,,,fn f() {},2026-08-06T10:00:00Z,0,1,
    "'=HYPERLINK(""http://x"",""y"")",bar,essay,pending,,,5,,,It depends.,2026-08-06T10:00:00Z,0,1,
    ada,bar,quiz,right,1,1,1,,,B,2026-08-06T10:00:00Z,0,1,
    ada,bar,code,partly,2,2,4,,,fn f() {},2026-08-06T10:00:00Z,0,1,
    ada,bar,essay,marked,4.5,4.5,5,4.5,"Good, but ""why""?
    <b>",It depends.,2026-08-06T10:00:00Z,0,1,
    ada,final,quiz,right,1,1,1,,,B,2026-08-06T10:00:00Z,0,1,
    ada,final,code,partly,2,2,4,,,fn f() {},2026-08-06T10:00:00Z,0,1,
    ada,final,essay,pending,,,5,,,It depends.,2026-08-06T10:00:00Z,0,1,
    bob,bar,quiz,right,1,0.6667,1,,,B,2026-08-06T10:00:00Z,90000,0.6667,
    bob,bar,code,partly,2,1.3333,4,,,fn f() {},2026-08-06T10:00:00Z,90000,0.6667,
    bob,bar,essay,pending,,,5,,,It depends.,2026-08-06T10:00:00Z,90000,0.6667,
    bob,final,quiz,not_graded,0,0,1,,,,2026-08-06T10:00:00Z,0,1,It is no notebook.
    bob,final,code,not_graded,0,0,4,,,,2026-08-06T10:00:00Z,0,1,It is no notebook.
    bob,final,essay,not_graded,0,0,5,,,,2026-08-06T10:00:00Z,0,1,It is no notebook.
    "#);
}

#[test]
fn canvas_without_a_roster_takes_folders_for_logins() {
    let table = written(&class().book, |r, c, out| {
        let Notices(notices) = report::canvas(r, c, None, out)?;
        let expected = "has an apostrophe in front, since it begins like a formula: =HYPERLINK";
        assert!(notices.len() == 1 && notices[0].starts_with(expected));
        Ok(())
    });
    insta::assert_snapshot!(table, @r#"
    Student,ID,SIS User ID,SIS Login ID,Section,bar,final
        Points Possible,,,,,10,10
    "'=HYPERLINK(""http://x"",""y"")",,,"'=HYPERLINK(""http://x"",""y"")",,3,
    ada,,,ada,,7.5,3
    bob,,,bob,,2,0
    "#);
}

#[test]
fn canvas_with_a_roster_says_who_is_missing() {
    let mut b = class();
    for folder in ["ADA@uni.edu", "turing", "stranger"] {
        b.book.record(&graded(folder, "bar"), "r").unwrap();
    }
    let roster = Roster::read(
        "Student,ID,SIS User ID,SIS Login ID,Section,Bar (4711)\n\
         \"Lovelace, Ada\",1,ada@uni.edu,ada,Mo,\n\
         \"Tables, Bobby\",2,,bob,=Mo,\n\
         \"Turing, Alan\",3,t1,turing,Mo,\n\
         \"Turing, Ann\",4,t2,turing,Mo,\n\
         \"Hopper, Grace\",5,,grace,Mo,\n",
    )
    .unwrap();
    let table = written(&b.book, |r, c, out| {
        let Notices(notices) = report::canvas(r, c, Some(&roster), out)?;
        insta::assert_snapshot!(notices.join("\n"), @r#"
        without a column of their own in the roster, so that Canvas makes new assignments of them: final
        left out, since they are not in the roster: =HYPERLINK("http://x","y"); stranger
        left out, since the roster has them more than once: turing
        left out, since the roster has one student for all of: ADA@uni.edu; ada
        in the roster, without a submission: Turing, Alan; Turing, Ann; Hopper, Grace
        "#);
        Ok(())
    });
    insta::assert_snapshot!(table, @r#"
    Student,ID,SIS User ID,SIS Login ID,Section,Bar (4711),final
        Points Possible,,,,,10,10
    "Tables, Bobby",2,,bob,'=Mo,2,0
    "#);
}

#[test]
fn moodle_has_points_and_feedback_side_by_side() {
    let table = written(&class().book, |r, c, out| {
        report::moodle(r, c, "email", out).map(|Notices(notices)| assert_eq!(notices.len(), 1))
    });
    insta::assert_snapshot!(table, @r#"
    email,bar,bar feedback,final,final feedback
    "'=HYPERLINK(""http://x"",""y"")",3,"The quiz: right, 1 of 1 point.
    The code: partly right, 2 of 4 points.
    The essay: waits for your instructor, – of 5 points.",,
    ada,7.5,"The quiz: right, 1 of 1 point.
    The code: partly right, 2 of 4 points.
    The essay: marked by your instructor, 4.5 of 5 points. Good, but ""why""?
    &lt;b&gt;",3,"The quiz: right, 1 of 1 point.
    The code: partly right, 2 of 4 points.
    The essay: waits for your instructor, – of 5 points."
    bob,2,"Handed in 1 day and 1 hour late: 66.67% of the points count.
    The quiz: right, 1 of 1 point.
    The code: partly right, 2 of 4 points.
    The essay: waits for your instructor, – of 5 points.",0,It is no notebook.
    "#);
}

#[test]
fn gradescope_gets_a_test_for_each_task() {
    let b = class();
    let reading = b.book.read().unwrap();
    let results = |student: &str, notebook: Option<&str>| {
        let chosen = Chosen::of(&reading, notebook).unwrap();
        let results = Results::of(&reading.student(student).unwrap(), &chosen);
        results.to_json().unwrap()
    };
    insta::assert_snapshot!(results("ada", Some("bar")), @r#"
    {
      "score": 7.5,
      "max_score": 10.0,
      "output": "",
      "output_format": "text",
      "visibility": "visible",
      "stdout_visibility": "hidden",
      "tests": [
        {
          "name": "The quiz",
          "number": "1.1",
          "score": 1.0,
          "max_score": 1.0,
          "status": "passed",
          "output": "✓ right: 1 of 1 point\n\nWords on quiz.",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "bar"
          ]
        },
        {
          "name": "The code",
          "number": "1.2",
          "score": 2.0,
          "max_score": 4.0,
          "status": "failed",
          "output": "◐ partly right: 2 of 4 points\n\nWords on code.",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "bar"
          ]
        },
        {
          "name": "The essay",
          "number": "1.3",
          "score": 4.5,
          "max_score": 5.0,
          "status": "failed",
          "output": "✎ marked by your instructor: 4.5 of 5 points\n\nWords on essay.\n\nGood, but \"why\"?\n<b>",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "bar"
          ]
        }
      ]
    }
    "#);
    insta::assert_snapshot!(results("bob", Some("final")), @r#"
    {
      "score": 0.0,
      "max_score": 10.0,
      "output": "final: It is no notebook.",
      "output_format": "text",
      "visibility": "visible",
      "stdout_visibility": "hidden",
      "tests": [
        {
          "name": "The quiz",
          "number": "1.1",
          "score": 0.0,
          "max_score": 1.0,
          "status": "failed",
          "output": "∅ not graded: 0 of 1 point",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "final"
          ]
        },
        {
          "name": "The code",
          "number": "1.2",
          "score": 0.0,
          "max_score": 4.0,
          "status": "failed",
          "output": "∅ not graded: 0 of 4 points",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "final"
          ]
        },
        {
          "name": "The essay",
          "number": "1.3",
          "score": 0.0,
          "max_score": 5.0,
          "status": "failed",
          "output": "∅ not graded: 0 of 5 points",
          "output_format": "text",
          "visibility": "visible",
          "tags": [
            "final"
          ]
        }
      ]
    }
    "#);
    let bob = results("bob", None);
    assert!(bob.contains("Handed in 1 day and 1 hour late: 66.67% of the points count."));
    for student in ["ada", "bob"] {
        assert!(!results(student, None).contains("SECRET"));
    }
    let sentence = Results::problem("Nothing was handed in.")
        .to_json()
        .unwrap();
    let value: serde_json::Value = serde_json::from_str(&sentence).unwrap();
    assert_eq!(value["score"], 0.0);
    assert_eq!(value["output"], "Nothing was handed in.");
}

#[test]
fn a_notebook_can_be_chosen_by_its_name() {
    let b = class();
    let reading = b.book.read().unwrap();
    let error = Chosen::of(&reading, Some("finall")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no notebook \"finall\" in the gradebook; the nearest is \"final\""
    );
    let chosen = Chosen::of(&reading, Some("final")).unwrap();
    let mut bytes = Vec::new();
    report::wide(&reading, &chosen, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.starts_with("student,final,total,possible,pending,problem\n"),
        "{text}"
    );
}

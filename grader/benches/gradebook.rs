//! How long it takes to record, skip and read 10,000 results of 12 items each,
//! with every result on the disk before the next one begins.
//!
//!     cargo bench -p twoaxes-grader --bench gradebook --locked [-- RESULTS]

use std::time::Instant;

use anyhow::Context as _;
use twoaxes_grader::gradebook::Gradebook;
use twoaxes_grader::results::{Graded, Item, Task, TaskKind, Verdict};

const ITEMS: usize = 12;

fn main() -> anyhow::Result<()> {
    let given = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let results: usize = given.unwrap_or(10_000);
    let folder = tempfile::tempdir()?;
    let mut book = Gradebook::open(folder.path())?;
    book.set_tasks("barista", &tasks())?;

    let timed = |what: &str, begun: Instant| {
        let seconds = begun.elapsed().as_secs_f64();
        println!("{what}: {seconds:.1} s, {:.0}/s", results as f64 / seconds);
    };
    let begun = Instant::now();
    for number in 0..results {
        book.record(&graded(number, 2.0), "rules")?;
    }
    timed("record", begun);
    let begun = Instant::now();
    for number in 0..results {
        book.basis(&name(number), "barista")?
            .context("a result is missing")?;
    }
    timed("basis", begun);
    let begun = Instant::now();
    for number in 0..results {
        book.record(&graded(number, 3.0), "other rules")?;
    }
    timed("record again, all items changed", begun);
    let begun = Instant::now();
    let mut points = 0.0;
    for student in book.read()?.students() {
        let student = student?;
        points += student.submissions.iter().map(|s| s.points()).sum::<f64>();
    }
    timed("read", begun);
    anyhow::ensure!(points == (results * ITEMS) as f64 * 3.0, "points are lost");
    let bytes = std::fs::metadata(folder.path().join(twoaxes_grader::gradebook::FILE_NAME))?.len();
    println!("{:.1} MB", bytes as f64 / 1e6);
    Ok(())
}

fn name(number: usize) -> String {
    format!("student-{number}")
}

fn tasks() -> Vec<Task> {
    let task = |number| Task {
        notebook: "barista".to_owned(),
        name: format!("barista-{number}"),
        kind: TaskKind::Question,
        title: format!("Question {number}"),
        prompt: "Which one?".to_owned(),
        possible: 4.0,
        options: Vec::new(),
    };
    (0..ITEMS).map(task).collect()
}

fn graded(number: usize, earned: f64) -> Graded {
    let item = |task| Item {
        name: format!("barista-{task}"),
        earned: Some(earned),
        verdict: Verdict::Partly,
        answer: "fn serve(orders: &[u32]) -> u32 { orders.iter().sum() }\n".repeat(4),
        said: String::new(),
        words: "Two of four cases hold; the third one begins with an empty queue.".to_owned(),
        evidence: "case 3: expected 40, found 38".to_owned(),
    };
    Graded {
        student: name(number),
        notebook: "barista".to_owned(),
        digest: format!("{number:064x}"),
        submitted: None,
        problem: None,
        remarks: Vec::new(),
        items: (0..ITEMS).map(item).collect(),
        share: 1.0,
        late: 0,
        seconds: 0.1,
    }
}

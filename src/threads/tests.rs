//! Looks that are made up, and one real thread.

use super::look::{Look, Looker, Seen, own_number, parse};
use super::story::Story;
use super::*;
use crate::trace::{SpanKind, Trace};

const MS: u64 = 1_000_000;

/// Threads at a time in ms: number, CPU time in ms, CPU, whether it sleeps.
fn look(at: u64, threads: &[(i32, u64, u16, bool)]) -> Look {
    let threads = threads.iter().map(|(number, cpu_time, cpu, sleeps)| Seen {
        number: *number,
        name: if *number == 1 {
            "cell"
        } else {
            "twoaxes-kernel"
        }
        .to_owned(),
        cpu_time: cpu_time * MS,
        cpu: *cpu,
        sleeps: *sleeps,
    });
    Look {
        at: at * MS,
        threads: threads.collect(),
    }
}

fn told(looks: Vec<Look>) -> Trace {
    let mut looks = looks.into_iter();
    let mut story = Story::new(looks.next().unwrap());
    looks.for_each(|look| story.add(look));
    story.told().unwrap()
}

/// `thread: CPU or wait, from, to` in ms.
fn spans(trace: &Trace) -> Vec<(String, Option<String>, u64, u64)> {
    let spans = trace.spans().iter().map(|span| {
        let worker = span.worker.map(|at| trace.workers()[at.0].name.clone());
        assert_eq!(worker.is_none(), span.kind == SpanKind::Wait);
        let name = trace.tasks()[span.task.0].name.clone();
        (name, worker, span.start / MS, span.end / MS)
    });
    spans.collect()
}

#[test]
fn a_thread_that_runs_on_is_one_span() {
    let trace = told(vec![
        look(0, &[(1, 5, 0, false)]),
        look(10, &[(1, 15, 0, false)]),
        look(20, &[(1, 25, 0, false)]),
        look(30, &[(1, 25, 0, true)]),
    ]);
    let cell = || "cell".to_owned();
    assert_eq!(
        spans(&trace),
        [
            (cell(), Some("CPU 0".to_owned()), 0, 20),
            (cell(), None, 20, 30)
        ]
    );
}

#[test]
fn threads_on_two_cpus_run_side_by_side_and_on_one_in_turn() {
    for (second_cpu, parallel) in [(1, 2), (0, 1)] {
        let had = if second_cpu == 1 { 10 } else { 5 };
        let trace = told(vec![
            look(0, &[(1, 0, 0, false)]),
            look(10, &[(1, had, 0, false), (2, had, second_cpu, false)]),
        ]);
        assert_eq!(trace.peak_parallelism(), parallel, "{:?}", spans(&trace));
        assert_eq!(trace.work(), 2 * had * MS);
        assert_eq!(trace.tasks()[1].name, "thread 1");
    }
}

#[test]
fn who_wants_to_run_and_may_not_is_in_the_queue() {
    let trace = told(vec![
        look(0, &[(1, 0, 0, false), (2, 0, 0, false)]),
        look(10, &[(1, 10, 0, false), (2, 0, 0, false)]),
        look(20, &[(1, 10, 0, true), (2, 10, 0, false)]),
    ]);
    assert_eq!(trace.queue_length()[0].1, 1, "{:?}", spans(&trace));
}

#[test]
fn a_thread_of_before_that_does_nothing_is_not_shown() {
    let trace = told(vec![
        look(0, &[(1, 0, 0, false), (2, 7, 1, true)]),
        look(10, &[(1, 10, 0, false), (2, 7, 1, true), (3, 0, 1, true)]),
    ]);
    let names: Vec<&str> = trace.tasks().iter().map(|task| &*task.name).collect();
    assert_eq!(names, ["cell", "thread 1"]);
}

#[test]
fn odd_looks_still_make_a_trace() {
    for looks in [
        vec![look(0, &[(1, 0, 0, false)])],
        // The clock of a thread stands still, or is ahead; a thread is gone, or moves.
        vec![
            look(0, &[(1, 9, 0, false)]),
            look(
                1,
                &[(1, 2, 0, false), (2, 900, 0, false), (3, 900, 0, true)],
            ),
            look(1, &[(1, 3, 0, false)]),
            look(3, &[(1, 90, 1, false), (3, 901, 1, false)]),
        ],
    ] {
        let trace = told(looks);
        assert!(!trace.tasks().is_empty());
    }
    assert!(Story::new(Look::default()).told().is_err());
}

#[test]
fn a_line_of_the_system_is_read() {
    let fields = ["0"; 33].join(" ");
    for (line, expected) in [
        (
            format!("7 (a b) R {fields} 17 0 5 0 0"),
            Some(("a b", 'R', 5)),
        ),
        (format!("7 (a) (b) S {fields} 17 0 6 0"), None),
        ("7 (a) R 1".to_owned(), None),
        (String::new(), None),
    ] {
        // A name with brackets is read to its last one.
        let expected = match line.contains("(a) (b)") {
            true => Some(("a) (b", 'S', 6)),
            false => expected,
        };
        assert_eq!(parse(&line), expected, "{line}");
    }
}

#[test]
fn a_real_thread_that_computes_is_seen_to() {
    let goal = Duration::from_millis(30);
    let (number, told) = mpsc::channel();
    let (done, is_done) = mpsc::channel::<()>();
    let busy = std::thread::Builder::new()
        .name("busy".to_owned())
        .spawn(move || {
            number.send(own_number()).unwrap();
            let begun = Instant::now();
            while begun.elapsed() < goal || is_done.try_recv() == Err(mpsc::TryRecvError::Empty) {}
        })
        .unwrap();
    let number = told.recv().unwrap();
    let mut looker = Looker::new(own_number());
    let first = looker.look(Duration::ZERO);
    let of = |look: &Look| {
        look.threads
            .iter()
            .find(|seen| seen.number == number)
            .cloned()
    };
    let before = of(&first).unwrap();
    assert_eq!(before.name, "busy");
    let deadline = Instant::now() + Duration::from_secs(20);
    let later = loop {
        let seen = of(&looker.look(goal)).unwrap();
        if seen.cpu_time > before.cpu_time + 10 * MS || Instant::now() > deadline {
            break seen;
        }
    };
    drop(done);
    busy.join().unwrap();
    assert!(later.cpu_time > before.cpu_time + 10 * MS, "{later:?}");
}

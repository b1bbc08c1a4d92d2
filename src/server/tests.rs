//! Real runs, most of them with few requests. Nothing depends on how long they
//! take: what is compared are counts, structure, and what is left behind.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::clients::{ACCEPTED, ALL, Clients, Errand, GO, Stage};
use super::*;
use crate::machine::{self, Footprint, OpenFiles, Unit};
use crate::trace::{SpanKind, TaskId};

mod limits;

/// What this process holds before any run. The first runtime of a process that
/// does input and output makes tokio's pair of sockets for signals, which it
/// keeps for all others.
fn footprint() -> Footprint {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build();
    drop(runtime.unwrap());
    Footprint::now()
}

/// Waits until nothing of a run is left; the system forgets threads late.
fn leaves_nothing(before: Footprint) {
    let end = Instant::now() + Duration::from_secs(20);
    while Footprint::now() != before {
        assert!(
            Instant::now() < end,
            "left behind: {:?}, before: {before:?}",
            Footprint::now()
        );
        thread::yield_now();
    }
}

fn told(run: &Run, part: &str) {
    let notes = run.notes().join("\n");
    assert!(notes.contains(part), "no {part:?} in {notes:?}");
}

#[test]
fn all_requests_are_in_flight_on_one_thread() {
    let before = footprint();
    let run = Load::new(300).delay_ms(2_000).measure();
    assert_eq!((run.requests(), run.answered()), (300, 300), "{run}");
    assert_eq!(run.failures(), Failures::default());
    assert_eq!(run.peak_in_flight(), 300);
    assert_eq!(run.trace.peak_concurrency(), 300);
    assert_eq!(run.trace.peak_parallelism(), 1);
    assert_eq!(run.latency().count(), 300);
    assert!(run.latency().median() >= run.delay());
    assert!(run.latency().worst() >= run.latency().percentile(99.9));
    // A request is not in flight before it is read.
    for task in (0..300).map(TaskId) {
        let first = run.trace.spans_of(task).next().unwrap();
        assert_eq!(first.kind, SpanKind::Run);
    }
    let workers: Vec<_> = run.trace.workers().iter().map(|w| &*w.name).collect();
    assert_eq!(workers, ["event loop"]);
    assert!(run.cpu_time() > 0 && run.clients_cpu_time() > 0);
    leaves_nothing(before);
}

#[test]
fn more_threads_share_the_handlers() {
    let before = footprint();
    let run = Load::new(200)
        .delay_ms(1_000)
        .threads(2)
        .compute_us(50)
        .measure();
    assert_eq!(run.answered(), 200, "{run}");
    assert_eq!(run.trace.tasks().len(), 200);
    assert!((1..=2).contains(&run.trace.workers().len()));
    assert!((1..=2).contains(&run.trace.peak_parallelism()));
    assert!(run.peak_in_flight() <= 200);
    leaves_nothing(before);
}

#[test]
fn a_hog_computes_on_the_loop_or_on_a_thread_of_its_own() {
    let before = footprint();
    let load = Load::new(80).delay_ms(200).hog_ms(100);
    let ran_on = |run: &Run| {
        let hog = run.trace.task_named("hog").unwrap();
        assert_eq!(hog, TaskId(60));
        let spans = run.trace.spans_of(hog);
        let longest = spans
            .filter(|span| span.kind == SpanKind::Run)
            .max_by_key(|span| span.length());
        let worker = longest.unwrap().worker.unwrap();
        run.trace.workers()[worker.0].name.clone()
    };
    let in_the_way = load.measure();
    assert_eq!(in_the_way.answered(), 80, "{in_the_way}");
    assert_eq!(ran_on(&in_the_way), "event loop");
    assert_eq!(in_the_way.trace.peak_parallelism(), 1);
    let offloaded = load.offloaded().measure();
    assert_eq!(offloaded.answered(), 80, "{offloaded}");
    assert_eq!(ran_on(&offloaded), "blocking thread");
    for run in [&in_the_way, &offloaded] {
        // The hog is no bystander.
        assert_eq!(run.latency().count(), 79);
        assert!(run.hog_latency().is_some_and(|time| time >= run.delay()));
    }
    leaves_nothing(before);
}

#[test]
fn all_four_runs_stand_beside_each_other() {
    let before = footprint();
    let question = try_measure(100).unwrap();
    for (name, run) in question.runs() {
        assert_eq!(run.answered(), 100, "{name}: {run}");
        // On several threads a task's span is a little longer than its stay.
        assert!(
            run.peak_in_flight() <= run.trace.peak_concurrency(),
            "{name}"
        );
        if run.threads() == 1 {
            assert_eq!(run.peak_in_flight(), run.trace.peak_concurrency(), "{name}");
        }
    }
    let rows = question.rows();
    assert!(rows.iter().all(|(_, values)| values.len() == 4));
    assert_eq!(rows[0].1, ["100"; 4]);
    let text = question.to_string();
    for word in ["hog in the way", "99th percentile", "spawn_blocking"] {
        assert!(text.contains(word), "{text}");
    }
    leaves_nothing(before);
}

#[test]
fn ten_thousand_requests_on_one_thread() {
    let files = OpenFiles::now();
    let fits = files.ceiling.saturating_sub(files.open) >= 10_100;
    let run = Load::new(10_000).delay_ms(1_500).measure();
    assert_eq!(run.answered(), run.requests(), "{run}");
    assert_eq!(run.trace.peak_parallelism(), 1);
    assert_eq!(run.peak_in_flight(), run.trace.peak_concurrency());
    if fits {
        assert_eq!(run.requests(), 10_000);
    } else {
        told(&run, "limit of open files");
    }
}

#[test]
fn numbers_that_cannot_be_run_are_refused_or_replaced() {
    let check = |load: Load, expected: &str| {
        let text = load.try_measure().unwrap_err().to_string();
        assert_eq!(text, format!("a server with {expected}"));
        assert!(
            load.nearest()
                .notes
                .iter()
                .any(|note| note.contains(expected))
        );
    };
    let most = usize::MAX;
    check(Load::new(0), "0 requests cannot be run: use 1 to 50000");
    check(
        Load::new(most),
        &format!("{most} requests cannot be run: use 1 to 50000"),
    );
    let one = Load::new(1);
    check(
        one.delay_ms(0),
        "0 ms of the backend cannot be run: use 1 to 10000",
    );
    check(one.threads(0), "0 threads cannot be run: use 1 to 256");
    check(
        one.compute_us(10_001),
        "10001 microseconds of computation per request cannot be run: use 0 to 10000",
    );
    check(
        one.hog_ms(u64::MAX),
        &format!("{} ms of the hog cannot be run: use 0 to 5000", u64::MAX),
    );
    check(
        one.deadline_ms(0),
        "0 ms until the deadline cannot be run: use 100 to 120000",
    );
    let run = Load::new(0).delay_ms(10).measure();
    assert_eq!(run.answered(), 1, "{run}");
    told(&run, "Here it is 1.");
}

#[test]
fn a_backend_that_is_too_quick_for_an_overlap_is_told() {
    // Reading 2000 requests takes longer than a millisecond.
    let run = Load::new(2_000).delay_ms(1).compute_us(50).measure();
    assert_eq!(run.answered(), 2_000, "{run}");
    assert!(run.peak_in_flight() < 2_000);
    assert_eq!(run.peak_in_flight(), run.trace.peak_concurrency());
    told(&run, "of the 2000 requests were in flight at one instant");
}

#[test]
fn what_there_is_to_notice_of_one_request_is_said_of_one() {
    let told = measure(1).what_to_notice();
    assert!(told[0].starts_with("1 request was in flight"), "{told:?}");
    // The one request is the hog: nobody is behind it.
    let told = told.join(" ");
    assert!(
        !told.contains("percentile") && !told.contains("median"),
        "{told}"
    );
}

#[test]
fn more_threads_than_cpus_have_time_for_what_the_cpus_compute() {
    let _pinned = machine::pin(&machine::allowed()[..1]).unwrap();
    let load = Load::new(1_000).compute_us(10_000);
    let deadline = load.threads(1).nearest().deadline;
    assert_eq!(load.threads(256).nearest().deadline, deadline);
}

#[test]
fn one_request_may_be_the_hog() {
    let run = Load::new(1).delay_ms(10).hog_ms(1).measure();
    assert_eq!((run.answered(), run.latency().count()), (1, 0), "{run}");
    assert!(run.hog_latency().is_some());
}

#[test]
fn more_threads_than_cpus_are_called_oversubscribed() {
    let run = Load::new(20).delay_ms(50).threads(256).measure();
    assert_eq!(run.answered(), 20, "{run}");
    told(&run, "Oversubscribed: 256 threads");
}

#[test]
fn runs_in_a_runtime_and_beside_each_other() {
    let before = footprint();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let load = Load::new(50).delay_ms(100);
    let answered = runtime.block_on(async { load.measure().answered() });
    drop(runtime);
    assert_eq!(answered, 50);
    let both = [(); 2].map(|()| thread::spawn(move || load.measure()));
    for run in both.map(|one| one.join().unwrap()) {
        assert_eq!(run.answered(), 50, "{run}");
    }
    leaves_nothing(before);
}

#[test]
fn clients_at_a_closed_door_say_so() {
    let before = footprint();
    let (door, port) = serve::door().unwrap();
    drop(door);
    let errand = Errand {
        requests: 30,
        port,
        deadline: u64::MAX,
        unit: Unit::of_rounds(1),
    };
    let (mut clients, mut control) = Clients::start(errand).unwrap();
    control.set_nonblocking(false).unwrap();
    let mut byte = [0];
    control.read_exact(&mut byte).unwrap();
    assert_eq!((byte[0], clients.word().made()), (ALL, 0));
    assert!(!clients.word().done());
    clients.end();
    for report in clients.reports() {
        assert_eq!(
            (report.stage, report.reason),
            (Stage::Refused, Some(Errno::ECONNREFUSED))
        );
    }
    drop((clients, control));
    leaves_nothing(before);
}

#[test]
fn clients_whose_door_closes_before_they_are_let_in_say_so() {
    let before = footprint();
    let (door, port) = serve::door().unwrap();
    let errand = Errand {
        requests: 300,
        port,
        deadline: u64::MAX,
        unit: Unit::of_rounds(1),
    };
    let (mut clients, mut control) = Clients::start(errand).unwrap();
    let connected = |clients: &Clients| {
        let reports = clients.reports().into_iter();
        reports.filter(|one| one.stage == Stage::Connected).count()
    };
    // As many as may wait at the door at once.
    let end = Instant::now() + Duration::from_secs(20);
    while connected(&clients) < 100 {
        assert!(Instant::now() < end, "no clients came");
        thread::yield_now();
    }
    drop(door);
    control.set_nonblocking(false).unwrap();
    let patience = Some(Duration::from_secs(20));
    control.set_read_timeout(patience).unwrap();
    let mut byte = [0];
    control.read_exact(&mut byte).unwrap();
    assert_eq!(byte[0], ALL);
    // They hear of it one by one.
    while connected(&clients) > 0 {
        assert!(Instant::now() < end, "clients wait at a closed door");
        thread::yield_now();
    }
    clients.end();
    let reports = clients.reports();
    let count = |stage| reports.iter().filter(|one| one.stage == stage).count();
    assert_eq!((count(Stage::Cut), count(Stage::Refused)), (100, 200));
    drop((clients, control));
    leaves_nothing(before);
}

#[test]
fn clients_check_what_they_get() {
    let before = footprint();
    let (door, port) = serve::door().unwrap();
    let unit = Unit::of_rounds(7);
    let errand = Errand {
        requests: 4,
        port,
        deadline: u64::MAX,
        unit,
    };
    door.set_nonblocking(false).unwrap();
    let (mut clients, mut control) = Clients::start(errand).unwrap();
    control.set_nonblocking(false).unwrap();
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(door.accept().unwrap().0);
        control.write_all(&[ACCEPTED]).unwrap();
    }
    control.read_exact(&mut [0]).unwrap();
    assert_eq!(clients.word().made(), 4);
    control.write_all(&[GO]).unwrap();
    for mut stream in all {
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        let number = u64::from_le_bytes(request);
        let right = unit.compute(1, number).to_le_bytes();
        match number {
            0 => stream.write_all(&right).unwrap(),
            1 => stream.write_all(&[0; 8]).unwrap(),
            // Half an answer is none.
            2 => stream.write_all(&right[..4]).unwrap(),
            _ => {}
        }
    }
    // Until they leave.
    assert_eq!(control.read(&mut [0]).unwrap(), 0);
    assert!(clients.word().done());
    clients.end();
    let stages: Vec<_> = clients.reports().iter().map(|one| one.stage).collect();
    let expected = [Stage::Answered, Stage::Wrong, Stage::Cut, Stage::Cut];
    assert_eq!(stages, expected);
    drop((clients, control, door));
    leaves_nothing(before);
}

#[test]
fn on_one_cpu_all_cores_are_one_thread_and_it_says_so() {
    let _pinned = machine::pin(&machine::allowed()[..1]).unwrap();
    let question = measure(50);
    assert_eq!(question.all_cores.threads(), 1);
    assert_eq!(question.all_cores.answered(), 50);
    let told = question.what_to_notice().join(" ");
    assert!(told.contains("There is one CPU here"), "{told}");
    assert_eq!(question.offloaded.trace.conditions().unwrap().cpus, 1);
}

#[test]
fn large_numbers_have_commas() {
    let check = |number, expected: &str| assert_eq!(load::thousands(number), expected);
    check(0, "0");
    check(999, "999");
    check(8_192, "8192");
    check(10_000, "10,000");
    check(123_456, "123,456");
    check(1_234_567, "1,234,567");
}

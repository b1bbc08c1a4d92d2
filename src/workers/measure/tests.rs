//! Small real runs. Nothing here depends on how long they take.

use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};
use proptest::prelude::*;

use super::jobs::{Ended, Jobs};
use super::plan::Plan;
use super::room::Room;
use super::*;
use crate::machine::{self, Footprint};
use crate::record::Recorder;
use crate::team::Deadline;
use crate::team::tests::leaves_nothing;
use crate::trace::{Origin, SpanKind};
use crate::workers;

mod plans;

/// Two CPUs without a limit, wherever the test runs.
const TWO: Room = Room {
    cpus: 2,
    quota: None,
};

/// What a trace's notes say, in one text.
fn told(trace: &Trace) -> String {
    trace.notes().join(" ")
}

#[test]
fn each_task_is_one_span_on_one_worker() {
    for runtime in Runtime::ALL {
        for (tasks, workers) in [(1, 1), (8, 1), (8, 2), (9, 4), (2, 5)] {
            let trace = try_measure(runtime, tasks, 1, workers).unwrap();
            let case = format!("{runtime}, {tasks} tasks, {workers} workers");
            assert_eq!(trace.origin(), Origin::Measured, "{case}");
            assert_eq!(trace.tasks().len(), tasks, "{case}");
            assert_eq!(trace.workers().len(), workers, "{case}");
            assert_eq!(trace.workers()[0].name, "worker 1");
            assert_eq!(trace.spans().len(), tasks, "{case}");
            for (task, span) in trace.per_task().iter().zip(1..) {
                assert_eq!(task.name, format!("task {span}"));
                assert_eq!(task.running + task.queued, task.turnaround, "{case}");
            }
            let spans = trace.spans();
            assert!(spans.iter().all(|span| span.kind == SpanKind::Run));
            assert!(spans.iter().all(|span| span.cpu.is_some()), "{case}");
            assert!(trace.peak_parallelism() <= workers.min(tasks), "{case}");
            assert!(trace.conditions().is_some());
        }
    }
}

#[test]
fn tasks_that_wait_block_a_worker_or_give_it_back() {
    let check = |runtime, workers, wanted: &[SpanKind]| {
        let experiment = Experiment::new(runtime).tasks(3).compute(1).wait(3);
        let experiment = experiment.compute(1).workers(workers);
        let (real, simulated) = (experiment.try_measure().unwrap(), experiment.simulate());
        for trace in [&real, &simulated] {
            for task in 0..3 {
                let spans = trace.spans_of(crate::trace::TaskId(task));
                let mut kinds: Vec<SpanKind> = spans.map(|span| span.kind).collect();
                // A sleep may be polled once more than it has to be.
                kinds.dedup();
                assert_eq!(kinds, wanted, "{runtime}");
            }
        }
        (real.peak_concurrency(), simulated.peak_concurrency())
    };
    let (run, wait) = (SpanKind::Run, SpanKind::Wait);
    let blocked = [run, SpanKind::Blocked, run];
    assert_eq!(check(Runtime::Threads, 1, &blocked), (1, 1));
    assert_eq!(check(Runtime::Rayon, 1, &blocked), (1, 1));
    assert_eq!(check(Runtime::Tokio, 1, &[run, wait, run]).1, 3);
}

#[test]
fn nothing_is_left_behind() {
    for runtime in Runtime::ALL {
        let waits = Experiment::new(runtime).tasks(2).wait(1).workers(2);
        leaves_nothing(|| {
            _ = measure(runtime, 4, 1, 3);
            _ = waits.measure();
            _ = try_measure(runtime, 0, 1, 3);
        });
    }
}

#[test]
fn one_cpu_is_oversubscribed_by_two_workers() {
    let cpu = machine::allowed()[0];
    let _pinned = machine::pin(&[cpu]).unwrap();
    for runtime in Runtime::ALL {
        let trace = measure(runtime, 4, 1, 2);
        let note = "Oversubscribed: 2 workers share 1 CPU, so at most 1 can compute at one instant";
        assert!(told(&trace).contains(note), "{:?}", trace.notes());
        assert!(trace.spans().iter().all(|span| span.cpu == Some(cpu)));
        let alone = measure(runtime, 2, 1, 1);
        assert!(!told(&alone).contains("Oversubscribed"));
    }
    // Who only waits needs no CPU.
    let waiting = Experiment::new(Runtime::Threads).wait(1).workers(4);
    assert!(!told(&waiting.measure()).contains("Oversubscribed"));
    let sweep = sweep(Runtime::Threads, 2, 1, 2);
    assert_eq!(sweep.cpus(), 1);
    assert!(sweep.amdahl().is_err() && sweep.usl().is_err());
    assert!(sweep.to_string().contains("oversubscribed"));
}

proptest! {
    #[test]
    fn what_should_happen_keeps_the_laws(
        tasks in 1_usize..20,
        (compute, wait, again) in (0_u64..9, 0_u64..9, 1_u64..9),
        workers in 1_usize..6,
        runtime in prop::sample::select(Runtime::ALL.to_vec()),
    ) {
        let experiment = Experiment::new(runtime).tasks(tasks).compute(compute).wait(wait);
        let trace = experiment.compute(again).workers(workers).simulate();
        let ms = 1_000_000;
        let each = compute + again;
        let work = tasks as u64 * each * ms;
        prop_assert_eq!(trace.work(), work);
        prop_assert!(trace.makespan() >= work.div_ceil(workers as u64));
        prop_assert!(trace.makespan() >= (each + wait) * ms);
        if runtime.wait_blocks() || wait == 0 {
            let rounds = tasks.div_ceil(workers) as u64;
            prop_assert_eq!(trace.makespan(), rounds * (each + wait) * ms);
        }
    }

    #[test]
    fn a_spread_is_in_order(values in prop::collection::vec(any::<f64>(), 0..30)) {
        let all = Spread::of(&values);
        let five = [all.least, all.lower, all.median, all.upper, all.most];
        prop_assert!(five.is_sorted() || five.iter().all(|value| value.is_nan()));
    }
}

#[test]
fn quartiles_lie_between_measurements() {
    let check = |values: &[f64], expected: [f64; 5]| {
        let all = Spread::of(values);
        let five = [all.least, all.lower, all.median, all.upper, all.most];
        assert_eq!(five, expected);
    };
    check(&[3.0], [3.0; 5]);
    check(&[2.0, 1.0], [1.0, 1.25, 1.5, 1.75, 2.0]);
    check(&[5.0, 1.0, 3.0, 2.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]);
    check(&[f64::NAN, 1.0, f64::INFINITY], [1.0; 5]);
    let most = 2_f64.powi(1_023);
    check(&[-most, most], [-most, -most / 2.0, 0.0, most / 2.0, most]);
}

#[test]
fn a_run_that_takes_too_long_is_given_up() {
    for runtime in Runtime::ALL {
        // A minute of computing, and one of waiting, on two workers.
        for asked in [
            Experiment::new(runtime).tasks(3).compute(20_000),
            Experiment::new(runtime).tasks(3).wait(20_000),
        ] {
            let asked = asked.workers(2);
            let began = Instant::now();
            let plan = Plan::exactly(&asked.clone().tasks(1), TWO).unwrap();
            let deadline = Deadline::after(Duration::from_millis(20));
            let run = run::run(&plan, 0, deadline, Vec::new(), true).unwrap();
            let told = told(&run.trace);
            assert!(
                told.contains("when 0 of 1 tasks were complete"),
                "{runtime}: {told}"
            );
            assert!(run.checked().is_err());
            assert!(began.elapsed() < Duration::from_secs(15), "{runtime}");
        }
    }
}

#[test]
fn a_wrong_result_is_found() {
    let asked = equal(Runtime::Threads, 3, 1);
    let plan = Plan::exactly(&asked, TWO).unwrap();
    let deadline = Deadline::after(Duration::from_secs(5));
    let jobs = Jobs::new(&plan, Recorder::new("wrong"), deadline);
    let _at = jobs.recorder.enter("worker 1");
    jobs.hold(0);
    jobs.keep(1, Some(1));
    let found = Ended {
        complete: 2,
        wrong: 1,
    };
    assert_eq!(jobs.ended(), found);
}

#[test]
fn what_should_happen_is_the_staircase() {
    for runtime in Runtime::ALL {
        for (workers, ticks) in workers::staircase(8, 10, 9) {
            let experiment = equal(runtime, 8, 10).workers(workers);
            let trace = experiment.simulate();
            assert_eq!(trace.makespan(), ticks * 1_000_000, "{workers}");
            assert_eq!(trace.origin(), Origin::Simulated);
        }
    }
    let drips = |runtime| {
        let coffee = Experiment::new(runtime).tasks(3).compute(2).wait(10);
        coffee.compute(2).workers(1).simulate()
    };
    // One barista: 3 x 2 of work, then the last waits, then 2 of work.
    assert_eq!(drips(Runtime::Tokio).makespan(), 18_000_000);
    assert_eq!(drips(Runtime::Threads).makespan(), 42_000_000);
    assert_eq!(drips(Runtime::Rayon).speedup(), 1.0);
}

#[test]
fn a_sweep_has_a_point_for_each_number_of_workers() {
    for runtime in Runtime::ALL {
        let sweep = equal(runtime, 4, 1).repetitions(3).try_sweep(3).unwrap();
        assert_eq!((sweep.points().len(), sweep.repetitions()), (3, 3));
        for (point, workers) in sweep.points().iter().zip(1..) {
            assert_eq!(point.workers, workers);
            assert_eq!(point.trace.workers().len(), workers);
            let (tasks, rounds) = (4.0, 4_usize.div_ceil(workers));
            assert_eq!(point.simulated, tasks / rounds as f64);
            assert_eq!(point.oversubscribed, workers > sweep.cpus());
            let spread = point.speedup;
            assert!(0.0 < spread.least && spread.least <= spread.median);
            assert!(spread.median <= spread.most);
        }
        let text = sweep.to_string();
        let title = format!("{runtime}: 4 tasks of 1 unit, medians of 3 repetitions (measured)");
        assert!(text.starts_with(&title), "{text}");
        assert_eq!(text, sweep.figure().text());
        let few = sweep.points().iter().filter(|p| !p.oversubscribed).count();
        assert_eq!(sweep.usl().is_err(), few < 3, "{text}");
        assert_eq!(sweep.amdahl().is_err(), few < 2, "{text}");
    }
}

#[test]
fn a_cell_may_be_inside_of_a_runtime() {
    let outer = tokio::runtime::Runtime::new().unwrap();
    outer.block_on(async {
        for runtime in Runtime::ALL {
            assert!(try_measure(runtime, 2, 1, 2).is_ok());
        }
    });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    assert!(
        pool.unwrap()
            .install(|| try_measure(Runtime::Rayon, 2, 1, 2).is_ok())
    );
}

#[test]
fn a_quota_makes_fewer_workers_run() {
    let check = |cpus, quota, workers, said: Option<&str>| {
        let note = Room { cpus, quota }.note(workers);
        match said {
            Some(said) => assert!(note.as_ref().is_some_and(|n| n.contains(said)), "{note:?}"),
            None => assert_eq!(note, None),
        }
    };
    check(2, None, 2, None);
    check(
        2,
        None,
        3,
        Some("3 workers share 2 CPUs, so at most 2 can compute"),
    );
    check(1, None, 2, Some("2 workers share 1 CPU, so at most 1 can"));
    let half = "share 0.50 CPUs' worth of time, so not even 1 can get on at full speed";
    check(2, Some(500), 2, Some(half));
    let some = "share 2.50 CPUs' worth of time, so at most 2 can get on at full speed";
    check(4, Some(2_500), 3, Some(some));
    check(4, Some(2_500), 2, None);
    check(4, Some(9_000), 4, None);
}

/// Each test has a process of its own, which may give up its rights.
#[test]
fn a_system_that_starts_too_few_threads_is_told() {
    const FEW: u64 = 8;
    // Limits of threads do not bind the administrator. Without rights the
    // system counts the threads of the user, which may be more already.
    // SAFETY: no thread of this process depends on whose it is.
    _ = unsafe { libc::setuid(61_234) };
    setrlimit(Resource::RLIMIT_NPROC, FEW, FEW).unwrap();
    let before = Footprint::now().threads;
    for runtime in Runtime::ALL {
        let error = try_measure(runtime, 2, 1, 250).unwrap_err().to_string();
        assert!(error.contains(" of 250 threads: "), "{error}");
    }
    for runtime in Runtime::ALL {
        let trace = measure(runtime, 2, 1, 250);
        assert!(trace.workers().len() < 250);
        assert!(told(&trace).contains("The system started"), "{trace}");
        let asked = equal(runtime, 2, 1).repetitions(1);
        assert!(asked.try_sweep(20).is_err(), "{runtime}");
        let sweep = asked.sweep(20);
        let (points, notes) = (sweep.points().len(), sweep.notes().join(" "));
        assert!((1..20).contains(&points), "{sweep}");
        let near = format!("Here are up to {points} worker");
        assert!(notes.contains(&near), "{notes}");
    }
    let deadline = Deadline::after(Duration::from_secs(5));
    while Footprint::now().threads != before && !deadline.has_passed() {
        std::thread::yield_now();
    }
    assert_eq!(Footprint::now().threads, before);
}

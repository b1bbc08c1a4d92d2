//! Real runs: what recording costs, and what two workers are worth. Run by
//! `python3 benches/real_runs.py`, which makes the report.
//!
//! The same code runs bare and recorded in turns, many times, in one process;
//! what is reported is the median of the ratios of such pairs, so that a slow
//! second of the machine meets both. Runs are short, so that many are left alone
//! on a machine that is not, and CPU time is reported beside. Only the tasks
//! are timed: threads are started before, and the recording is put together
//! after.
//!
//! Prints a line of JSON for each figure: `name`, `value`, `unit`, `bar` (with
//! `most` or `least`) where there is one, and `details`. The last line has
//! `notes`: what disturbed the machine meanwhile.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use twoaxes::machine::{self, Unit, Usage, Watch, unit};
use twoaxes::record::Recorder;
use twoaxes::workers::{self, Runtime};

/// Tasks in one timed run of the recorder's figures. Threads may begin on one
/// CPU, and it takes the system some milliseconds to move one of them: a run is
/// long beside that.
const TASKS: usize = 6_000;
/// A task of 10 microseconds is this part of a unit.
const PART: u64 = 100;
const PAIRS: usize = 100;
/// Spans whose cost is timed together, and how often.
const BATCH: u32 = 1_000;
const BATCHES: u32 = 500;
/// The most that recording may add.
const OVERHEAD: f64 = 0.03;

/// Units of a task, and rounds, of the figures of speedup.
const UNITS: u64 = 25;
const ROUNDS: usize = 25;
const EQUAL_TASKS: usize = 8;
const WORKERS: usize = 2;
const SPEEDUP: f64 = 1.9;

fn main() {
    let cpus = machine::allowed().len();
    let (watch, before) = (Watch::start(), Usage::of_process());
    let small = Unit::of_rounds(unit().rounds() / PART);
    let workers = WORKERS.min(cpus);
    for (name, polls) in [
        ("rayon", 1),
        ("threads", 1),
        ("tokio", 1),
        ("tokio, 4 polls", 4),
    ] {
        let run = |recorder: Option<&Recorder>| match name {
            "rayon" => on_rayon(workers, TASKS, small, 1, recorder),
            "threads" => on_threads(workers, TASKS, small, 1, recorder),
            _ => on_tokio(workers, TASKS / polls, small, 1, polls, recorder),
        };
        report(&overhead(name, &run));
    }
    report(&cost_of_a_span("a span", false));
    report(&cost_of_a_span("a future's first poll", true));
    for runtime in Runtime::ALL {
        report(&speedup(runtime));
    }
    let conditions = watch.finish(Usage::of_process().since(before), 0);
    report(&json!({ "notes": conditions.disturbances() }));
}

fn report(figure: &Value) {
    println!("{figure}");
}

/// How much longer the same tasks take when they are recorded.
fn overhead(name: &str, run: &dyn Fn(Option<&Recorder>) -> Took) -> Value {
    let (mut bare, mut recorded): (Vec<Took>, Vec<Took>) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        // Who comes first takes turns as well.
        if pair % 2 == 0 {
            bare.push(run(None));
        }
        recorded.push(run(Some(&Recorder::new("overhead"))));
        if pair % 2 == 1 {
            bare.push(run(None));
        }
    }
    let pairs = || bare.iter().zip(&recorded);
    let mut wall: Vec<f64> = pairs().map(|(a, b)| b.wall / a.wall - 1.0).collect();
    let mut cpu: Vec<f64> = pairs().map(|(a, b)| b.cpu / a.cpu - 1.0).collect();
    let ms = |runs: &[Took], part| {
        let mut walls: Vec<f64> = runs.iter().map(|took| took.wall * 1e3).collect();
        at(&mut walls, part)
    };
    json!({
        "name": format!("recording 10 us tasks, {name}"),
        "value": at(&mut wall, 0.5),
        "unit": "share",
        "bar": { "most": OVERHEAD },
        "details": {
            "of CPU time": at(&mut cpu, 0.5),
            "of the fastest tenth": ms(&recorded, 0.1) / ms(&bare, 0.1) - 1.0,
            "quartiles of pairs": [at(&mut wall, 0.25), at(&mut wall, 0.75)],
            "bare (ms)": ms(&bare, 0.5),
            "recorded (ms)": ms(&recorded, 0.5),
            "pairs": PAIRS,
            "tasks": TASKS,
        },
    })
}

/// What a span costs by itself: `run` around nothing, and the poll of a future
/// that is ready, less the same without a recorder.
fn cost_of_a_span(name: &str, polls: bool) -> Value {
    let recorder = Recorder::new("spans");
    let task = recorder.task("task");
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut batch = || {
        let _at = recorder.enter("worker 1");
        let took = timed(|| {
            for _ in 0..BATCH {
                if polls {
                    let future = std::pin::pin!(recorder.future(task, async { black_box(1) }));
                    _ = black_box(future.poll(&mut context));
                } else {
                    black_box(recorder.run(task, || black_box(1)));
                }
            }
        });
        took.wall * 1e9 / f64::from(BATCH)
    };
    let mut costs: Vec<f64> = (0..BATCHES).map(|_| batch()).collect();
    json!({
        "name": name,
        "value": at(&mut costs, 0.5),
        "unit": "ns",
        "bar": { "most": OVERHEAD * 10_000.0 },
        "details": { "least": at(&mut costs, 0.0), "batches": BATCHES },
    })
}

/// Eight equal tasks on two workers, by bare code and by ours.
fn speedup(runtime: Runtime) -> Value {
    let (mut bare, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let serial = one_after_another().wall;
        let parallel = match runtime {
            Runtime::Rayon => on_rayon(WORKERS, EQUAL_TASKS, unit(), UNITS, None),
            Runtime::Tokio => on_tokio(WORKERS, EQUAL_TASKS, unit(), UNITS, 1, None),
            Runtime::Threads => on_threads(WORKERS, EQUAL_TASKS, unit(), UNITS, None),
        };
        let bare_speedup = serial / parallel.wall;
        let trace = workers::measure(runtime, EQUAL_TASKS, UNITS, WORKERS);
        let our_speedup = serial * 1e9 / trace.makespan() as f64;
        bare.push(bare_speedup);
        ours.push(our_speedup);
        ratios.push(our_speedup / bare_speedup);
    }
    json!({
        "name": format!("speedup of 8 equal tasks on 2 workers, {runtime}"),
        "value": at(&mut ours.clone(), 0.5),
        "unit": "times one worker",
        "bar": { "least": SPEEDUP },
        "details": {
            "bare code": at(&mut bare.clone(), 0.5),
            "ours to bare": at(&mut ratios, 0.5),
            "best tenth of ours": at(&mut ours, 0.9),
            "best tenth of bare": at(&mut bare, 0.9),
            "rounds": ROUNDS,
        },
    })
}

/// The work of the figures of speedup on the calling thread.
fn one_after_another() -> Took {
    timed(|| {
        for task in 0..EQUAL_TASKS {
            black_box(unit().compute(UNITS, seed(task)));
        }
    })
}

/// Each task a job of a pool whose threads have started.
fn on_rayon(
    workers: usize,
    tasks: usize,
    unit: Unit,
    units: u64,
    recorder: Option<&Recorder>,
) -> Took {
    let handle = recorder.cloned();
    let (joining, leaving) = (handle.clone(), handle);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers)
        .start_handler(move |index| {
            if let Some(recorder) = &joining {
                recorder.join(format!("worker {}", index + 1));
            }
        })
        .exit_handler(move |_| {
            if let Some(recorder) = &leaving {
                recorder.leave();
            }
        })
        .build()
        .unwrap_or_else(|error| stop(&error));
    pool.broadcast(|_| ());
    let work = |task: usize| {
        black_box(unit.compute(units, seed(task)));
    };
    match recorder {
        None => timed(|| {
            pool.scope_fifo(|scope| {
                for task in 0..tasks {
                    scope.spawn_fifo(move |_| work(task));
                }
            });
        }),
        Some(recorder) => {
            let ids: Vec<_> = (0..tasks).map(|_| recorder.task("task")).collect();
            timed(|| {
                pool.scope_fifo(|scope| {
                    for (task, &id) in ids.iter().enumerate() {
                        scope.spawn_fifo(move |_| recorder.run(id, || work(task)));
                    }
                });
            })
        }
    }
}

/// Threads that take the next task from a counter.
fn on_threads(
    workers: usize,
    tasks: usize,
    unit: Unit,
    units: u64,
    recorder: Option<&Recorder>,
) -> Took {
    let (next, start, end) = (
        AtomicUsize::new(0),
        Barrier::new(workers + 1),
        Barrier::new(workers + 1),
    );
    let ids: Vec<_> = (0..tasks)
        .filter_map(|_| Some(recorder?.task("task")))
        .collect();
    let work = |task: usize| {
        black_box(unit.compute(units, seed(task)));
    };
    let take = || {
        let task = next.fetch_add(1, Ordering::Relaxed);
        (task < tasks).then_some(task)
    };
    thread::scope(|scope| {
        for number in 1..=workers {
            let (start, end, ids) = (&start, &end, &ids);
            scope.spawn(move || match recorder {
                None => {
                    start.wait();
                    while let Some(task) = take() {
                        work(task);
                    }
                    end.wait();
                }
                Some(recorder) => {
                    let _at = recorder.enter(format!("worker {number}"));
                    start.wait();
                    while let Some(task) = take() {
                        recorder.run(ids[task], || work(task));
                    }
                    end.wait();
                }
            });
        }
        // Begun before the workers are let go, or they would be ahead.
        timed(|| {
            start.wait();
            end.wait();
        })
    })
}

/// Spawned futures, each of so many polls, which compute equally much.
fn on_tokio(
    workers: usize,
    tasks: usize,
    unit: Unit,
    units: u64,
    polls: usize,
    recorder: Option<&Recorder>,
) -> Took {
    let handle = recorder.cloned();
    let (joining, leaving) = (handle.clone(), handle);
    let (number, here) = (AtomicUsize::new(0), Arc::new(Barrier::new(workers + 1)));
    let arrived = Arc::clone(&here);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .on_thread_start(move || {
            let number = number.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(recorder) = &joining {
                recorder.join(format!("worker {number}"));
            }
            arrived.wait();
        })
        .on_thread_stop(move || {
            if let Some(recorder) = &leaving {
                recorder.leave();
            }
        })
        .build()
        .unwrap_or_else(|error| stop(&error));
    here.wait();
    let work = move |task: usize| async move {
        for poll in 0..polls {
            if poll > 0 {
                tokio::task::yield_now().await;
            }
            black_box(unit.compute(units, seed(task)));
        }
    };
    let ids: Vec<_> = (0..tasks)
        .filter_map(|_| Some(recorder?.task("task")))
        .collect();
    timed(|| {
        runtime.block_on(async {
            let mut handles = Vec::with_capacity(tasks);
            match recorder {
                None => handles.extend((0..tasks).map(|task| tokio::spawn(work(task)))),
                Some(recorder) => {
                    let tasks = ids.iter().enumerate();
                    let recorded = |(task, id): (usize, &_)| recorder.future(*id, work(task));
                    handles.extend(tasks.map(|task| tokio::spawn(recorded(task))));
                }
            }
            for handle in handles {
                if let Err(error) = handle.await {
                    stop(&error);
                }
            }
        });
    })
}

fn timed(work: impl FnOnce()) -> Took {
    let cpu =
        || clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map_or(Duration::ZERO, Duration::from);
    let (began, used) = (Instant::now(), cpu());
    work();
    Took {
        wall: began.elapsed().as_secs_f64(),
        cpu: cpu().saturating_sub(used).as_secs_f64(),
    }
}

/// Seconds that a run took, of the clock and of all CPUs.
#[derive(Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

fn seed(task: usize) -> u64 {
    u64::try_from(task).unwrap_or(u64::MAX)
}

/// The value below which `part` of the values lie.
fn at(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() as f64 * part) as usize % values.len()]
}

/// A bench that cannot run says why and ends.
fn stop(error: &dyn std::fmt::Display) -> ! {
    eprintln!("the bench could not go on: {error}");
    std::process::exit(1)
}

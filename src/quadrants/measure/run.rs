//! The four programs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rayon::prelude::*;
use tokio::task::JoinSet;

use super::super::quadrant::Quadrant;
use super::error::MeasureError;
use super::experiment::Experiment;
use super::own_thread::on_own_thread;
use super::real::RealQuadrant;
use crate::machine::{self, Unit};
use crate::record::Recorder;
use crate::team::{Deadline, with_pool};
use crate::trace::TaskId;

/// Runs the program for `quadrant` on threads that have ended when this
/// returns.
pub(super) fn measured(quadrant: Quadrant, size: Experiment) -> Result<RealQuadrant, MeasureError> {
    // Calibrated before the run, and not within it.
    let unit = machine::unit();
    on_own_thread("quadrant", || {
        let (title, program): (_, Program) = match quadrant {
            Quadrant::Sequential => ("A plain loop", plain_loop),
            Quadrant::ConcurrentOnly => ("An event loop", event_loop),
            Quadrant::ParallelOnly => ("A parallel loop over a slice", parallel_loop),
            Quadrant::Both => ("An executor with threads", executor),
        };
        let run = Arc::new(Run::new(title, unit, size));
        program(&run)?;
        let real = RealQuadrant::new(quadrant, run.recorder.finish(), size);
        Ok(real.checked(
            run.right.load(Ordering::Relaxed),
            run.wrong.load(Ordering::Relaxed),
        ))
    })
}

type Program = fn(&Arc<Run>) -> Result<(), MeasureError>;

/// One task after another, on the calling thread.
fn plain_loop(run: &Arc<Run>) -> Result<(), MeasureError> {
    run.recorder.begin();
    let _at = run.recorder.enter("thread");
    for &task in &run.tasks {
        run.recorder.run(task, || run.compute(task));
    }
    Ok(())
}

/// All tasks on one thread, which takes up another one where one waits.
fn event_loop(run: &Arc<Run>) -> Result<(), MeasureError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|reason| MeasureError::refused("an event loop", reason))?;
    run.recorder.begin();
    let _at = run.recorder.enter("event loop");
    runtime.block_on(all_in_flight(run));
    Ok(())
}

/// A slice with one element for each task, shared out among threads. Each
/// keeps its thread from beginning to end.
fn parallel_loop(run: &Arc<Run>) -> Result<(), MeasureError> {
    let threads = usize::try_from(run.size.threads).unwrap_or(1);
    let enter = |number| run.recorder.enter(thread(number));
    let done = with_pool(threads, thread, enter, |pool| {
        run.recorder.begin();
        pool.install(|| {
            run.tasks
                .par_iter()
                .with_max_len(1)
                .for_each(|&task| run.recorder.run(task, || run.compute(task)));
        });
    });
    done.map_err(|error| MeasureError::of("a thread pool", error))
}

/// The name of a thread of a pool.
pub(super) fn thread(number: usize) -> String {
    format!("thread {}", number + 1)
}

/// Tasks that wait, on several threads.
fn executor(run: &Arc<Run>) -> Result<(), MeasureError> {
    let number = AtomicU64::new(1);
    let (enters, leaves) = (run.recorder.clone(), run.recorder.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::try_from(run.size.threads).unwrap_or(1))
        .max_blocking_threads(1)
        .on_thread_start(move || {
            let number = number.fetch_add(1, Ordering::Relaxed);
            enters.join(format!("thread {number}"));
        })
        .on_thread_stop(move || leaves.leave())
        .enable_time()
        .build()
        .map_err(|reason| MeasureError::refused("an executor with several threads", reason))?;
    run.recorder.begin();
    runtime.block_on(all_in_flight(run));
    // Waits for its threads: they have left the recording then.
    drop(runtime);
    Ok(())
}

/// Spawns all tasks, and ends when all are complete or time is up.
async fn all_in_flight(run: &Arc<Run>) {
    // Dropped with what is not complete, at the end.
    let mut all = JoinSet::new();
    for &task in &run.tasks {
        let own = Arc::clone(run);
        let work = async move { own.compute_and_wait(task).await };
        all.spawn(run.recorder.future(task, work));
    }
    let complete = async { while all.join_next().await.is_some() {} };
    // What is missing then is counted, and told.
    _ = tokio::time::timeout(run.deadline.left(), complete).await;
}

/// What the four programs share.
struct Run {
    recorder: Recorder,
    unit: Unit,
    size: Experiment,
    tasks: Vec<TaskId>,
    deadline: Deadline,
    right: AtomicU64,
    wrong: AtomicU64,
}

impl Run {
    fn new(title: &str, unit: Unit, size: Experiment) -> Self {
        let recorder = Recorder::new(title);
        let tasks = (1..=size.tasks).map(|number| recorder.task(format!("task {number}")));
        Self {
            tasks: tasks.collect(),
            recorder,
            unit,
            size,
            deadline: Deadline::after(size.limit()),
            right: AtomicU64::new(0),
            wrong: AtomicU64::new(0),
        }
    }

    /// All units of `task` at once.
    fn compute(&self, task: TaskId) {
        let mut state = seed(task);
        for _ in 0..self.size.units {
            if self.deadline.has_passed() {
                return;
            }
            state = self.unit.compute(1, state);
        }
        self.note_result(task, state);
    }

    /// One unit after another, with a wait between two.
    async fn compute_and_wait(&self, task: TaskId) {
        let mut state = seed(task);
        for unit in 0..self.size.units {
            if unit > 0 {
                tokio::time::sleep(Duration::from_millis(self.size.wait)).await;
            }
            if self.deadline.has_passed() {
                return;
            }
            state = self.unit.compute(1, state);
        }
        self.note_result(task, state);
    }

    fn note_result(&self, task: TaskId, state: u64) {
        let expected = self.unit.expected(self.size.units, seed(task));
        let count = if state == expected {
            &self.right
        } else {
            &self.wrong
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

fn seed(task: TaskId) -> u64 {
    u64::try_from(task.0).unwrap_or(u64::MAX)
}

//! One way of counting, several times.

use std::collections::BTreeSet;

use crate::machine;
use crate::pitfalls::measure::{MeasureError, Watched, middle};
use crate::pitfalls::range::real;
use crate::record::Recorder;
use crate::team::{Deadline, Team};
use crate::trace::{Origin, Trace};
use crate::workers::Spread;

use super::REPETITIONS;
use super::counters::{Counters, Layout, count_up};
use super::line::line;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) title: &'static str,
    pub(super) layout: Layout,
    pub(super) threads: usize,
    pub(super) increments: u64,
}

/// One way of counting, run several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The run of median length, in nanoseconds: each thread is a worker and
    /// its counting one span.
    pub trace: Trace,
    /// Where the counters were.
    pub layout: Layout,
    /// Wall-clock time that a thread took for one increment, the others
    /// counting at the same time, in nanoseconds, in all repetitions.
    pub time: Spread,
    /// How many increments each thread was to make.
    pub increments: u64,
    /// On how many cache lines the counters were.
    pub lines: usize,
    /// CPU time that one increment took, in nanoseconds, the median of all
    /// repetitions. Time in which somebody else had the CPU is not in it.
    pub cpu_time: f64,
    /// How often the system interrupted threads that could have gone on, in all
    /// repetitions.
    pub preemptions: u64,
    counts: Vec<u64>,
    is_right: bool,
}

impl Counted {
    /// The counters after the median run, one for each thread.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Whether every counter of every repetition says how often its thread has
    /// incremented it.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_right
    }

    /// Increments of all threads per second; 0 where nothing was measured.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let makespan = self.trace.makespan().max(1);
        real(self.counts.iter().sum()) * 1e9 / real(makespan)
    }

    pub(super) fn nothing(title: &str, increments: u64) -> Self {
        Self {
            trace: Trace::empty(Origin::Measured, title, "ns", "Nothing was measured."),
            layout: Layout::OneLine,
            time: Spread::of(&[]),
            increments,
            lines: 0,
            cpu_time: 0.0,
            preemptions: 0,
            counts: Vec::new(),
            is_right: true,
        }
    }
}

struct Once {
    trace: Trace,
    counts: Vec<u64>,
    lines: usize,
    is_right: bool,
}

impl Once {
    /// Of one increment, in nanoseconds. All threads count equally far unless
    /// the time was up.
    fn time(&self) -> f64 {
        let most = self.counts.iter().max().copied().unwrap_or(0);
        real(self.trace.makespan()) / real(most.max(1))
    }

    /// CPU time of one increment, in nanoseconds.
    fn cpu_time(&self) -> f64 {
        let used = self.trace.conditions().map_or(0, |of| of.cpu_time);
        let all: u64 = self.counts.iter().sum();
        real(used) / real(all.max(1))
    }
}

/// All plans, taking turns, as often as there is time for.
pub(super) fn all<const N: usize>(
    plans: [Plan; N],
    deadline: Deadline,
    watched: &mut Watched,
    notes: &mut Vec<String>,
) -> Result<[Counted; N], MeasureError> {
    let mut runs = plans.map(|_| Vec::new());
    let mut told = BTreeSet::new();
    let mut rounds = 0;
    while rounds < REPETITIONS && (rounds == 0 || !deadline.has_passed()) {
        for (plan, runs) in plans.iter().zip(&mut runs) {
            let (run, refused) = once(*plan, deadline)?;
            watched.add(&run.trace);
            told.extend(refused);
            runs.push(run);
        }
        rounds += 1;
    }
    notes.extend(told);
    if deadline.has_passed() {
        notes.push(format!(
            "Time was up in round {rounds} of {REPETITIONS}: threads stopped before they had made all increments, or the last rounds are missing."
        ));
    }
    let mut plans = plans.into_iter();
    Ok(runs.map(|runs| match plans.next() {
        Some(plan) => summary(plan, runs),
        None => Counted::nothing("", 0),
    }))
}

/// One run, and what the system did not grant for it.
fn once(plan: Plan, deadline: Deadline) -> Result<(Once, Vec<String>), MeasureError> {
    let counters = Counters::new(plan.layout, plan.threads);
    let recorder = Recorder::new(plan.title);
    let tasks: Vec<_> = (1..=plan.threads)
        .map(|number| recorder.task(format!("counter {number}")))
        .collect();
    let team = Team::workers(plan.threads, &machine::allowed()).or_fewer();
    let crew = team.together(
        |_| (),
        || recorder.begin(),
        |thread, ()| {
            let _at = recorder.enter(format!("thread {}", thread + 1));
            let (Some(counter), Some(&task)) = (counters.get(thread), tasks.get(thread)) else {
                return 0;
            };
            recorder.run(task, || {
                count_up(plan.layout, counter, plan.increments, deadline)
            })
        },
    )?;
    let counts: Vec<u64> = (0..crew.started)
        .map(|thread| counters.value(thread))
        .collect();
    let run = Once {
        trace: recorder.finish(),
        lines: counters.lines(crew.started, line().0),
        is_right: counts == crew.results,
        counts,
    };
    Ok((run, crew.notes()))
}

fn summary(plan: Plan, runs: Vec<Once>) -> Counted {
    let times: Vec<f64> = runs.iter().map(Once::time).collect();
    let cpu_times: Vec<f64> = runs.iter().map(Once::cpu_time).collect();
    let is_right = runs.iter().all(|run| run.is_right);
    let conditions = runs.iter().filter_map(|run| run.trace.conditions());
    let preemptions = conditions.map(|of| of.preemptions).sum();
    let Some(run) = middle(runs, Once::time) else {
        return Counted::nothing(plan.title, plan.increments);
    };
    Counted {
        trace: run.trace,
        layout: plan.layout,
        time: Spread::of(&times),
        increments: plan.increments,
        lines: run.lines,
        cpu_time: Spread::of(&cpu_times).median,
        preemptions,
        counts: run.counts,
        is_right,
    }
}

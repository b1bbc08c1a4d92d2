//! Searches with `loom`: every order of steps that differs in something, and
//! for each atomic load every store that the C11 memory model lets it see.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::judge::{Judgement, Tool, judge};
use super::limits::Limits;
use super::schedule::{LoomPath, Schedule};
use super::scratch::Scratch;
use super::search::Search;
use super::thread::Watch;
use super::verdict::{Failure, Reason, Stopped, Verdict};

/// Runs `closure` until it fails or `limits` or the executions end.
pub(super) fn search<F>(limits: &Limits, watch: &Watch, closure: &Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + 'static,
{
    let search = Search::Exhaustive;
    let builder = builder(limits);
    let up = watch.signal();
    let most = limits.executions;
    let (end, executions) = explore(&builder, closure, move |before| {
        if up.load(Ordering::Relaxed) {
            return Some(Stopped::Time);
        }
        (before == most).then_some(Stopped::Executions)
    });
    let stopped = match end {
        End::Panicked(Judgement::GaveUp(reason)) => {
            return Verdict::gave_up(search, executions, reason);
        }
        End::Panicked(Judgement::Failed(kind, message)) => {
            watch.recording();
            let schedule = record(builder, limits, executions, closure);
            return Verdict::Failed {
                search,
                executions,
                failure: Failure {
                    kind,
                    message,
                    schedule,
                },
            };
        }
        End::Stopped(_) if executions == 0 => {
            return Verdict::gave_up(search, 0, Reason::NoExecution);
        }
        End::Stopped(stopped) => stopped,
        End::Exhausted if limits.preemptions.is_some() => Stopped::PreemptionBound,
        End::Exhausted => Stopped::Complete,
    };
    Verdict::Passed {
        search,
        executions,
        stopped,
    }
}

/// Runs `closure` once, along `path`.
pub(super) fn replay<F>(path: &LoomPath, watch: &Watch, closure: &Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + 'static,
{
    let search = Search::Replay;
    let scratch = match Scratch::holding(&path.checkpoint) {
        Ok(scratch) => scratch,
        Err(error) => return Verdict::gave_up(search, 0, Reason::Broken(error.to_string())),
    };
    let mut builder = builder(&path.limits());
    builder.checkpoint_file = Some(scratch.path());
    let up = watch.signal();
    let (end, executions) = explore(&builder, closure, move |before| {
        let late = up.load(Ordering::Relaxed).then_some(Stopped::Time);
        late.or((before == 1).then_some(Stopped::Executions))
    });
    match end {
        End::Panicked(Judgement::GaveUp(Reason::NotDeterministic(why))) => {
            Verdict::gave_up(search, executions, Reason::Misfit(why))
        }
        End::Panicked(Judgement::GaveUp(reason)) => Verdict::gave_up(search, executions, reason),
        End::Panicked(Judgement::Failed(_, message)) if executions == 0 => {
            Verdict::gave_up(search, 0, Reason::Misfit(message))
        }
        End::Panicked(Judgement::Failed(kind, message)) => Verdict::Failed {
            search,
            executions,
            failure: Failure {
                kind,
                message,
                schedule: Some(Schedule::of_loom(path.clone())),
            },
        },
        End::Stopped(_) | End::Exhausted => Verdict::Passed {
            search,
            executions,
            stopped: Stopped::Executions,
        },
    }
}

enum End {
    Exhausted,
    Stopped(Stopped),
    Panicked(Judgement),
}

/// What is thrown to leave `loom`'s loop; no panic hook hears of it.
struct Leave(Stopped);

/// Runs `closure` until `stop`, asked with the number of executions before
/// each, says why not to. Returns that number as well.
fn explore<F>(
    builder: &loom::model::Builder,
    closure: &Arc<F>,
    stop: impl Fn(u64) -> Option<Stopped> + Send + Sync + 'static,
) -> (End, u64)
where
    F: Fn() + Send + Sync + 'static,
{
    let executions = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&executions);
    let closure = Arc::clone(closure);
    let run = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || {
            if let Some(why) = stop(count.load(Ordering::Relaxed)) {
                // Nothing of this execution exists yet, so nothing is lost.
                resume_unwind(Box::new(Leave(why)));
            }
            count.fetch_add(1, Ordering::Relaxed);
            closure();
        });
    }));
    let end = match run {
        Ok(()) => End::Exhausted,
        Err(payload) => match payload.downcast_ref::<Leave>() {
            Some(Leave(why)) => End::Stopped(*why),
            None => {
                let threads = builder.max_threads;
                End::Panicked(judge(Tool::Loom { threads }, &*payload))
            }
        },
    };
    (end, executions.load(Ordering::Relaxed))
}

/// The path of the execution with number `failed`, counted from 1. `loom`
/// writes a path down before it is taken, and each time would cost more than
/// the execution. So the search is made again, and this one is written.
fn record<F>(
    mut builder: loom::model::Builder,
    limits: &Limits,
    failed: u64,
    closure: &Arc<F>,
) -> Option<Schedule>
where
    F: Fn() + Send + Sync + 'static,
{
    let scratch = Scratch::holding(&LoomPath::beginning(limits.preemptions)).ok()?;
    builder.checkpoint_file = Some(scratch.path());
    builder.checkpoint_interval = usize::try_from(failed).ok()?;
    let (_, executions) = explore(&builder, closure, move |before| {
        (before >= failed).then_some(Stopped::Executions)
    });
    let checkpoint = scratch.read().ok()?;
    (executions == failed).then(|| Schedule::of_loom(LoomPath::new(limits, checkpoint)))
}

fn builder(limits: &Limits) -> loom::model::Builder {
    let mut builder = loom::model::Builder::new();
    builder.max_threads = limits.threads;
    builder.max_branches = limits.steps;
    builder.preemption_bound = limits.preemptions.map(usize::from);
    // Its own limits are only looked at now and then, and its own records are
    // made at each of those times: see `record`.
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.checkpoint_file = None;
    builder.checkpoint_interval = usize::MAX;
    builder.location = false;
    builder.log = false;
    builder
}

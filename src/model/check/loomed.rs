//! Searches with `loom`: every order of steps that differs in something, and
//! for each atomic load every store that the C11 memory model lets it see.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::judge::{Judgement, Tool, judge};
use super::limits::Limits;
use super::schedule::{LoomPath, Schedule};
use super::scratch::Scratch;
use super::search::Search;
use super::thread::Watch;
use super::verdict::{Reason, Stopped, Verdict};

/// Runs `closure` until it fails or `limits` or the executions end. The
/// schedule of a failure is left to [`record`].
pub(super) fn search<F>(limits: &Limits, watch: &Arc<Watch>, closure: &Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let search = Search::Exhaustive;
    let most = limits.executions;
    let eyes = Arc::clone(watch);
    let end = explore(&builder(limits), watch, closure, move |before| {
        if eyes.is_up() {
            return Some(Stopped::Time);
        }
        (before == most).then_some(Stopped::Executions)
    });
    let executions = watch.executions();
    let stopped = match end {
        End::Panicked(judgement) => return judgement.verdict(search, executions, None),
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
pub(super) fn replay<F>(path: &LoomPath, watch: &Arc<Watch>, closure: &Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let search = Search::Replay;
    let scratch = match Scratch::holding(&path.checkpoint) {
        Ok(scratch) => scratch,
        Err(error) => return Verdict::gave_up(search, 0, Reason::Broken(error.to_string())),
    };
    let mut builder = builder(&path.limits());
    builder.checkpoint_file = Some(scratch.path());
    let eyes = Arc::clone(watch);
    let end = explore(&builder, watch, closure, move |before| {
        let late = eyes.is_up().then_some(Stopped::Time);
        late.or((before == 1).then_some(Stopped::Executions))
    });
    let executions = watch.executions();
    match end {
        End::Panicked(Judgement::GaveUp(Reason::NotDeterministic(why))) => {
            Verdict::gave_up(search, executions, Reason::Misfit(why))
        }
        // Before the closure came to run: the path is none.
        End::Panicked(Judgement::Failed(_, why)) if executions == 0 => {
            Verdict::gave_up(search, 0, Reason::Misfit(why))
        }
        End::Panicked(judgement) => {
            let schedule = Schedule::of_loom(path.clone());
            judgement.verdict(search, executions, Some(schedule))
        }
        End::Stopped(_) | End::Exhausted => Verdict::Passed {
            search,
            executions,
            stopped: Stopped::Executions,
        },
    }
}

/// The path of the execution with number `failed`, counted from 1. `loom`
/// writes a path down before it is taken, and each time would cost more than
/// the execution. So the search is made again up to that one, which is written
/// down and not run.
pub(super) fn record<F>(
    limits: &Limits,
    failed: u64,
    watch: &Arc<Watch>,
    closure: &Arc<F>,
) -> Option<Schedule>
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    watch.recording();
    let scratch = Scratch::holding(&LoomPath::beginning(limits.preemptions)).ok()?;
    let mut builder = builder(limits);
    builder.checkpoint_file = Some(scratch.path());
    builder.checkpoint_interval = usize::try_from(failed).ok()?;
    let end = explore(&builder, watch, closure, move |before| {
        (before + 1 == failed).then_some(Stopped::Executions)
    });
    let checkpoint = scratch.read().ok()?;
    matches!(end, End::Stopped(_)).then(|| Schedule::of_loom(LoomPath::new(limits, checkpoint)))
}

enum End {
    Exhausted,
    Stopped(Stopped),
    Panicked(Judgement),
}

/// What is thrown to leave `loom`'s loop; no panic hook hears of it.
struct Leave(Stopped);

/// Runs `closure` until `stop`, asked with the number of executions before
/// each, says why not to.
fn explore<F>(
    builder: &loom::model::Builder,
    watch: &Arc<Watch>,
    closure: &Arc<F>,
    stop: impl Fn(u64) -> Option<Stopped> + Send + Sync + 'static,
) -> End
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let (watch, closure) = (Arc::clone(watch), Arc::clone(closure));
    let run = catch_unwind(AssertUnwindSafe(|| {
        builder.check(move || {
            if let Some(why) = stop(watch.executions()) {
                // Nothing of this execution exists yet, so nothing is lost.
                resume_unwind(Box::new(Leave(why)));
            }
            watch.begin_execution();
            closure();
        });
    }));
    let Err(payload) = run else {
        return End::Exhausted;
    };
    match payload.downcast_ref::<Leave>() {
        Some(Leave(why)) => End::Stopped(*why),
        None => {
            let threads = builder.max_threads;
            End::Panicked(judge(Tool::Loom { threads }, &*payload))
        }
    }
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

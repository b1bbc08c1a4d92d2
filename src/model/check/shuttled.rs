//! Searches with `shuttle`: one thread of the system plays all threads of the
//! closure, and at each scheduling point a scheduler says who goes on.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use shuttle::scheduler::{
    DfsScheduler, PctScheduler, RoundRobinScheduler, Schedule as Seeded, Scheduler, Task, TaskId,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use super::judge::{Judgement, Tool, judge};
use super::limits::Limits;
use super::schedule::{Schedule, Step, Steps};
use super::search::Search;
use super::thread::Watch;
use super::verdict::{Reason, Stopped, Verdict};

/// Runs `closure` until it fails or `limits` or the schedules end.
pub(super) fn search<F>(
    search: Search,
    limits: &Limits,
    watch: &Arc<Watch>,
    record: &Record,
    closure: &Arc<F>,
) -> Verdict
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let most = limits.executions;
    let inner: Box<dyn Scheduler> = match search {
        Search::Random { seed } => Box::new(AtRandom::new(seed)),
        Search::Pct { seed, depth } => priorities(seed, depth),
        _ => Box::new(DfsScheduler::new(None, true)),
    };
    let recorder = Recorder {
        inner,
        search,
        most,
        watch: Arc::clone(watch),
        record: record.clone(),
    };
    let failed = execute(recorder, limits.steps, closure);
    verdict(
        search,
        limits.steps,
        failed,
        watch.executions(),
        &record.lock(),
    )
}

/// Runs `closure` once, under the schedule `steps`.
pub(super) fn replay<F>(schedule: &Steps, watch: &Arc<Watch>, closure: &Arc<F>) -> Verdict
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let record = Record::default();
    let misfit = Rc::new(RefCell::new(None));
    let recorder = Recorder {
        inner: Box::new(Follow {
            steps: schedule.steps.iter().copied().collect(),
            misfit: Rc::clone(&misfit),
        }),
        search: Search::Replay,
        most: 1,
        watch: Arc::clone(watch),
        record: record.clone(),
    };
    let failed = execute(recorder, schedule.limit, closure);
    if let Some(why) = misfit.take() {
        return Verdict::gave_up(Search::Replay, 1, Reason::Misfit(why));
    }
    let begun = watch.executions();
    verdict(
        Search::Replay,
        schedule.limit,
        failed,
        begun,
        &record.lock(),
    )
}

/// The limit on executions is the [`Recorder`]'s.
fn priorities(seed: u64, depth: usize) -> Box<dyn Scheduler> {
    Box::new(PctScheduler::new_from_seed(seed, depth, usize::MAX))
}

/// Something for the very first run in a process.
pub(super) fn run_nothing() {
    Runner::new(RoundRobinScheduler::new(1), config(1_000)).run(|| ());
}

fn config(steps: usize) -> Config {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(steps);
    config.silence_warnings = true;
    config
}

/// How `closure` failed, if it did.
fn execute<F>(recorder: Recorder, steps: usize, closure: &Arc<F>) -> Option<Judgement>
where
    F: Fn() + Send + Sync + ?Sized + 'static,
{
    let closure = Arc::clone(closure);
    let runner = Runner::new(recorder, config(steps));
    let run = catch_unwind(AssertUnwindSafe(|| runner.run(move || closure())));
    run.err().map(|payload| judge(Tool::Shuttle, &*payload))
}

fn verdict(
    search: Search,
    limit: usize,
    failed: Option<Judgement>,
    begun: u64,
    facts: &Facts,
) -> Verdict {
    // One that was cut off tells nothing.
    let executions = begun - u64::from(facts.cut && begun > 0);
    match failed {
        Some(judgement) => {
            let schedule = Schedule::of_shuttle(limit, facts.steps.clone());
            judgement.verdict(search, begun, Some(schedule))
        }
        None if executions == 0 => Verdict::gave_up(search, 0, Reason::NoExecution),
        None => Verdict::Passed {
            search,
            executions,
            stopped: facts.stopped.unwrap_or(Stopped::Executions),
        },
    }
}

/// What has been done so far. It outlives a thread that aborted.
#[derive(Debug, Clone, Default)]
pub(super) struct Record(Arc<Mutex<Facts>>);

#[derive(Debug, Default)]
struct Facts {
    /// Those of the latest execution.
    steps: Vec<Step>,
    /// Whether there was ever more than one way to go on.
    choice: bool,
    /// Whether the closure asked for random numbers.
    random: bool,
    /// Whether the latest execution was cut off.
    cut: bool,
    stopped: Option<Stopped>,
}

impl Record {
    /// The steps of the latest execution.
    pub(super) fn steps(&self) -> Vec<Step> {
        self.lock().steps.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what another scheduler says, writes it down, and ends the search
/// at its limits.
struct Recorder {
    inner: Box<dyn Scheduler>,
    search: Search,
    most: u64,
    watch: Arc<Watch>,
    record: Record,
}

impl Recorder {
    /// Why there is no other execution, or what to begin it with.
    fn next(&mut self) -> Result<Seeded, Stopped> {
        let facts = self.record.lock();
        let executions = self.watch.executions();
        if facts.cut || self.watch.is_up() {
            return Err(Stopped::Time);
        }
        // With nothing to choose, the first execution is the only one.
        if executions > 0 && !facts.choice && !facts.random {
            return Err(Stopped::Complete);
        }
        let (choice, random) = (facts.choice, facts.random);
        drop(facts);
        if let Search::Pct { seed, depth } = self.search
            && !choice
        {
            // It goes on only when it had a choice, and here it is the random
            // numbers that make the executions differ.
            self.inner = priorities(seed.wrapping_add(executions), depth);
        }
        let depth_first = self.search == Search::Dfs;
        let more = executions < self.most;
        let next = if more || depth_first {
            self.inner.new_execution()
        } else {
            None
        };
        match next {
            None if depth_first && !random => Err(Stopped::Complete),
            Some(next) if more => Ok(next),
            _ => Err(Stopped::Executions),
        }
    }
}

impl Scheduler for Recorder {
    fn new_execution(&mut self) -> Option<Seeded> {
        let next = self.next();
        let mut facts = self.record.lock();
        match next {
            Ok(next) => {
                self.watch.begin_execution();
                facts.steps.clear();
                Some(next)
            }
            Err(stopped) => {
                facts.stopped = Some(stopped);
                None
            }
        }
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        if self.watch.is_up() {
            self.record.lock().cut = true;
            return None;
        }
        let next = self.inner.next_task(runnable, current, is_yielding)?;
        let mut facts = self.record.lock();
        facts.choice |= runnable.len() > 1;
        facts.steps.push(Step::Thread(usize::from(next)));
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        let number = self.inner.next_u64();
        let mut facts = self.record.lock();
        facts.random = true;
        facts.steps.push(Step::Random(number));
        number
    }
}

/// Each thread that can run is as likely as the others.
///
/// `shuttle` has such a scheduler, which prints its seed and reads another one
/// from the environment.
struct AtRandom {
    source: Pcg64Mcg,
}

impl AtRandom {
    fn new(seed: u64) -> Self {
        Self {
            source: Pcg64Mcg::seed_from_u64(seed),
        }
    }
}

impl Scheduler for AtRandom {
    fn new_execution(&mut self) -> Option<Seeded> {
        Some(Seeded::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], _: Option<TaskId>, _: bool) -> Option<TaskId> {
        let chosen = match runnable.len() {
            0 | 1 => 0,
            several => self.source.random_range(0..several),
        };
        runnable.get(chosen).map(|task| task.id())
    }

    fn next_u64(&mut self) -> u64 {
        self.source.next_u64()
    }
}

/// Goes through a schedule that was written down.
struct Follow {
    steps: VecDeque<Step>,
    misfit: Rc<RefCell<Option<String>>>,
}

impl Follow {
    fn misfit(&self, why: String) {
        self.misfit.borrow_mut().get_or_insert(why);
    }
}

impl Scheduler for Follow {
    fn new_execution(&mut self) -> Option<Seeded> {
        Some(Seeded::new(0))
    }

    fn next_task(&mut self, runnable: &[&Task], _: Option<TaskId>, _: bool) -> Option<TaskId> {
        match self.steps.pop_front() {
            Some(Step::Thread(thread)) => {
                let next = runnable.iter().map(|task| task.id());
                let next = next.into_iter().find(|id| usize::from(*id) == thread);
                if next.is_none() {
                    self.misfit(format!("thread {thread} should go on and cannot"));
                }
                next
            }
            Some(Step::Random(_)) => {
                self.misfit("a random number should be drawn and is not".to_owned());
                None
            }
            None => {
                self.misfit("the closure goes on after the schedule's end".to_owned());
                None
            }
        }
    }

    fn next_u64(&mut self) -> u64 {
        if let Some(Step::Random(number)) = self.steps.pop_front() {
            return number;
        }
        // The execution ends at the next scheduling point.
        self.steps.clear();
        self.misfit("a random number is drawn that the schedule does not have".to_owned());
        0
    }
}

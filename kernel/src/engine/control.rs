//! What may happen while the engine's thread is busy: interrupt, time limit, input, end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

use rustix::process::{Pid, Signal};

use super::orphans;
use crate::bridge::{Answers, CommEvent, Reply};

/// Why nothing may start when the engine ends.
const CLOSING: &str = "the kernel is shutting down";

/// Shared by the engine's thread, the bridge's and whoever interrupts.
#[derive(Default)]
pub struct Control {
    state: Mutex<State>,
    /// Says that `State::ear` has changed.
    heard: Condvar,
    /// There is another deadline, or there will be none.
    deadline_changed: Condvar,
}

/// Why a job was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Interrupt,
    /// It has run for so long.
    Limit(Duration),
}

/// Where the process that runs cells listens to comms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Ear {
    /// There is no such process, or it has not come so far.
    #[default]
    None,
    /// It waits on this connection.
    Open(u64),
    /// It is busy with what was delivered on this connection.
    Busy(u64),
}

/// How long a process that has just been started may take until it listens.
const STARTING_TIME: Duration = Duration::from_secs(5);

#[derive(Default)]
struct State {
    /// The running job is to end as soon as possible.
    interrupted: bool,
    /// It is because it has run for so long.
    timed_out: Option<Duration>,
    /// How long what begins now may run.
    limit: Option<Duration>,
    /// When what runs now is stopped.
    deadline: Option<Instant>,
    /// What was left of its time when it began to wait for somebody's answer.
    left: Option<Duration>,
    has_watch: bool,
    /// evcxr and the first process that runs cells are on their way: an interrupt is meant for
    /// the cell that waits for them.
    starting: bool,
    /// The engine ends: nothing may start any more.
    closing: bool,
    /// The group of the process that runs a cell now.
    running: Option<Pid>,
    compiling: Option<Compiling>,
    /// The process that runs cells, running one or not.
    runtime: Option<Pid>,
    /// The groups of programs that `!` lines have left in the background.
    background: Vec<Pid>,
    /// The connection that waits for a line.
    asking: Option<u64>,
    answers: Option<Answers>,
    ear: Ear,
}

/// The compilation under way.
#[derive(Debug, Clone, Copy)]
struct Compiling {
    group: Pid,
    connection: u64,
    /// A cell ran when it began, and may have made it up.
    is_beside: bool,
}

impl Control {
    /// A new job is on its way: an interrupt of the one before does not concern it,
    /// and one from now on does, though the engine may still be busy.
    pub fn expect_job(&self) {
        let mut state = self.lock();
        state.interrupted = false;
        state.timed_out = None;
    }

    /// The job begins.
    pub fn begin_job(&self) {
        let mut state = self.lock();
        // A thread of an earlier cell may have asked: nobody will answer.
        state.answer(Err("the cell has ended".to_owned()));
    }

    /// Whether the engine starts, which an interrupt must not end: nothing would run any more.
    pub fn set_starting(&self, starting: bool) {
        self.lock().starting = starting;
    }

    /// Says where answers to questions go.
    pub fn answer_through(&self, answers: Answers) {
        self.lock().answers = Some(answers);
    }

    /// The process that runs cells, if one has.
    pub fn runtime(&self) -> Option<Pid> {
        self.lock().runtime
    }

    /// What has stopped the job, if something has.
    pub fn stopped(&self) -> Option<Stop> {
        let state = self.lock();
        state.interrupted.then(|| match state.timed_out {
            Some(limit) => Stop::Limit(limit),
            None => Stop::Interrupt,
        })
    }

    /// Code that begins from now on is stopped when it has run for `limit`.
    pub fn limit(self: &Arc<Self>, limit: Option<Duration>) -> anyhow::Result<()> {
        let mut state = self.lock();
        if limit.is_some() && !state.has_watch {
            let control = Arc::clone(self);
            std::thread::Builder::new()
                .name("time limit".to_owned())
                .spawn(move || control.keep_deadlines())
                .context("cannot start a thread that keeps the time limit")?;
            state.has_watch = true;
        }
        state.limit = limit;
        Ok(())
    }

    /// Stops what runs beyond its deadline, until the engine ends.
    fn keep_deadlines(&self) {
        let mut state = self.lock();
        while !state.closing {
            let now = Instant::now();
            state = match state.deadline {
                Some(deadline) if deadline <= now => {
                    state.time_out();
                    state
                }
                Some(deadline) => {
                    let waited = self.deadline_changed.wait_timeout(state, deadline - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.deadline_changed.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }

    /// Ends what runs or compiles now, and forbids the rest of the job.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        if !state.starting {
            state.end_processes();
        }
        state.answer(Err("the cell was interrupted".to_owned()));
        self.heard.notify_all();
    }

    /// Ends every process, now and later.
    pub fn shut_down(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.interrupted = true;
        self.deadline_changed.notify_all();
        self.heard.notify_all();
        state.end_processes();
        if let Some(runtime) = state.runtime.take() {
            end_group(runtime);
        }
        // Those that have ended are no orphans any more, and their numbers may be
        // somebody else's.
        for group in orphans::groups() {
            if state.background.contains(&group) {
                end_group(group);
            }
        }
    }

    /// A cell is about to run in the group of `process`. `Err` says why it must not.
    pub fn begin_cell(&self, process: Option<Pid>) -> Result<(), String> {
        let mut state = self.lock();
        let group = group(process);
        state.runtime = group;
        state.forbidden()?;
        state.begin(group);
        self.deadline_changed.notify_all();
        Ok(())
    }

    /// The process that ran the cell has ended, and `process` is there in its
    /// place. Returns the one that has ended; `Err` says why there must not be
    /// another.
    pub fn replace_cell(&self, process: Pid) -> Result<Pid, String> {
        let mut state = self.lock();
        state.end();
        if state.closing {
            return Err(CLOSING.to_owned());
        }
        let ended = state.runtime.take().ok_or("no cell has run")?;
        // What the cell has started ends with it.
        end_group(ended);
        state.runtime = group(Some(process));
        Ok(ended)
    }

    pub fn end_cell(&self) {
        self.lock().end();
    }

    /// A `!` line runs in `group`. `Err` says why it must not.
    pub fn begin_program(&self, group: Pid) -> Result<(), String> {
        let mut state = self.lock();
        state.forbidden()?;
        state.begin(Some(group));
        self.deadline_changed.notify_all();
        Ok(())
    }

    /// The shell of a `!` line has ended.
    pub fn end_program(&self) {
        self.lock().end();
    }

    /// A `!` line has left others of its group running.
    pub fn leave_program(&self, group: Pid) {
        self.lock().background.push(group);
    }

    /// A compilation begins in the group of `process`. `Err` says why it must not.
    pub fn begin_compiling(&self, process: Option<Pid>, connection: u64) -> Result<(), String> {
        let mut state = self.lock();
        state.forbidden()?;
        state.compiling = group(process).map(|group| Compiling {
            group,
            connection,
            is_beside: state.running.is_some(),
        });
        Ok(())
    }

    /// Whether `connection` is that of the compilation under way, and no cell runs, nor has
    /// run when it began.
    pub fn is_compiling(&self, connection: u64) -> bool {
        let state = self.lock();
        let is_it = |it: Compiling| it.connection == connection && !it.is_beside;
        state.compiling.is_some_and(is_it) && state.running.is_none()
    }

    /// The connection has closed, and what depended on it is over.
    pub fn closed(&self, connection: u64) {
        let mut state = self.lock();
        if state
            .compiling
            .is_some_and(|it| it.connection == connection)
        {
            state.compiling = None;
        }
        if state.asking == Some(connection) {
            state.asking = None;
        }
        if [Ear::Open(connection), Ear::Busy(connection)].contains(&state.ear) {
            state.ear = Ear::None;
            self.heard.notify_all();
        }
    }

    /// The process that runs cells listens to comms on `connection`.
    pub fn attend(&self, connection: u64) {
        self.lock().ear = Ear::Open(connection);
        self.heard.notify_all();
    }

    /// Lets the process that runs cells hear `event` and waits until it has done what it
    /// does about it. False when it is not there, or has ended over it.
    pub fn deliver(&self, event: CommEvent) -> bool {
        let starts = |state: &mut State| state.ear == Ear::None && state.forbidden().is_ok();
        let (mut state, _) = self
            .heard
            .wait_timeout_while(self.lock(), STARTING_TIME, starts)
            .unwrap_or_else(PoisonError::into_inner);
        let Ear::Open(connection) = state.ear else {
            return false;
        };
        let Some(answers) = &state.answers else {
            return false;
        };
        answers.send(connection, Reply::Comm { event });
        state.ear = Ear::Busy(connection);
        // As long as it takes: an interrupt ends the process, and that this wait.
        let state = self
            .heard
            .wait_while(state, |state| state.ear == Ear::Busy(connection))
            .unwrap_or_else(PoisonError::into_inner);
        state.ear == Ear::Open(connection)
    }

    /// The cell asks for a line on `connection`. `Err` says why it gets none.
    pub fn begin_asking(&self, connection: u64) -> Result<(), String> {
        let mut state = self.lock();
        state.forbidden()?;
        // One question at a time: the front end shows one field.
        if state.asking.is_some() {
            return Err("another thread is asking already".to_owned());
        }
        state.asking = Some(connection);
        // Whoever thinks about an answer takes nothing of the cell's time.
        let deadline = state.deadline.take();
        state.left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        Ok(())
    }

    pub fn input_reply(&self, reply: Result<String, String>) {
        let mut state = self.lock();
        state.answer(reply);
        if let Some(left) = state.left.take() {
            state.deadline = Instant::now().checked_add(left);
            self.deadline_changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forbidden(&self) -> Result<(), String> {
        if self.closing {
            Err(CLOSING.to_owned())
        } else if self.interrupted && !self.starting {
            Err("the cell was interrupted".to_owned())
        } else {
            Ok(())
        }
    }

    /// `group` runs from now on.
    fn begin(&mut self, group: Option<Pid>) {
        self.running = group;
        // A limit beyond all times is none.
        self.deadline = self
            .limit
            .and_then(|limit| Instant::now().checked_add(limit));
    }

    /// Nothing runs any more.
    fn end(&mut self) {
        self.running = None;
        self.deadline = None;
        self.left = None;
    }

    fn time_out(&mut self) {
        self.interrupted = true;
        self.timed_out = self.limit;
        self.end_processes();
        self.answer(Err("the cell has reached its time limit".to_owned()));
    }

    /// Answers whoever asks; without a question nothing happens.
    fn answer(&mut self, line: Result<String, String>) {
        let reply = match line {
            Ok(text) => Reply::Line { text },
            Err(reason) => Reply::Refused { reason },
        };
        if let (Some(asking), Some(answers)) = (self.asking.take(), &self.answers) {
            answers.send(asking, reply);
        }
    }

    fn end_processes(&mut self) {
        if let Some(running) = self.running.take() {
            end_group(running);
        }
        self.end();
        if let Some(compiling) = self.compiling.take() {
            end_group(compiling.group);
        }
    }
}

/// The group that `process` leads. Never that of everything (1 means that to
/// kill).
fn group(process: Option<Pid>) -> Option<Pid> {
    process.filter(|process| !process.is_init())
}

fn end_group(group: Pid) {
    if let Err(error) = rustix::process::kill_process_group(group, Signal::KILL) {
        tracing::debug!("process group {group:?} was gone already: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_forbids_the_rest_of_its_job_and_no_more() {
        let control = Control::default();
        control.expect_job();
        control.begin_job();
        assert!(control.begin_compiling(None, 1).is_ok());
        control.interrupt();
        assert!(control.begin_cell(None).is_err());
        assert!(control.begin_compiling(None, 2).is_err());
        control.expect_job();
        control.interrupt();
        control.begin_job();
        assert!(
            control.begin_cell(None).is_err(),
            "it came before the job began"
        );
        control.expect_job();
        control.begin_job();
        assert!(control.begin_cell(None).is_ok());
    }

    #[test]
    fn an_interrupt_does_not_end_the_start_but_the_cell_that_waits_for_it() {
        let control = Control::default();
        control.set_starting(true);
        control.expect_job();
        control.interrupt();
        assert!(control.begin_compiling(None, 1).is_ok());
        assert!(control.begin_cell(None).is_ok());
        control.set_starting(false);
        control.begin_job();
        assert!(control.begin_compiling(None, 2).is_err());
        control.expect_job();
        assert!(control.begin_compiling(None, 3).is_ok());
        control.set_starting(true);
        control.shut_down();
        assert!(control.begin_compiling(None, 4).is_err());
    }

    #[test]
    fn one_question_at_a_time_and_none_that_outlives_its_asker() {
        let control = Control::default();
        control.begin_job();
        assert!(control.begin_asking(1).is_ok());
        assert!(control.begin_asking(2).is_err());
        control.closed(1);
        assert!(control.begin_asking(2).is_ok());
        control.begin_job();
        assert!(control.begin_asking(3).is_ok());
        control.interrupt();
        assert!(control.begin_asking(4).is_err());
    }

    #[test]
    fn what_runs_too_long_is_stopped_and_what_has_ended_is_not() {
        let control = Arc::new(Control::default());
        let limit = Duration::from_millis(20);
        control.limit(Some(limit)).unwrap();
        control.expect_job();
        control.begin_cell(None).unwrap();
        control.end_cell();
        let longer = Instant::now() + 2 * limit;
        while Instant::now() < longer {
            assert_eq!(control.stopped(), None);
        }
        control.begin_cell(None).unwrap();
        let much_longer = Instant::now() + 500 * limit;
        while control.stopped().is_none() && Instant::now() < much_longer {
            std::thread::yield_now();
        }
        assert_eq!(control.stopped(), Some(Stop::Limit(limit)));
        assert!(control.begin_cell(None).is_err(), "the job is over");
        control.expect_job();
        control.limit(None).unwrap();
        assert!(control.begin_cell(None).is_ok());
        assert_eq!(control.lock().deadline, None);
        control.shut_down();
    }

    #[test]
    fn who_waits_for_an_answer_loses_no_time() {
        let control = Arc::new(Control::default());
        control.limit(Some(Duration::from_secs(100))).unwrap();
        control.expect_job();
        control.begin_cell(None).unwrap();
        assert!(control.lock().deadline.is_some());
        control.begin_asking(1).unwrap();
        assert_eq!(control.lock().deadline, None);
        control.input_reply(Ok("7".to_owned()));
        assert!(control.lock().deadline.is_some());
        control.shut_down();
    }

    #[test]
    fn nothing_starts_after_the_end() {
        let control = Control::default();
        control.shut_down();
        control.begin_job();
        assert!(control.begin_cell(None).is_err());
    }
}

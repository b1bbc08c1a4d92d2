//! What may happen while the engine's thread is busy: interrupt, input, end.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal};

/// Shared by the engine's thread, the bridge's and whoever interrupts.
#[derive(Default)]
pub struct Control {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    /// The running job is to end as soon as possible.
    interrupted: bool,
    /// The engine ends: nothing may start any more.
    closing: bool,
    /// The group of the process that runs a cell now.
    running: Option<Pid>,
    /// The group of the compilation under way, and its connection.
    compiling: Option<(Pid, u64)>,
    /// The process that runs cells, running one or not.
    runtime: Option<Pid>,
    waiting_for_input: bool,
    input: Option<Result<String, String>>,
}

impl Control {
    /// A new job: an interrupt of the one before does not concern it.
    pub fn begin_job(&self) {
        let mut state = self.lock();
        state.interrupted = false;
        state.input = None;
    }

    pub fn was_interrupted(&self) -> bool {
        self.lock().interrupted
    }

    /// Ends what runs or compiles now, and forbids the rest of the job.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        state.end_processes();
        self.answered.notify_all();
    }

    /// Ends every process, now and later.
    pub fn shut_down(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.interrupted = true;
        state.end_processes();
        if let Some(runtime) = state.runtime.take() {
            end_group(runtime);
        }
        self.answered.notify_all();
    }

    /// A cell is about to run in the group `pid`. `Err` says why it must not.
    pub fn begin_cell(&self, pid: u32) -> Result<(), String> {
        let mut state = self.lock();
        let group = group(pid);
        state.runtime = group;
        state.forbidden()?;
        state.running = group;
        Ok(())
    }

    pub fn end_cell(&self) {
        self.lock().running = None;
    }

    /// A compilation begins in the group `pid`. `Err` says why it must not.
    pub fn begin_compiling(&self, pid: u32, connection: u64) -> Result<(), String> {
        let mut state = self.lock();
        state.forbidden()?;
        state.compiling = group(pid).map(|group| (group, connection));
        Ok(())
    }

    /// The connection has closed, and what depended on it is over.
    pub fn closed(&self, connection: u64) {
        let mut state = self.lock();
        if state.compiling.is_some_and(|(_, from)| from == connection) {
            state.compiling = None;
        }
    }

    /// Waits for the front end's answer to a request for input.
    pub fn wait_for_input(&self) -> Result<String, String> {
        let mut state = self.lock();
        state.input = None;
        state.waiting_for_input = true;
        while state.input.is_none() && !state.interrupted {
            state = self
                .answered
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting_for_input = false;
        let interrupted = || Err("the cell was interrupted".to_owned());
        state.input.take().unwrap_or_else(interrupted)
    }

    pub fn input_reply(&self, reply: Result<String, String>) {
        let mut state = self.lock();
        if state.waiting_for_input {
            state.input = Some(reply);
            self.answered.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forbidden(&self) -> Result<(), String> {
        if self.closing {
            Err("the kernel is shutting down".to_owned())
        } else if self.interrupted {
            Err("the cell was interrupted".to_owned())
        } else {
            Ok(())
        }
    }

    fn end_processes(&mut self) {
        if let Some(running) = self.running.take() {
            end_group(running);
        }
        if let Some((compiling, _)) = self.compiling.take() {
            end_group(compiling);
        }
    }
}

fn group(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
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
        control.begin_job();
        assert!(control.begin_compiling(u32::MAX, 1).is_ok());
        control.interrupt();
        assert!(control.begin_cell(u32::MAX).is_err());
        assert!(control.begin_compiling(u32::MAX, 2).is_err());
        control.begin_job();
        assert!(control.begin_cell(u32::MAX).is_ok());
    }

    #[test]
    fn input_ends_with_an_answer_or_an_interrupt() {
        let control = Control::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| control.wait_for_input());
            while !control.lock().waiting_for_input {
                std::thread::yield_now();
            }
            control.input_reply(Ok("line".to_owned()));
            assert_eq!(waiting.join().unwrap(), Ok("line".to_owned()));
            let waiting = scope.spawn(|| control.wait_for_input());
            while !control.lock().waiting_for_input {
                std::thread::yield_now();
            }
            control.interrupt();
            assert!(waiting.join().unwrap().is_err());
        });
    }

    #[test]
    fn nothing_starts_after_the_end() {
        let control = Control::default();
        control.shut_down();
        control.begin_job();
        assert!(control.begin_cell(u32::MAX).is_err());
    }
}

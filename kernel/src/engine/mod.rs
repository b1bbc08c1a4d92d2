//! The engine: turns the text of a cell into an outcome.
//!
//! Here live the evcxr adapter and the translation of compiler messages and
//! panics into the student's own lines. It may use `bridge` (what running code
//! says), `toolchain` (how a cell is compiled) and `runtime` (the process that
//! runs cells). It never sees a socket of Jupyter's, a header or a signature:
//! `session` owns those.
//!
//! The door is [`Engine`]: jobs go in one at a time, [`Notice`]s come out.

mod advice;
mod ansi;
mod brackets;
mod commands;
mod comments;
mod completion;
mod control;
mod delivery;
mod description;
mod diagnostics;
mod durations;
mod failure;
mod hints;
mod identifier;
mod interface;
mod judgement;
mod listener;
mod location;
mod marks;
mod meanwhile;
mod memory;
mod obedience;
mod orphans;
mod programs;
mod sharing;
mod snippets;
mod start;
mod statements;
mod syntax;
mod timing;
mod told;
mod warnings;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use self::ansi::without_colours;
use self::control::Control;
pub use self::interface::{
    Buffer, CommAction, CommEvent, Completion, Completions, Delivery, Evaluator, Execution,
    Failure, Inspection, Job, MimeBundle, Notice, Outcome, Output, StreamName, Ticket,
};
use self::meanwhile::Meanwhile;
use crate::sandbox::Sandbox;

/// How long [`Engine::shutdown`] waits before it leaves the thread behind.
const SHUTDOWN_TIME: Duration = Duration::from_secs(2);

/// What an engine needs to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The kernel's executable, which is also the process that runs cells.
    pub executable: PathBuf,
    /// A private directory for pipes, sources and shared objects.
    pub directory: PathBuf,
    /// Where the helper library is installed.
    pub library: PathBuf,
    /// What confines cells and the compiler, if something shall.
    pub sandbox: Option<Sandbox>,
    /// Whether to get ready for variables while no cell waits. It takes seconds
    /// and makes each cell after it a little slower, so only where somebody types.
    pub prepares: bool,
    /// Whether cells show what the compiler warns of, unless `:warnings` says otherwise.
    pub warns: bool,
}

/// Reports a notice. It may block: a flood is slowed down by it.
pub type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

/// A running engine: one thread that owns evcxr, one that listens to cells.
pub struct Engine {
    jobs: mpsc::Sender<Job>,
    control: Arc<Control>,
    meanwhile: Arc<Meanwhile>,
    thread: Option<JoinHandle<()>>,
    done: mpsc::Receiver<()>,
}

impl Engine {
    /// Starts warming up and returns at once.
    pub fn start(settings: Settings, notify: Notify) -> Self {
        let (jobs, queue) = mpsc::channel();
        let (ended, done) = mpsc::channel();
        let control = Arc::new(Control::default());
        let meanwhile = Arc::new(Meanwhile::default());
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            // rust-analyzer recurses deeply into the code that it analyses.
            .stack_size(64 << 20)
            .spawn({
                let control = Arc::clone(&control);
                let notify = Arc::clone(&notify);
                let meanwhile = Arc::clone(&meanwhile);
                move || {
                    worker::run(&settings, &control, &notify, &queue, meanwhile);
                    drop(ended);
                }
            });
        if let Err(error) = &thread {
            notify(Notice::Broken(format!(
                "cannot start the engine's thread: {error}"
            )));
        }
        Self {
            jobs,
            control,
            meanwhile,
            thread: thread.ok(),
            done,
        }
    }
}

impl Evaluator for Engine {
    fn submit(&self, job: Job) {
        self.control.expect_job();
        // It only fails when the thread has ended, which it has reported.
        let _ = self.jobs.send(job);
    }

    fn interrupt(&self) {
        self.control.interrupt();
    }

    fn complete_meanwhile(&self, code: &str, cursor: usize) -> Completions {
        commands::complete(code, cursor).unwrap_or_else(|| self.meanwhile.completions(code, cursor))
    }

    fn inspect_meanwhile(&self, code: &str, cursor: usize) -> Option<Inspection> {
        self.meanwhile.inspection(code, cursor)
    }

    fn input_reply(&self, reply: Result<String, String>) {
        self.control.input_reply(reply);
    }

    fn shutdown(&mut self) {
        let deadline = Instant::now() + SHUTDOWN_TIME;
        self.control.shut_down();
        let (jobs, _) = mpsc::channel();
        self.jobs = jobs;
        let left = deadline.saturating_duration_since(Instant::now());
        if let Err(mpsc::RecvTimeoutError::Timeout) = self.done.recv_timeout(left) {
            // Only rust-analyzer can be busy for so long; it has no processes.
            tracing::warn!("the engine is still busy and is left behind");
            return;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

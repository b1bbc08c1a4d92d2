//! Cells without a front end: a grader writes a line of JSON for each cell to
//! standard input, and reads how it ended from standard output.
//!
//! ```text
//! <- {"ready": {"sandbox": "bubblewrap"}}
//! -> {"code": "double(4)", "number": 1, "seconds": 20, "secret": "..."}
//! <- {"outcome": "ok", "verdict": {"points": 2.0}, "printed": "", ...}
//! ```
//!
//! A session is begun anew by the cell `:clear`. Here lives the counterpart of
//! `session`: it drives the engine, and knows neither Jupyter nor what a cell is
//! worth. May use `engine`, and `sandbox` to say how cells are confined.

mod line;
mod shown;
mod strays;

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use crossbeam_channel::{Receiver, RecvTimeoutError};

use self::line::{Ended, Ready, Request};
use self::shown::Shown;
use crate::engine::{Evaluator, Execution, Failure, Job, Notice, Outcome};

/// A cell is compiled within this time, or not at all.
const COMPILE_TIME: Duration = Duration::from_secs(60);

/// The engine starts within this time: it may have to build the helper library
/// for another compiler.
const START_TIME: Duration = Duration::from_secs(900);

/// What was interrupted ends within this time, or the whole process does.
const INTERRUPT_TIME: Duration = Duration::from_secs(15);

/// The cell that begins a session anew.
const CLEAR: &str = ":clear";

/// The notices that wait to be read. An engine that is ahead waits.
const WAITING: usize = 64;

/// Runs cells until standard input ends. `start` is given the way for notices.
pub fn run(
    sandbox: &str,
    start: impl FnOnce(crate::engine::Notify) -> Box<dyn Evaluator>,
    input: impl BufRead,
    output: impl Write,
) -> anyhow::Result<()> {
    strays::adopt()?;
    let (sender, notices) = crossbeam_channel::bounded(WAITING);
    let engine = start(Arc::new(move |notice| {
        // Nobody reads any more when the process is about to end.
        let _ = sender.send(notice);
    }));
    let mut batch = Batch {
        engine,
        notices,
        output,
        count: 0,
    };
    batch.run(Request::nothing(), START_TIME)?;
    batch.say(&Ready::new(sandbox))?;
    for line in input.lines() {
        let line = line.context("cannot read the next cell")?;
        let request: Request =
            serde_json::from_str(&line).context("a line that asks for no cell")?;
        let begins_anew = request.code == CLEAR;
        let ended = batch.run(request, COMPILE_TIME)?;
        if begins_anew {
            strays::end();
        }
        batch.say(&ended)?;
    }
    batch.shut_down();
    Ok(())
}

struct Batch<W> {
    engine: Box<dyn Evaluator>,
    notices: Receiver<Notice>,
    output: W,
    count: u32,
}

impl<W: Write> Batch<W> {
    fn say(&mut self, what: &impl serde::Serialize) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        self.output
            .write_all(&line)
            .and_then(|()| self.output.flush())
            .context("the grader does not listen any more")
    }

    /// Runs a cell that is to be compiled within `compile_time`.
    fn run(&mut self, request: Request, compile_time: Duration) -> anyhow::Result<Ended> {
        self.count = self.count.wrapping_add(1);
        let ticket = u64::from(self.count);
        let limit = Duration::try_from_secs_f64(request.seconds)
            .context("the time limit of a cell is no number of seconds")?;
        self.engine.submit(Job::Execute(Execution {
            ticket,
            code: request.code,
            execution_count: request.number,
            cell: request.cell,
            request: None,
            allow_stdin: false,
            secret: request.secret,
            expressions: Vec::new(),
        }));
        let begun = Instant::now();
        let mut shown = Shown::default();
        let mut deadline = begun + compile_time;
        let mut timed_out = false;
        let mut verdict = None;
        let mut forged = false;
        loop {
            match self.notices.recv_deadline(deadline) {
                Ok(Notice::Started) if !timed_out => deadline = Instant::now() + limit,
                Ok(Notice::Output(output)) => shown.add(output),
                Ok(Notice::Verdict { points }) => verdict = Some(line::Verdict { points }),
                Ok(Notice::FalseVerdict) => forged = true,
                Ok(Notice::Broken(reason)) => bail!("the engine does not start: {reason}"),
                Ok(Notice::Executed {
                    ticket: ended,
                    outcome,
                    ..
                }) if ended == ticket => {
                    return Ok(Ended::new(
                        plain(outcome),
                        verdict.filter(|_| !forged),
                        forged,
                        shown,
                        timed_out,
                        begun.elapsed(),
                    ));
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) if timed_out => {
                    bail!("a cell did not end when it was interrupted")
                }
                Err(RecvTimeoutError::Timeout) => {
                    timed_out = true;
                    deadline = Instant::now() + INTERRUPT_TIME;
                    self.engine.interrupt();
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the engine has ended"),
            }
        }
    }

    fn shut_down(mut self) {
        // The engine may wait for somebody to take a notice.
        let notices = self.notices.clone();
        let reader = std::thread::spawn(move || notices.iter().for_each(drop));
        self.engine.shutdown();
        drop(self);
        strays::end();
        // It ends with the engine; this process does anyway.
        drop(reader);
    }
}

/// The failure, without colours.
fn plain(outcome: Outcome) -> Option<Failure> {
    match outcome {
        Outcome::Ok => None,
        Outcome::Failed(failure) => Some(failure),
    }
}

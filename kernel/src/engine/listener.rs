//! What the bridge hears, as notices and as facts about the running cell.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::process::Pid;
use serde_json::{Map, Value};

use super::Notify;
use super::control::Control;
use super::failure::{self, Cells};
use super::interface::{Execution, Failure, MimeBundle, Notice, Output, StreamName, Ticket};
use super::panics::Panics;
use super::{advice, timing};
use crate::bridge::{Answers, Heard, Left, Panic, Reply, Said, Warning};
use crate::toolchain::rebuild::Watch;
use crate::toolchain::{self, Sources};

/// Shared by the bridge's thread and the engine's.
pub struct Listener {
    control: Arc<Control>,
    notify: Notify,
    /// Where the compiled sources are; the lines of a panic are their lines.
    sources: Sources,
    hearing: Mutex<Hearing>,
}

#[derive(Default)]
struct Hearing {
    cells: Cells,
    /// Whether the first cell has come: what evcxr runs before is not shown.
    in_session: bool,
    /// Whether the cell's code was reached, that is, it compiled.
    started: bool,
    /// How the running cell failed, as far as it said so itself.
    failure: Option<Failure>,
    panics: Panics,
    /// What earlier cells have left beside it.
    left: Left,
    /// How often its code has begun: evcxr runs a cell again, without the variables of
    /// a type that the cell defines anew.
    begun: u32,
    /// Who went on after it, where it was undone.
    replaced: Option<Replaced>,
    /// What the compiler warned of when it compiled it last.
    warned: Vec<Warning>,
    /// What its process has said about its comms so far.
    kept: MimeBundle,
    timing: timing::Heard,
    /// Why what runs cannot ask the person at the notebook, if it cannot.
    cannot_ask: Option<&'static str>,
    /// The job that runs, or ran last; 0 before the first.
    job: Ticket,
    /// The running cell's id in the notebook.
    cell: Option<String>,
    /// The message of the front end that made it run.
    request: Option<String>,
    /// What a verdict of the running cell has to know.
    secret: Option<String>,
    /// While a user expression is evaluated: its value, and nothing is shown.
    captured: Option<Captured>,
}

type Captured = Option<MimeBundle>;

/// A process has ended over a cell, and another one went on with the state from
/// before it.
#[derive(Debug, Clone, Copy)]
pub struct Replaced {
    pub ended: Pid,
    pub by: Pid,
}

/// What was heard of a cell.
#[derive(Debug)]
pub struct Ended {
    /// Whether its code was reached, that is, it compiled.
    pub started: bool,
    /// The failure that it told of.
    pub failure: Option<Failure>,
    /// The panic that has ended its process, if one has.
    pub cause: Option<Failure>,
    /// What kept it from being undone.
    pub left: Left,
    /// Whether it was run once more, without variables of types that it defines anew.
    pub again: bool,
    /// Who went on, if it was undone.
    pub replaced: Option<Replaced>,
    /// What the compiler warned of, if its code was reached.
    pub warned: Vec<Warning>,
    /// When it began and ended.
    pub timing: timing::Heard,
}

impl Hearing {
    /// Whether a cell runs or ran last, and no expression is evaluated.
    fn is_shown(&self) -> bool {
        self.in_session && self.captured.is_none()
    }

    /// Something is about to run for `request`, of which nothing else is known yet.
    fn begin(&mut self, job: Ticket, request: Option<String>) {
        self.job = job;
        self.request = request;
        self.cell = None;
        self.secret = None;
        self.in_session = true;
        self.started = false;
        self.begun = 0;
        self.timing = timing::Heard::default();
        self.failure = None;
        self.panics = Panics::default();
        self.warned = Vec::new();
        self.cannot_ask = Some(A_HANDLER);
    }

    fn end(&mut self) -> Ended {
        let mut warned = std::mem::take(&mut self.warned);
        warned.retain(|_| self.started);
        Ended {
            started: self.started,
            failure: self.failure.take(),
            cause: std::mem::take(&mut self.panics).take_cause(),
            left: std::mem::take(&mut self.left),
            again: self.begun > 1,
            replaced: self.replaced.take(),
            warned,
            timing: std::mem::take(&mut self.timing),
        }
    }
}

impl Listener {
    pub fn new(control: Arc<Control>, notify: Notify, sources: Sources) -> Self {
        Self {
            control,
            notify,
            sources,
            hearing: Mutex::default(),
        }
    }

    /// A cell comes: everything that is heard from now on is about it.
    pub fn begin(&self, execution: &Execution) {
        let mut hearing = self.lock();
        let count = execution.execution_count;
        hearing.cells.begin(count, &execution.code);
        hearing.begin(execution.ticket, execution.request.clone());
        hearing.cell.clone_from(&execution.cell);
        hearing.secret.clone_from(&execution.secret);
        hearing.cannot_ask = (!execution.allow_stdin).then_some(FRONT_END);
    }

    /// A comm's handlers run next, much as a cell does.
    pub fn begin_delivery(&self, job: Ticket, request: &str) {
        self.lock().begin(job, Some(request.to_owned()));
    }

    /// What was heard since the cell began.
    pub fn end(&self) -> Ended {
        self.went_on();
        self.lock().end()
    }

    /// From now on the value of a cell is kept and not shown.
    pub fn begin_capture(&self) {
        let mut hearing = self.lock();
        hearing.captured = Some(None);
        hearing.started = false;
        hearing.begun = 0;
        hearing.failure = None;
    }

    /// The value since `begin_capture`, and what else was heard.
    pub fn end_capture(&self) -> (Captured, Ended) {
        let mut hearing = self.lock();
        (hearing.captured.take().flatten(), hearing.end())
    }

    /// Says where answers to questions go.
    pub fn answer_through(&self, answers: Answers) {
        self.control.answer_through(answers);
    }

    /// `None` for a question: its answer comes from the front end.
    pub fn hear(&self, heard: Heard) -> Option<Reply> {
        self.hear_of(RUNNING, heard)
    }

    /// Hears what is `whose`.
    fn hear_of(&self, whose: Ticket, heard: Heard) -> Option<Reply> {
        match heard {
            Heard::Stdout(text) => self.stream(whose, StreamName::Stdout, text),
            Heard::Stderr(text) => self.stream(whose, StreamName::Stderr, text),
            Heard::Content { mime, content } => {
                let form = form(&mime, content);
                let data = Map::from_iter([(mime, form)]);
                let output = Output::Display {
                    data,
                    metadata: Map::new(),
                    display_id: None,
                };
                self.show(whose, output);
            }
            Heard::Earlier { cell, heard } => return self.hear_of(cell, *heard),
            Heard::Said {
                from,
                process,
                said,
            } => return self.said(whose, from, process, said),
            Heard::Closed { from } => self.control.closed(from),
        }
        Some(Reply::Ack)
    }

    fn said(&self, whose: Ticket, from: u64, process: Option<Pid>, said: Said) -> Option<Reply> {
        match said {
            Said::Earlier { cell, said } => return self.said(cell, from, process, *said),
            Said::Display {
                data,
                metadata,
                display_id,
            } => self.show(
                whose,
                Output::Display {
                    data,
                    metadata,
                    display_id,
                },
            ),
            Said::UpdateDisplay {
                data,
                metadata,
                display_id,
            } => self.show(
                whose,
                Output::UpdateDisplay {
                    data,
                    metadata,
                    display_id,
                },
            ),
            Said::ClearOutput { wait } => self.show(whose, Output::Clear { wait }),
            Said::Result { data, metadata } => self.result(whose, data, metadata),
            Said::Panic { panic, fatal, own } => self.panic(whose, panic, fatal, own),
            Said::WentOn => self.went_on(),
            Said::Error { name, message } => {
                self.lock().failure = Some(failure::question_mark(&name, &message));
            }
            Said::NotLoaded { reason } => {
                self.lock().failure = Some(failure::not_loaded(&reason));
            }
            Said::Input { prompt, password } => return self.input(from, prompt, password),
            Said::Begin { left } => return Some(self.begin_cell(process, left)),
            Said::End { spent } => {
                self.control.end_cell();
                self.lock().timing.spent = Some(spent);
            }
            Said::TakeOver => return Some(reply(self.take_over(process))),
            Said::Progress { text } => (self.notify)(Notice::Progress(text)),
            Said::Compile => return Some(self.begin_compiling(process, from)),
            Said::Comm(event) => (self.notify)(Notice::Comm(event)),
            Said::CommKept { comm, state } => {
                self.lock().kept.insert(comm, state);
            }
            Said::CommsKept => {
                let states = std::mem::take(&mut self.lock().kept);
                (self.notify)(Notice::CommsKept(states));
            }
            // All of it has been passed on before.
            Said::Printed => {}
            Said::Attend => {
                self.control.attend(from);
                return None;
            }
            Said::Compiled => self.lock().timing.compiled = true,
            // Running code would say it about itself.
            Said::Warned { warnings } if self.control.is_compiling(from) => {
                self.lock().warned = warnings;
            }
            Said::Warned { .. } => {}
            Said::Verdict { secret, points } => self.verdict(secret.as_deref(), points),
        }
        Some(Reply::Ack)
    }

    fn begin_compiling(&self, process: Option<Pid>, from: u64) -> Reply {
        let begun = self.control.begin_compiling(process, from);
        // Of several compilations the last counts, also one without warnings.
        if begun.is_ok() && self.control.is_compiling(from) {
            self.lock().warned = Vec::new();
        }
        reply(begun)
    }

    fn begin_cell(&self, process: Option<Pid>, left: Left) -> Reply {
        if let Err(reason) = self.control.begin_cell(process) {
            return Reply::Refused { reason };
        }
        let mut hearing = self.lock();
        hearing.started = true;
        hearing.left = left;
        hearing.begun += 1;
        hearing.timing.begun = Some(Instant::now());
        hearing.timing.spent = None;
        let reply = Reply::Run {
            number: hearing.job,
            cell: hearing.cell.clone(),
            secret: hearing.secret.clone(),
            request: hearing.request.clone(),
        };
        let is_cell = hearing.is_shown();
        drop(hearing);
        if is_cell {
            (self.notify)(Notice::Started);
        }
        reply
    }

    fn take_over(&self, process: Option<Pid>) -> Result<(), String> {
        let by = process.ok_or("the system does not say who this is")?;
        let ended = self.control.replace_cell(by)?;
        self.lock().replaced = Some(Replaced { ended, by });
        Ok(())
    }

    /// A verdict without the running cell's secret is somebody's invention.
    fn verdict(&self, secret: Option<&str>, points: Option<f64>) {
        let is_genuine = secret.is_some() && self.lock().secret.as_deref() == secret;
        (self.notify)(match is_genuine {
            true => Notice::Verdict { points },
            false => Notice::FalseVerdict,
        });
    }

    fn result(&self, whose: Ticket, data: MimeBundle, metadata: MimeBundle) {
        let mut hearing = self.lock();
        let is_own = whose == RUNNING || whose == hearing.job;
        if let Some(captured) = hearing.captured.as_mut().filter(|_| is_own) {
            *captured = Some(data);
            return;
        }
        drop(hearing);
        self.show(whose, Output::Result { data, metadata });
    }

    fn panic(&self, whose: Ticket, panic: Panic, fatal: bool, own: bool) {
        let mut hearing = self.lock();
        let Hearing { cells, panics, .. } = &mut *hearing;
        let text = if fatal {
            let source = panic.file.as_deref();
            let source = source.and_then(|file| self.sources.read(file));
            let note = advice::panic(&panic.message, toolchain::has_added_crates);
            let failure = cells.panic(&panic, source.as_deref()).followed_by(note);
            let text = panics.end_by(&panic);
            hearing.failure = Some(failure);
            text
        } else {
            panics.hear(panic, own, cells, &self.sources)
        };
        drop(hearing);
        if let Some(text) = text {
            self.stream(whose, StreamName::Stderr, text);
        }
    }

    /// The running cell goes on, or is over, after what may have been a panic of its own.
    fn went_on(&self) {
        let waited = self.lock().panics.release();
        if let Some(text) = waited {
            self.stream(RUNNING, StreamName::Stderr, text);
        }
    }

    fn input(&self, from: u64, prompt: String, password: bool) -> Option<Reply> {
        let refused = self.lock().cannot_ask;
        let allowed = match refused {
            Some(reason) => Err(reason.to_owned()),
            None => self.control.begin_asking(from),
        };
        match allowed {
            Ok(()) => {
                (self.notify)(Notice::Input { prompt, password });
                None
            }
            Err(reason) => Some(Reply::Refused { reason }),
        }
    }

    fn stream(&self, whose: Ticket, name: StreamName, text: String) {
        self.show(whose, Output::Stream { name, text });
    }

    fn show(&self, whose: Ticket, output: Output) {
        let hearing = self.lock();
        let is_shown = match whose == RUNNING || whose == hearing.job {
            true => hearing.is_shown(),
            false => hearing.in_session,
        };
        drop(hearing);
        if is_shown {
            // Without the lock: this may wait for a slow front end.
            (self.notify)(match whose {
                RUNNING => Notice::Output(output),
                cell => Notice::Earlier { cell, output },
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hearing> {
        self.hearing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Front ends answer questions of cells alone.
const A_HANDLER: &str =
    "a widget's handler cannot ask; ask in a cell, or show a `widgets::Text` to write into";
const FRONT_END: &str = "this front end cannot ask for input";

/// Stands for the job that runs, or ran last: who else prints is not known.
const RUNNING: Ticket = 0;

/// Stands for a connection where a process group has none.
const NO_CONNECTION: u64 = u64::MAX;

impl Watch for Listener {
    fn progress(&self, text: Option<String>) {
        (self.notify)(Notice::Progress(text));
    }

    fn begin(&self, pid: u32) -> Result<(), String> {
        let group = i32::try_from(pid).ok().and_then(Pid::from_raw);
        self.control.begin_compiling(group, NO_CONNECTION)
    }

    fn end(&self) {
        self.control.closed(NO_CONNECTION);
    }
}

/// JSON forms are JSON values in a notebook, all others are text.
fn form(mime: &str, content: String) -> Value {
    let is_json = mime == "application/json" || mime.ends_with("+json");
    match is_json.then(|| serde_json::from_str(&content)) {
        Some(Ok(value)) => value,
        _ => Value::from(content),
    }
}

fn reply(allowed: Result<(), String>) -> Reply {
    match allowed {
        Ok(()) => Reply::Ack,
        Err(reason) => Reply::Refused { reason },
    }
}

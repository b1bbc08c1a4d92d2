//! The engine's thread: takes jobs one at a time and does them with evcxr.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use evcxr::{CommandContext, Error, EvalOutputs};
use serde_json::{Map, Value};

use super::completion::Raw;
use super::control::Control;
use super::identifier::Help;
use super::interface::{
    Completions, Execution, Failure, Inspection, Job, MimeBundle, Notice, Outcome, Output,
};
use super::judgement::Cell;
use super::listener::Listener;
use super::meanwhile::{Meanwhile, Pace};
use super::orphans::Orphans;
use super::start::{self, Started, Types};
use super::timing::Timing;
use super::{
    Notify, Settings, commands, completion, diagnostics, failure, identifier, syntax, warnings,
};
use crate::bridge::Warning;
use crate::toolchain::{Sources, toolbox};

/// The last words of a dead process are read for this long at most.
pub(super) const DRAIN_TIME: Duration = Duration::from_secs(10);

/// Types are prepared when nothing has been asked for this long. A front end
/// that runs a whole notebook sends the next cell sooner.
const IDLE_TIME: Duration = Duration::from_millis(30);

/// The same before the first cell, which such a front end sends when it has
/// connected. A person needs longer anyway.
const FIRST_IDLE_TIME: Duration = Duration::from_millis(500);

/// Does jobs until the queue is closed.
pub fn run(
    settings: &Settings,
    control: &Arc<Control>,
    notify: &Notify,
    queue: &mpsc::Receiver<Job>,
    meanwhile: Arc<Meanwhile>,
) {
    let listener = Arc::new(Listener::new(
        Arc::clone(control),
        Arc::clone(notify),
        Sources::of(toolbox::crate_directory()),
    ));
    match start::start(settings, control, &listener) {
        Ok(Started {
            evcxr,
            types,
            bridge,
        }) => {
            let mut worker = Worker {
                control: Arc::clone(control),
                notify: Arc::clone(notify),
                listener,
                meanwhile,
                evcxr,
                types,
                bridge,
                orphans: Orphans::default(),
                is_wrapped: settings.sandbox.is_some(),
                limit: None,
                warns: settings.warns,
            };
            worker.serve(queue, settings.prepares);
        }
        Err(error) => {
            let text = format!("{error:#}");
            tracing::error!("the engine does not start: {text}");
            notify(Notice::Broken(text.clone()));
            for job in queue {
                notify(refuse(job, &text));
            }
        }
    }
}

/// The answer to a job when there is no engine.
fn refuse(job: Job, reason: &str) -> Notice {
    match job {
        Job::Execute(execution) => Notice::Executed {
            ticket: execution.ticket,
            outcome: Outcome::Failed(failure::failure("KernelError", reason, None)),
            expressions: Vec::new(),
            pages: Vec::new(),
        },
        Job::Complete { ticket, cursor, .. } => Notice::Completed {
            ticket,
            completions: Completions {
                start: cursor,
                end: cursor,
                candidates: Vec::new(),
            },
        },
        Job::Inspect { ticket, .. } => Notice::Inspected {
            ticket,
            inspection: None,
        },
        Job::Deliver(delivery) => Notice::Delivered {
            ticket: delivery.ticket,
            outcome: Outcome::Failed(failure::failure("KernelError", reason, None)),
        },
    }
}

pub(super) struct Worker {
    pub(super) control: Arc<Control>,
    pub(super) notify: Notify,
    pub(super) listener: Arc<Listener>,
    meanwhile: Arc<Meanwhile>,
    // Before the bridge: dropping it ends the process that runs cells.
    evcxr: CommandContext,
    types: Types,
    pub(super) bridge: crate::bridge::Bridge,
    pub(super) orphans: Orphans,
    /// Whether the process that runs cells is the child of another program,
    /// which tells of a signal by its exit code.
    pub(super) is_wrapped: bool,
    /// How long a cell may run, by `:limit`.
    pub(super) limit: Option<Duration>,
    /// Whether cells show what the compiler warns of, by `:warnings`.
    pub(super) warns: bool,
}

impl Worker {
    /// Does jobs, and prepares types while there is none, if that is wanted.
    fn serve(&mut self, queue: &mpsc::Receiver<Job>, prepares: bool) {
        let mut idle_time = FIRST_IDLE_TIME;
        let mut unprepared = prepares;
        let names = prepares.then(|| self.meanwhile.prepare(self.types.library()));
        let says = |pace| {
            if let Some(names) = &names {
                // Once it has heard enough, it listens no more.
                names.send(pace).ok();
            }
        };
        loop {
            let job = if unprepared {
                queue.recv_timeout(idle_time)
            } else {
                queue.recv().map_err(RecvTimeoutError::from)
            };
            match job {
                Ok(job @ Job::Execute(_)) => {
                    says(Pace::Works);
                    self.work(job);
                    says(Pace::Works);
                }
                Ok(job) => self.work(job),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    says(Pace::Rests);
                    unprepared = self.types.prepare(&mut self.evcxr);
                    if !unprepared {
                        (self.notify)(Notice::Ready);
                    }
                }
            }
            idle_time = IDLE_TIME;
        }
    }

    fn work(&mut self, job: Job) {
        self.control.begin_job();
        if !self.types.are_loaded() && needs_types(&job) {
            let text = "loading type information";
            (self.notify)(Notice::Progress(Some(text.to_owned())));
            self.types.load(&mut self.evcxr);
            (self.notify)(Notice::Progress(None));
        }
        let notice = match job {
            Job::Execute(execution) => self.execute(&execution),
            Job::Complete {
                ticket,
                code,
                cursor,
            } => Notice::Completed {
                ticket,
                completions: self.complete(&code, cursor),
            },
            Job::Inspect {
                ticket,
                code,
                cursor,
            } => Notice::Inspected {
                ticket,
                inspection: self.inspect(&code, cursor),
            },
            Job::Deliver(delivery) => self.deliver(delivery),
        };
        (self.notify)(notice);
    }

    fn execute(&mut self, execution: &Execution) -> Notice {
        if let Some(help) = identifier::help_request(&execution.code) {
            return self.help(execution.ticket, help);
        }
        let outcome = self.run_cell(execution);
        let expressions = match outcome {
            Outcome::Ok => self.expressions(execution),
            Outcome::Failed(_) => Vec::new(),
        };
        self.keep_limit(None);
        Notice::Executed {
            ticket: execution.ticket,
            outcome,
            expressions,
            pages: Vec::new(),
        }
    }

    fn help(&mut self, ticket: u64, help: Help<'_>) -> Notice {
        let answer = match help {
            Help::Of(name) => self.help_on(name).map(|page| vec![page]),
            Help::Command(name) => commands::read(&format!(":help {name}"))
                .map_err(|text| failure::failure("CommandError", &text, None))
                .and_then(|commands| self.follow(&commands))
                .map(|()| Vec::new()),
            Help::Unclear => {
                let text = "`?` tells about one name and stands alone in its cell: write `?Vec`";
                Err(failure::failure("CommandError", text, None))
            }
        };
        let (outcome, pages) = match answer {
            Ok(pages) => (Outcome::Ok, pages),
            Err(failure) => (Outcome::Failed(failure), Vec::new()),
        };
        Notice::Executed {
            ticket,
            outcome,
            expressions: Vec::new(),
            pages,
        }
    }

    fn help_on(&mut self, name: &str) -> Result<MimeBundle, Failure> {
        let Some(found) = self.inspect(name, name.len()) else {
            let text = format!("nothing is known about `{name}`");
            return Err(failure::failure("HelpNotFound", &text, None));
        };
        Ok(Map::from_iter([
            ("text/plain".to_owned(), Value::from(found.plain)),
            ("text/html".to_owned(), Value::from(found.html)),
            ("text/markdown".to_owned(), Value::from(found.markdown)),
        ]))
    }

    fn run_cell(&mut self, execution: &Execution) -> Outcome {
        let count = execution.execution_count;
        let commands = match commands::read(&execution.code) {
            Ok(commands) => commands,
            Err(text) => return Outcome::Failed(failure::failure("CommandError", &text, None)),
        };
        if let Err(failure) = self.follow(&commands) {
            return Outcome::Failed(failure);
        }
        if let Some((message, place)) = syntax::mistake(&execution.code) {
            let code = &execution.code;
            return Outcome::Failed(diagnostics::syntax_error(&message, place, code, count));
        }
        self.listener.begin(execution);
        self.keep_limit(self.limit);
        let mut timing = Timing::default();
        let begun = Instant::now();
        if !commands.programs.is_empty() {
            let done = self.run_programs(&commands.programs);
            timing = Timing::of_programs(begun);
            if let Err(failure) = done {
                self.tell(&timing, commands.times);
                return Outcome::Failed(failure);
            }
        }
        let given = Instant::now();
        let had_variables = self.evcxr.variables_and_types().next().is_some();
        let result = self.evaluate(&commands.code);
        self.settle(&result);
        let mut ended = self.listener.end();
        let warned = std::mem::take(&mut ended.warned);
        let cell = Cell {
            code: &execution.code,
            count,
            had_variables,
            clears: commands.clears,
            is_handler: false,
        };
        timing = timing.with_rust(given, &ended.timing);
        let stop = self.control.stopped();
        let result = self.judge(result, ended, stop, &cell);
        self.orphans.reap();
        // What a failed cell defines is not kept.
        let defined = if result.is_ok() { &*commands.code } else { "" };
        self.meanwhile.learn(
            defined,
            self.evcxr.variables_and_types(),
            self.evcxr.defined_item_names(),
        );
        if commands.clears {
            self.restore_prelude();
        }
        if let Ok(outputs) = &result {
            self.show(outputs);
        }
        self.warn(&warned, execution);
        self.tell(&timing, commands.times);
        match result {
            Ok(_) => Outcome::Ok,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    /// The names of the session's variables.
    pub(super) fn variables(&self) -> Vec<String> {
        let variables = self.evcxr.variables_and_types();
        variables.map(|(name, _)| name.to_owned()).collect()
    }

    /// Shows what the compiler warned of in a cell, if that is wanted.
    fn warn(&self, warned: &[Warning], execution: &Execution) {
        if !self.warns {
            return;
        }
        let sources = Sources::of(toolbox::crate_directory());
        let count = execution.execution_count;
        let display = warnings::display(warned, &execution.code, count, &sources);
        if let Some(display) = display {
            (self.notify)(Notice::Output(display));
        }
    }

    /// Shows what a cell has taken, if `:time` asks for it.
    fn tell(&self, timing: &Timing, times: bool) {
        if times {
            (self.notify)(Notice::Output(timing.display()));
        }
    }

    /// Holds what runs from now on to `limit`.
    pub(super) fn keep_limit(&self, limit: Option<Duration>) {
        if let Err(error) = self.control.limit(limit) {
            tracing::warn!("{error:#}");
        }
    }

    /// Runs `code`. A panic of evcxr's own is an error like any other.
    pub(super) fn evaluate(&mut self, code: &str) -> Result<EvalOutputs, Error> {
        let evcxr = &mut self.evcxr;
        std::panic::catch_unwind(AssertUnwindSafe(|| evcxr.execute(code))).unwrap_or_else(|_| {
            Err(Error::from(
                "evcxr panicked over this cell; the kernel's log has its words",
            ))
        })
    }

    /// What evcxr itself shows: the answers to commands such as `:vars`.
    fn show(&self, outputs: &EvalOutputs) {
        let data: MimeBundle = outputs
            .content_by_mime_type
            .iter()
            .map(|(mime, content)| (mime.clone(), Value::from(content.as_str())))
            .collect();
        if !data.is_empty() {
            (self.notify)(Notice::Output(Output::Display {
                data,
                metadata: Map::new(),
                display_id: None,
            }));
        }
    }

    fn restore_prelude(&mut self) {
        // That is no cell of anybody's, and whatever has stopped the cell has been judged.
        self.control.expect_job();
        self.keep_limit(None);
        if let Err(error) = self.evaluate(start::PRELUDE) {
            tracing::warn!("the prelude is not in scope: {error}");
        }
        self.keep_limit(self.limit);
    }

    fn expressions(&mut self, execution: &Execution) -> Vec<(String, Result<MimeBundle, Failure>)> {
        execution
            .expressions
            .iter()
            .map(|(name, expression)| {
                if let Err(text) = commands::without(expression) {
                    let failure = failure::failure("CommandError", &text, None);
                    return (name.clone(), Err(failure));
                }
                self.listener.begin_capture();
                let result = self.evaluate(expression);
                self.settle(&result);
                let (value, ended) = self.listener.end_capture();
                let cell = Cell {
                    code: expression,
                    count: execution.execution_count,
                    had_variables: true,
                    clears: false,
                    is_handler: false,
                };
                let stop = self.control.stopped();
                let result = self.judge(result, ended, stop, &cell);
                (name.clone(), result.map(|_| value.unwrap_or_default()))
            })
            .collect()
    }

    fn complete(&mut self, code: &str, cursor: usize) -> Completions {
        if let Some(names) = commands::complete(code, cursor) {
            return names;
        }
        let told = self.meanwhile.told(code, cursor);
        let found = self.offered(code, cursor);
        let told = told.wait().unwrap_or_default();
        let Some(found) = found.filter(|found| !found.completions.is_empty()) else {
            return told.completions(code, cursor);
        };
        let raw = found.completions.iter().map(|found| Raw {
            text: &found.code,
            kind: found.kind,
        });
        Completions {
            start: found.start_offset,
            end: found.end_offset,
            candidates: completion::tidied(raw, &told),
        }
    }

    /// What evcxr offers, `None` where it has failed.
    fn offered(&mut self, code: &str, cursor: usize) -> Option<evcxr::Completions> {
        let evcxr = &mut self.evcxr;
        let mut ask = |code: &str, cursor| {
            let asked = AssertUnwindSafe(|| evcxr.completions(code, cursor));
            std::panic::catch_unwind(asked).ok()
        };
        if let Ok(found) = ask(code, cursor)? {
            return Some(found);
        }
        let (code, more) = completion::as_argument(code, cursor)?;
        let mut found = ask(&code, cursor + more)?.ok()?;
        found.start_offset -= more;
        found.end_offset -= more;
        Some(found)
    }

    fn inspect(&mut self, code: &str, cursor: usize) -> Option<Inspection> {
        let end = identifier::end_at(code, cursor)?;
        // evcxr cuts the `!` off, and tells of the module that has the macro's name.
        if let Some(found) = self.meanwhile.described_macro(code, end) {
            return Some(found);
        }
        let evcxr = &mut self.evcxr;
        let found = std::panic::catch_unwind(AssertUnwindSafe(|| evcxr.hover_at(code, end)));
        let (plain, html) = found.ok()?.ok()?;
        (plain != "No documentation found").then(|| Inspection::of_hover(html))
    }
}

/// Whether rust-analyzer has to know the crates to do `job`.
fn needs_types(job: &Job) -> bool {
    match job {
        Job::Execute(execution) => {
            matches!(identifier::help_request(&execution.code), Some(Help::Of(_)))
                || syntax::may_define_variables(&execution.code)
        }
        Job::Complete { .. } | Job::Inspect { .. } => true,
        Job::Deliver(_) => false,
    }
}

//! The life of a cell: from `execute_request` to `idle`.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use super::Session;
use super::shell::{Running, Work};
use crate::engine::{Execution, Failure, Job, MimeBundle, Notice, Outcome, Output, StreamName};
use crate::protocol::messages::clear_output::ClearOutput;
use crate::protocol::messages::display_data::{DisplayData, Transient};
use crate::protocol::messages::error::ErrorOutput;
use crate::protocol::messages::execute::{ExecuteReply, ExecuteRequest, Payload};
use crate::protocol::messages::execute_input::ExecuteInput;
use crate::protocol::messages::execute_result::ExecuteResult;
use crate::protocol::messages::input::{InputReply, InputRequest};
use crate::protocol::{Channel, Message};

/// Text of neighbouring stream notices is joined up to this length: a thousand
/// `print!("x")` need not be a thousand messages.
const JOINED_BYTES: usize = 32 * 1024;

/// The longest output that history keeps.
const REMEMBERED_OUTPUT_BYTES: usize = 16 * 1024;

pub(super) type Expressions = Vec<(String, Result<MimeBundle, Failure>)>;

/// A cell that runs.
pub(super) struct Cell {
    pub count: u32,
    pub silent: bool,
    pub store_history: bool,
    pub stop_on_error: bool,
    pub allow_stdin: bool,
    /// It was interrupted: the queue is aborted however it ends.
    pub interrupted: bool,
    /// It waits for an `input_reply`.
    pub awaits_input: bool,
    /// A cell has one `execute_result`.
    pub has_result: bool,
    /// Expressions that are no text, so no code: answered without the engine.
    pub bad_expressions: Vec<String>,
}

/// A cell that ended, before its reply.
pub(super) struct Ended {
    running: Running,
    outcome: Outcome,
    expressions: Expressions,
    pages: Vec<MimeBundle>,
}

impl Session {
    /// Starts a cell.
    pub(super) fn execute(&mut self, request: Message) {
        let content: ExecuteRequest = match request.content_as() {
            Ok(content) => content,
            Err(reason) => return self.refuse(&request, reason),
        };
        let store_history = content.store_history && !content.silent;
        let count = self.next_count;
        let (expressions, bad_expressions) =
            split_expressions(content.user_expressions.unwrap_or_default());
        if !content.silent {
            let input = ExecuteInput {
                code: &content.code,
                execution_count: count,
            };
            self.outbox
                .publish(Some(&request.header), "execute_input", &input);
            self.last_cell = Some(request.header.clone());
        }
        let cell = Cell {
            count,
            silent: content.silent,
            store_history,
            stop_on_error: content.stop_on_error,
            allow_stdin: content.allow_stdin,
            interrupted: false,
            awaits_input: false,
            has_result: false,
            bad_expressions,
        };
        let ticket = self.ticket();
        if content.code.trim().is_empty() && expressions.is_empty() {
            let work = Work::Cell(cell);
            return self.conclude_cell(
                Running {
                    ticket,
                    request,
                    work,
                },
                Outcome::Ok,
                vec![],
                vec![],
            );
        }
        let job = Job::Execute(Execution {
            ticket,
            code: content.code.clone(),
            execution_count: count,
            allow_stdin: content.allow_stdin,
            expressions,
        });
        if store_history {
            self.next_count += 1;
        }
        self.start(ticket, request, Work::Cell(cell), job);
        if store_history {
            // While the engine compiles: the database costs the cell nothing.
            self.history.remember(count, &content.code);
        }
    }

    /// Publishes what the running cell shows.
    pub(super) fn show(&mut self, output: Output) {
        let output = self.join_streams(output);
        let (parent, cell) = match &mut self.running {
            Some(Running {
                request,
                work: Work::Cell(cell),
                ..
            }) => (Some(&request.header), Some(cell)),
            // A thread that outlives its cell.
            _ => (self.last_cell.as_ref(), None),
        };
        if cell.as_ref().is_some_and(|cell| cell.silent) {
            return;
        }
        match output {
            Output::Stream { name, text } => self.outbox.stream(parent, stream_name(name), &text),
            Output::Display {
                data,
                metadata,
                display_id,
            } => self
                .outbox
                .publish(parent, "display_data", &display(data, metadata, display_id)),
            Output::UpdateDisplay {
                data,
                metadata,
                display_id,
            } => {
                let content = display(data, metadata, Some(display_id));
                self.outbox.publish(parent, "update_display_data", &content);
            }
            Output::Result { data, metadata } => match cell {
                Some(cell) if !cell.has_result => {
                    cell.has_result = true;
                    let text = data.get("text/plain").and_then(Value::as_str);
                    if cell.store_history
                        && let Some(text) =
                            text.filter(|text| text.len() <= REMEMBERED_OUTPUT_BYTES)
                    {
                        self.history.remember_output(cell.count, text);
                    }
                    let content = ExecuteResult {
                        execution_count: cell.count,
                        data,
                        metadata,
                    };
                    self.outbox.publish(parent, "execute_result", &content);
                }
                _ => self
                    .outbox
                    .publish(parent, "display_data", &display(data, metadata, None)),
            },
            Output::Clear { wait } => {
                self.outbox
                    .publish(parent, "clear_output", &ClearOutput { wait })
            }
        }
    }

    /// Joins `output` with the text of the notices behind it, if it is text.
    fn join_streams(&mut self, mut output: Output) -> Output {
        let Output::Stream { name, text } = &mut output else {
            return output;
        };
        while text.len() < JOINED_BYTES && self.next_notice.is_none() {
            match self.notices.try_recv() {
                Ok(Notice::Output(Output::Stream {
                    name: next,
                    text: more,
                })) if next == *name => text.push_str(&more),
                Ok(other) => self.next_notice = Some(other),
                Err(_) => break,
            }
        }
        output
    }

    /// A cell ended. When that aborts the queue its reply waits for the
    /// barrier: once a client sees the reply, what it sends next must run.
    pub(super) fn finish_cell(
        &mut self,
        running: Running,
        outcome: Outcome,
        expressions: Expressions,
        pages: Vec<MimeBundle>,
    ) {
        let Work::Cell(cell) = &running.work else {
            return self.conclude_mismatch(&running);
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        if cell.interrupted || (failed && cell.stop_on_error) {
            self.ended = Some(Ended {
                running,
                outcome,
                expressions,
                pages,
            });
            self.outbox.barrier();
        } else {
            self.conclude_cell(running, outcome, expressions, pages);
        }
    }

    /// Replies for the cell that ended and for all cells that wait behind it.
    pub(super) fn abort_queue(&mut self) {
        let is_cell = |request: &Message| request.header.msg_type == "execute_request";
        let (cells, others): (VecDeque<_>, VecDeque<_>) = self.queue.drain(..).partition(is_cell);
        self.queue = others;
        if let Some(ended) = self.ended.take() {
            self.conclude_cell(ended.running, ended.outcome, ended.expressions, ended.pages);
        }
        for request in cells {
            self.outbox.busy(&request.header);
            let execution_count = self.next_count;
            self.outbox.reply(
                Channel::Shell,
                &request,
                &ExecuteReply::Aborted { execution_count },
            );
            self.outbox.idle(&request.header);
        }
    }

    /// Publishes how the cell ended, replies, and is idle.
    pub(super) fn conclude_cell(
        &mut self,
        running: Running,
        outcome: Outcome,
        expressions: Expressions,
        pages: Vec<MimeBundle>,
    ) {
        let Running { request, work, .. } = running;
        let Work::Cell(cell) = work else {
            return;
        };
        let execution_count = cell.count;
        let payload = pages.into_iter().map(Payload::page).collect();
        let reply = match outcome {
            Outcome::Ok => ExecuteReply::Ok {
                execution_count,
                payload,
                user_expressions: expression_values(expressions, &cell.bad_expressions),
            },
            Outcome::Failed(Failure {
                name,
                value,
                traceback,
            }) => {
                if !cell.silent {
                    let content = ErrorOutput {
                        ename: &name,
                        evalue: &value,
                        traceback: &traceback,
                    };
                    self.outbox
                        .publish(Some(&request.header), "error", &content);
                }
                ExecuteReply::Error {
                    execution_count,
                    ename: name,
                    evalue: value,
                    traceback,
                    payload,
                    user_expressions: Map::new(),
                }
            }
        };
        self.outbox.reply(Channel::Shell, &request, &reply);
        self.outbox.idle(&request.header);
    }

    /// Asks the client that sent the cell for a line.
    pub(super) fn ask(&mut self, prompt: String, password: bool) {
        let Some(running) = &mut self.running else {
            return self.engine.input_reply(Err(
                "no cell runs, so nobody can be asked for input".to_owned()
            ));
        };
        let Work::Cell(cell) = &mut running.work else {
            return self.engine.input_reply(Err(
                "no cell runs, so nobody can be asked for input".to_owned()
            ));
        };
        if !cell.allow_stdin {
            let reason = "this client does not take input (allow_stdin is false)".to_owned();
            return self.engine.input_reply(Err(reason));
        }
        cell.awaits_input = true;
        // The route of a client is the same on shell and stdin.
        self.outbox.send(
            Channel::Stdin,
            &running.request,
            "input_request",
            &InputRequest { prompt, password },
        );
    }

    /// The stdin channel carries one kind of message: the user's line.
    pub(super) fn on_stdin(&mut self, message: &Message) {
        if message.header.msg_type != "input_reply" {
            tracing::info!("ignored on stdin: {:?}", message.header.msg_type);
            return;
        }
        if !self.stop_awaiting_input() {
            tracing::info!("ignored an input_reply that no cell waits for");
            return;
        }
        let reply = message
            .content_as::<InputReply>()
            .map(|content| content.value);
        self.engine.input_reply(reply);
    }

    /// Tells a cell that waits for input why there is none.
    pub(super) fn refuse_input(&mut self, reason: &str) {
        if self.stop_awaiting_input() {
            self.engine.input_reply(Err(reason.to_owned()));
        }
    }

    fn stop_awaiting_input(&mut self) -> bool {
        let cell = self.running.as_mut().and_then(Running::cell_mut);
        cell.is_some_and(|cell| std::mem::take(&mut cell.awaits_input))
    }
}

fn stream_name(name: StreamName) -> &'static str {
    match name {
        StreamName::Stdout => "stdout",
        StreamName::Stderr => "stderr",
    }
}

fn display(data: MimeBundle, metadata: MimeBundle, display_id: Option<String>) -> DisplayData {
    DisplayData {
        data,
        metadata,
        transient: Transient { display_id },
    }
}

/// Expressions to evaluate, and the names of those that are no text.
fn split_expressions(expressions: Map<String, Value>) -> (Vec<(String, String)>, Vec<String>) {
    let mut code = Vec::new();
    let mut bad = Vec::new();
    for (name, expression) in expressions {
        match expression {
            Value::String(expression) => code.push((name, expression)),
            _ => bad.push(name),
        }
    }
    (code, bad)
}

fn expression_values(expressions: Expressions, bad: &[String]) -> Map<String, Value> {
    let good = expressions.into_iter().map(|(name, value)| {
        let value = match value {
            Ok(data) => json!({ "status": "ok", "data": data, "metadata": {} }),
            Err(Failure {
                name,
                value,
                traceback,
            }) => {
                json!({ "status": "error", "ename": name, "evalue": value, "traceback": traceback })
            }
        };
        (name, value)
    });
    let bad = bad.iter().map(|name| {
        let reason = "a user expression must be text";
        let value = json!({ "status": "error", "ename": "BadRequest", "evalue": reason, "traceback": [reason] });
        (name.clone(), value)
    });
    good.chain(bad).collect()
}

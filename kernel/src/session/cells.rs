//! The life of a cell: from `execute_request` to `idle`.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::Session;
use super::shell::{Running, Work};
use crate::engine::{Execution, Failure, Job, MimeBundle, Outcome};
use crate::protocol::messages::error::ErrorOutput;
use crate::protocol::messages::execute::{ExecuteReply, ExecuteRequest, Payload};
use crate::protocol::messages::execute_input::ExecuteInput;
use crate::protocol::{Channel, Message};

pub(super) type Expressions = Vec<(String, Result<MimeBundle, Failure>)>;

/// A cell that runs.
pub(super) struct Cell {
    pub count: u32,
    pub silent: bool,
    pub store_history: bool,
    pub stop_on_error: bool,
    pub allow_stdin: bool,
    /// It was interrupted, and the queue aborted then.
    pub interrupted: bool,
    /// It waits for an `input_reply`.
    pub awaits_input: bool,
    /// A cell has one `execute_result`.
    pub has_result: bool,
    /// Expressions that are no text, so no code: answered without the engine.
    pub bad_expressions: Vec<String>,
    /// How many answers its client may still give to what it has shown in an `Output`.
    pub answers: usize,
    /// Whether it has given one.
    pub is_answered: bool,
}

/// A cell that ended, before its reply.
pub(super) struct Ended {
    pub running: Running,
    pub outcome: Outcome,
    pub expressions: Expressions,
    pub pages: Vec<MimeBundle>,
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
            self.progress.begin_cell(&request.header);
            self.budgets.begin_cell();
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
            answers: 0,
            is_answered: false,
        };
        let ticket = self.ticket();
        if content.code.trim().is_empty() && expressions.is_empty() {
            self.budgets.end_cell(Instant::now());
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
            secret: None,
            ticket,
            code: content.code.clone(),
            execution_count: count,
            cell: cell_id(&request),
            request: Some(request.header.msg_id.clone()),
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

    /// The running cell has ended.
    pub(super) fn finish_cell(
        &mut self,
        running: Running,
        outcome: Outcome,
        expressions: Expressions,
        pages: Vec<MimeBundle>,
    ) {
        if !matches!(running.work, Work::Cell(_)) {
            return self.conclude_mismatch(&running);
        }
        self.progress.end_wait();
        self.budgets.end_cell(Instant::now());
        let ended = Ended {
            running,
            outcome,
            expressions,
            pages,
        };
        if let Some(ended) = self.hold(ended) {
            self.end_cell(ended);
        }
    }

    /// Ends a cell. When its failure aborts the queue its reply waits for a
    /// barrier: once a client sees the reply, what it sends next must run.
    pub(super) fn end_cell(&mut self, ended: Ended) {
        let failed = matches!(ended.outcome, Outcome::Failed(_));
        // An interrupt has set its own barrier, at its own time.
        let aborts = |cell: &Cell| failed && cell.stop_on_error && !cell.interrupted;
        if matches!(&ended.running.work, Work::Cell(cell) if aborts(cell)) {
            self.ended = Some(ended);
            self.barrier();
        } else {
            self.conclude_cell(ended.running, ended.outcome, ended.expressions, ended.pages);
            if self.barriers == 0 {
                self.answer_aborted();
            }
        }
    }

    /// Has every request read that has reached the shell socket by now; then
    /// the cells among them are aborted.
    pub(super) fn barrier(&mut self) {
        self.barriers += 1;
        self.outbox.barrier();
    }

    /// Aborts the cells that wait. They are answered after the one that failed.
    pub(super) fn abort_queue(&mut self) {
        let is_cell = |request: &Message| request.header.msg_type == "execute_request";
        let (cells, others): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(is_cell);
        self.queue = others.into();
        self.aborted.extend(cells);
        if let Some(ended) = self.ended.take() {
            self.conclude_cell(ended.running, ended.outcome, ended.expressions, ended.pages);
        }
        if self.running.is_none() {
            self.answer_aborted();
        }
    }

    fn answer_aborted(&mut self) {
        for request in std::mem::take(&mut self.aborted) {
            self.outbox.busy(&request.header);
            let execution_count = self.next_count;
            let reply = ExecuteReply::Aborted { execution_count };
            self.outbox.reply(Channel::Shell, &request, &reply);
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
        self.end_progress();
        // Before an error, which belongs below the cell.
        self.end_captures(&request.header);
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
}

/// The cell's id in the notebook: JupyterLab says it in the metadata.
fn cell_id(request: &Message) -> Option<String> {
    let id = request.metadata.get("cellId")?.as_str()?;
    (id.len() <= LONGEST_ID).then(|| id.to_owned())
}

/// nbformat allows 64.
const LONGEST_ID: usize = 256;

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

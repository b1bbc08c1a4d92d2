//! The shell channel: requests in order, one at a time.

use std::time::Instant;

use super::cells::Cell;
use super::{Exit, Session, completeness};
use crate::engine::{Failure, Job, MimeBundle, Notice, Outcome, Ticket};
use crate::protocol::messages::error::ErrorReply;
use crate::protocol::messages::history::{HistoryReply, HistoryRequest};
use crate::protocol::messages::is_complete::IsCompleteRequest;
use crate::protocol::{Channel, Header, Message};

/// A request that the engine works on.
pub(super) struct Running {
    pub ticket: Ticket,
    pub request: Message,
    pub work: Work,
}

pub(super) enum Work {
    Cell(Cell),
    /// The code, to count its code points again in the reply.
    Complete(String),
    Inspect,
    /// A comm's handlers run; `opened_by` is the cell that made the comm.
    Deliver {
        opened_by: Option<Header>,
    },
}

impl Running {
    pub fn cell_mut(&mut self) -> Option<&mut Cell> {
        match &mut self.work {
            Work::Cell(cell) => Some(cell),
            Work::Complete(_) | Work::Inspect | Work::Deliver { .. } => None,
        }
    }
}

impl Session {
    /// Queues a request; `Some` when it ends the session.
    pub(super) fn on_shell(&mut self, request: Message) -> Option<Exit> {
        // Before protocol 5.4 shutdown came on shell, and it must not wait for
        // a cell that never ends.
        if request.header.msg_type == "shutdown_request" {
            self.outbox.busy(&request.header);
            let exit = self.shut_down(Channel::Shell, &request);
            self.outbox.idle(&request.header);
            return exit;
        }
        let request = self.answer_meanwhile(request)?;
        match request.header.msg_type.as_str() {
            "comm_msg" => self.queue_comm(request),
            _ => self.queue.push_back(request),
        }
        None
    }

    /// Serves queued requests until the engine works on one.
    pub(super) fn serve_queue(&mut self) {
        while self.running.is_none()
            && self.barriers == 0
            && let Some(request) = self.queue.pop_front()
        {
            self.outbox.busy(&request.header);
            self.serve_request(request);
        }
    }

    pub(super) fn serve_request(&mut self, request: Message) {
        match request.header.msg_type.as_str() {
            // These are done when the engine says so.
            "execute_request" => return self.execute(request),
            "complete_request" => return self.complete(request),
            "inspect_request" => return self.inspect(request),
            "comm_open" | "comm_msg" | "comm_close" => {
                if let Some(request) = self.serve_comm(request) {
                    self.outbox.idle(&request.header);
                }
                return;
            }
            "kernel_info_request" => self.kernel_info(Channel::Shell, &request),
            "is_complete_request" => self.is_complete(&request),
            "history_request" => self.recall(&request),
            "comm_info_request" => self.comm_info(&request),
            _ => self.outbox.reply_unknown(Channel::Shell, &request),
        }
        self.outbox.idle(&request.header);
    }

    fn is_complete(&self, request: &Message) {
        match request.content_as::<IsCompleteRequest>() {
            Ok(content) => {
                self.outbox.reply(
                    Channel::Shell,
                    request,
                    &completeness::is_complete(&content.code),
                );
            }
            Err(reason) => self
                .outbox
                .reply_bad_request(Channel::Shell, request, reason),
        }
    }

    fn recall(&mut self, request: &Message) {
        match request.content_as::<HistoryRequest>() {
            Ok(content) => {
                let history = self.history.recall(&content);
                self.outbox.reply(
                    Channel::Shell,
                    request,
                    &HistoryReply {
                        status: "ok",
                        history,
                    },
                );
            }
            Err(reason) => self
                .outbox
                .reply_bad_request(Channel::Shell, request, reason),
        }
    }

    /// Ends a request whose content does not fit.
    pub(super) fn refuse(&mut self, request: &Message, reason: String) {
        self.outbox
            .reply_bad_request(Channel::Shell, request, reason);
        self.outbox.idle(&request.header);
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// Gives a job to the engine; the request ends with the job's notice.
    pub(super) fn start(&mut self, ticket: Ticket, request: Message, work: Work, job: Job) {
        self.running = Some(Running {
            ticket,
            request,
            work,
        });
        match self.engine_failure.clone() {
            None => self.engine.submit(job),
            Some(reason) => self.fail_running(&engine_failure(reason)),
        }
    }

    /// Turns what the engine reports into messages.
    pub(super) fn on_notice(&mut self, notice: Notice) {
        match notice {
            Notice::Ready => tracing::info!("the engine is warm"),
            Notice::Broken(reason) => self.on_engine_failure(&reason),
            Notice::Progress(text) => self.on_progress(text),
            // Only a grader gives secrets.
            Notice::Verdict { .. } | Notice::FalseVerdict => {}
            Notice::Started => {
                self.remember_running();
                let ticket = self.running.as_ref().map_or(0, |running| running.ticket);
                self.budgets.start_code(ticket, Instant::now());
            }
            Notice::Output(output) => self.show(output),
            Notice::Earlier { cell, output } => self.show_of_thread(cell, output),
            Notice::Input { prompt, password } => self.ask(prompt, password),
            Notice::Executed {
                ticket,
                outcome,
                expressions,
                pages,
            } => {
                if let Some(running) = self.take_running(ticket) {
                    self.finish_cell(running, outcome, expressions, pages);
                }
            }
            Notice::Completed {
                ticket,
                completions,
            } => {
                if let Some(running) = self.take_running(ticket) {
                    self.finish_completion(&running, &completions);
                }
            }
            Notice::Comm(event) => self.on_comm(event),
            Notice::CommsKept(states) => self.on_comms_kept(states),
            Notice::Delivered { ticket, outcome } => {
                if let Some(running) = self.take_running(ticket) {
                    self.finish_delivery(&running, outcome);
                }
            }
            Notice::Inspected { ticket, inspection } => {
                if let Some(running) = self.take_running(ticket) {
                    self.finish_inspection(&running.request, inspection);
                }
            }
        }
    }

    /// The engine does no work any more: says so to whoever waits for it, now
    /// and later.
    pub(super) fn on_engine_failure(&mut self, reason: &str) {
        if self.engine_failure.is_none() {
            tracing::error!("no cell can run: {reason}");
            self.engine_failure = Some(reason.to_owned());
        }
        self.fail_running(&engine_failure(reason.to_owned()));
    }

    fn take_running(&mut self, ticket: Ticket) -> Option<Running> {
        let running = self.running.take_if(|running| running.ticket == ticket);
        if running.is_none() {
            tracing::debug!("a notice for the job {ticket}, which does not run any more");
        }
        running
    }

    /// The engine answered with another kind of notice than the job's.
    pub(super) fn conclude_mismatch(&mut self, running: &Running) {
        let reason = "the engine answered something else than it was asked".to_owned();
        tracing::error!("{reason}");
        self.outbox.reply(
            Channel::Shell,
            &running.request,
            &ErrorReply::new("EngineFailure", reason),
        );
        self.outbox.idle(&running.request.header);
    }

    /// Ends a request in an outcome; for other work than cells, a failed one.
    pub(super) fn conclude(
        &mut self,
        running: Running,
        outcome: Outcome,
        expressions: super::cells::Expressions,
        pages: Vec<MimeBundle>,
    ) {
        if matches!(running.work, Work::Cell(_)) {
            self.conclude_cell(running, outcome, expressions, pages);
        } else if let Work::Deliver { .. } = running.work {
            self.finish_delivery(&running, outcome);
        } else if let Outcome::Failed(failure) = outcome {
            let reply = ErrorReply::new("EngineFailure", failure.value);
            self.outbox.reply(Channel::Shell, &running.request, &reply);
            self.outbox.idle(&running.request.header);
        }
    }
}

fn engine_failure(reason: String) -> Failure {
    Failure {
        name: "EngineFailure".to_owned(),
        traceback: vec![format!("EngineFailure: {reason}")],
        value: reason,
    }
}

//! The reply of a cell that has filled an `Output`: held back until its client has said
//! what the `Output` shows.
//!
//! nbclient shows an `Output` by itself. It answers each output in one with an update of
//! `outputs`, on the socket on which it waits for the cell's reply, and behind the back of
//! asyncio, which does the waiting. zmq says once that something has come, and says it to
//! whoever uses the socket next: a reply that comes just before such an answer is sent wakes
//! nobody, until nbclient's time for the cell is over. So the reply goes when all answers
//! are there. Other clients do not answer, or not each time: one that lets a whole cell pass
//! without an answer loses that moment, and is not waited for again until it answers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Session;
use super::cells::{Ended, Expressions};
use super::shell::{Running, Work};
use crate::engine::{MimeBundle, Outcome};
use crate::protocol::{Header, Message};

/// How long the next answer may take, where somebody sits in front of the client.
const PATIENCE: Duration = Duration::from_millis(50);

/// The same for a client that takes no input: a program, which may be busy with what came
/// before, and whose answers are the ones that matter.
const PATIENCE_FOR_PROGRAMS: Duration = Duration::from_millis(500);

/// How long all answers may take.
const LONGEST: Duration = Duration::from_secs(5);

/// So many clients are known that do not answer.
const KNOWN: usize = 100;

/// The clients that have let a cell pass without an answer, by their routes.
#[derive(Default)]
pub(super) struct Silent {
    clients: BTreeSet<Vec<Vec<u8>>>,
}

impl Silent {
    fn add(&mut self, client: &[Vec<u8>]) {
        // Whoever is forgotten loses a moment more.
        if self.clients.len() >= KNOWN {
            self.clients.clear();
        }
        self.clients.insert(client.to_vec());
    }
}

/// How a cell has ended whose reply is held back. It is still the running one.
pub(super) struct Held {
    outcome: Outcome,
    expressions: Expressions,
    pages: Vec<MimeBundle>,
    /// When the reply goes, if no answer comes.
    due: Instant,
    /// When it goes, whatever comes.
    latest: Instant,
}

impl Session {
    /// The running cell has published `outputs` messages under `parent`. Where an `Output`
    /// shows them, each may be answered.
    pub(super) fn expect_answers(&mut self, parent: Option<&Header>, outputs: usize) {
        let is_captured = |parent: &Header| self.comms.capturing(&parent.msg_id).next().is_some();
        if outputs > 0
            && parent.is_some_and(is_captured)
            && let Some(cell) = self.running.as_mut().and_then(Running::cell_mut)
        {
            cell.answers += outputs;
        }
    }

    /// A client says what an `Output` shows.
    pub(super) fn hear_answer(&mut self, answer: &Message) {
        self.silent.clients.remove(&answer.identities);
        let Some(Running {
            request,
            work: Work::Cell(cell),
            ..
        }) = &mut self.running
        else {
            return;
        };
        let is_its_client = answer.identities == request.identities;
        // One that came late is about an earlier cell.
        let is_about_it = |parent: &Header| parent.msg_id == request.header.msg_id;
        if !is_its_client || !answer.parent.as_ref().is_none_or(is_about_it) {
            return;
        }
        cell.answers = cell.answers.saturating_sub(1);
        cell.is_answered = true;
        if let Some(held) = &mut self.held {
            let now = Instant::now();
            held.due = match cell.answers {
                0 => now,
                _ => held.latest.min(now + patience(cell.allow_stdin)),
            };
        }
    }

    /// The running cell has ended: holds its reply back, or gives it back where there is no
    /// reason to.
    pub(super) fn hold(&mut self, ended: Ended) -> Option<Ended> {
        let Work::Cell(cell) = &ended.running.work else {
            return Some(ended);
        };
        let client = &ended.running.request.identities;
        if cell.answers == 0 || self.silent.clients.contains(client) {
            return Some(ended);
        }
        let now = Instant::now();
        self.held = Some(Held {
            outcome: ended.outcome,
            expressions: ended.expressions,
            pages: ended.pages,
            due: now + patience(cell.allow_stdin),
            latest: now + LONGEST,
        });
        self.running = Some(ended.running);
        None
    }

    /// When a reply goes that is held back.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.held.as_ref().map(|held| held.due)
    }

    /// Ends the cell whose reply is held back.
    pub(super) fn let_go(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        let Some(running) = self.running.take() else {
            return;
        };
        if matches!(&running.work, Work::Cell(cell) if !cell.is_answered) {
            self.silent.add(&running.request.identities);
        }
        self.end_cell(Ended {
            running,
            outcome: held.outcome,
            expressions: held.expressions,
            pages: held.pages,
        });
    }
}

fn patience(allow_stdin: bool) -> Duration {
    match allow_stdin {
        true => PATIENCE,
        false => PATIENCE_FOR_PROGRAMS,
    }
}

//! Input: a cell asks, the client that sent it answers.

use super::Session;
use super::shell::{Running, Work};
use crate::protocol::messages::input::{InputReply, InputRequest};
use crate::protocol::{Channel, Message};

impl Session {
    /// Asks the client that sent the cell for a line.
    pub(super) fn ask(&mut self, prompt: String, password: bool) {
        // A front end that clears the output would take the question with it.
        self.end_progress();
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
        let asked = self.running.as_ref().map(|running| &running.request);
        if asked.is_some_and(|asked| asked.identities != message.identities) {
            tracing::info!("ignored an input_reply of a client that was not asked");
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

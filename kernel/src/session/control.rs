//! The control channel: what must be answered while a cell runs.

use super::{Exit, Session};
use crate::protocol::messages::interrupt::InterruptReply;
use crate::protocol::{Channel, Message};

impl Session {
    /// Serves a request on control; `Some` when it ends the session.
    pub(super) fn on_control(&mut self, request: &Message) -> Option<Exit> {
        self.outbox.busy(&request.header);
        let mut exit = None;
        match request.header.msg_type.as_str() {
            "interrupt_request" => {
                self.interrupt();
                self.outbox
                    .reply(Channel::Control, request, &InterruptReply { status: "ok" });
            }
            "shutdown_request" => exit = self.shut_down(Channel::Control, request),
            "kernel_info_request" => self.kernel_info(Channel::Control, request),
            _ => self.outbox.reply_unknown(Channel::Control, request),
        }
        self.outbox.idle(&request.header);
        self.is_still_busy();
        exit
    }

    /// Stops the running cell. Those that were sent before the interrupt do not
    /// run either; one that is sent after it does, also when the running cell
    /// takes a while to end.
    pub(super) fn interrupt(&mut self) {
        if let Some(cell) = self.running.as_mut().and_then(|running| running.cell_mut()) {
            cell.interrupted = true;
            self.barrier();
        }
        self.drop_waiting_clicks();
        self.engine.interrupt();
    }
}

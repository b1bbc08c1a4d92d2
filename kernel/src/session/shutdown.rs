//! The end of a session. Each wait on the way has its own end.

use std::time::Duration;

use crossbeam_channel::{bounded, never};

use super::{Exit, Session};
use crate::engine::{Failure, Outcome};
use crate::protocol::messages::shutdown::{ShutdownReply, ShutdownRequest};
use crate::protocol::{Channel, Message};

/// The engine promises two seconds; then the process ends all the same.
const ENGINE_END: Duration = Duration::from_millis(2500);

impl Session {
    /// Answers a `shutdown_request`, and every request that is still open.
    pub(super) fn shut_down(&mut self, channel: Channel, request: &Message) -> Option<Exit> {
        let restart = match request.content_as::<ShutdownRequest>() {
            Ok(content) => content.restart,
            Err(reason) => {
                self.outbox.reply_bad_request(channel, request, reason);
                return None;
            }
        };
        self.close_requests();
        let reply = ShutdownReply {
            status: "ok",
            restart,
        };
        // The other clients of this kernel learn of it on iopub.
        self.outbox
            .publish(Some(&request.header), "shutdown_reply", &reply);
        self.outbox.reply(channel, request, &reply);
        Some(Exit::Shutdown { restart })
    }

    /// Ends the engine and the sockets.
    pub(super) fn end(mut self) {
        self.close_requests();
        // The engine may be blocked in a notice; without a reader it is not.
        self.notices = never();
        let mut engine = self.engine;
        let (ended, wait) = bounded::<()>(1);
        let spawned = std::thread::Builder::new()
            .name("engine-end".to_owned())
            .spawn(move || {
                engine.shutdown();
                drop(engine);
                let _ = ended.send(());
            });
        match spawned {
            Ok(_) => {
                if wait.recv_timeout(ENGINE_END).is_err() {
                    tracing::error!(
                        "the engine did not end within {ENGINE_END:?}; leaving it behind"
                    );
                }
            }
            Err(error) => tracing::error!("cannot end the engine: {error}"),
        }
        self.history.close();
        self.outbox.close();
    }

    /// Replies to what will never run or finish.
    fn close_requests(&mut self) {
        if self.ended.is_none() {
            self.fail_running(&Failure {
                name: "Shutdown".to_owned(),
                value: "the kernel was shut down while the cell ran".to_owned(),
                traceback: vec!["Shutdown: the kernel was shut down while the cell ran".to_owned()],
            });
        }
        self.abort_queue();
    }

    /// Ends the running request with `failure`, whatever it is; a cell that has ended, as
    /// it has.
    pub(super) fn fail_running(&mut self, failure: &Failure) {
        self.let_go();
        let Some(running) = self.running.take() else {
            return;
        };
        self.conclude(running, Outcome::Failed(failure.clone()), vec![], vec![]);
    }
}

//! What comes on a comm, for the handlers of running code: a slider was moved.
//!
//! No compiler and no evcxr has a part in it. The process that runs cells hears it by
//! itself, and a handler is undone like a cell when it fails.

use evcxr::{Error, EvalOutputs};

use super::failure;
use super::interface::{Delivery, Notice, Outcome};
use super::judgement::Cell;
use super::worker::Worker;

/// A cell that does nothing. evcxr hears by it whether its process has ended.
const NOTHING: &str = "();";

impl Worker {
    /// Delivers, and tells how the handlers went.
    pub(super) fn deliver(&mut self, delivery: Delivery) -> Notice {
        let Delivery {
            ticket,
            event,
            request,
        } = delivery;
        self.listener.begin_delivery(ticket, &request);
        self.keep_limit(self.limit);
        let is_whole = self.control.deliver(event);
        let stop = self.control.stopped();
        let mut ended = self.listener.end();
        let result = match is_whole {
            true => Ok(EvalOutputs::new()),
            false => {
                let result = self.look_after_process();
                ended.replaced = self.listener.end().replaced.or(ended.replaced);
                result
            }
        };
        let cell = Cell {
            code: "",
            count: 0,
            had_variables: true,
            clears: false,
            is_handler: true,
        };
        let outcome = match self.judge(result, ended, stop, &cell) {
            Ok(_) if !is_whole => {
                let reason = "what the page has sent did not reach the cell that waits for it; \
                              try again, or restart the kernel";
                Outcome::Failed(failure::failure("KernelError", reason, None))
            }
            Ok(_) => Outcome::Ok,
            Err(failure) => Outcome::Failed(failure),
        };
        self.orphans.reap();
        Notice::Delivered { ticket, outcome }
    }

    /// Finds out whether the process that runs cells has ended, or its copy goes on. Where
    /// it has ended evcxr starts another.
    fn look_after_process(&mut self) -> Result<EvalOutputs, Error> {
        // The interrupt was for the handler, and has ended it.
        self.control.expect_job();
        self.keep_limit(None);
        let result = self.evaluate(NOTHING);
        self.settle(&result);
        result
    }
}

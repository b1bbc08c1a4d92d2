//! What threads show that earlier cells have started: it stands below those cells.

use std::collections::BTreeMap;

use super::Session;
use super::budget::{Verdict, size};
use super::output::{display, stream_name};
use super::shell::{Running, Work};
use crate::engine::{Output, StreamName, Ticket};
use crate::protocol::Header;
use crate::protocol::messages::clear_output::ClearOutput;

/// So many cells, and runs of handlers, are remembered: a slider makes many. What a thread
/// of an older one shows stands below the cell that runs, or ran last.
const REMEMBERED: usize = 10_000;

/// The cells whose code has begun, by the numbers that their threads are known by.
#[derive(Default)]
pub(super) struct Earlier {
    /// Under which header their output stands; `None` where they are silent.
    cells: BTreeMap<Ticket, Option<Header>>,
}

impl Earlier {
    fn remember(&mut self, cell: Ticket, header: Option<Header>) {
        self.cells.insert(cell, header);
        if self.cells.len() > REMEMBERED {
            self.cells.pop_first();
        }
    }
}

impl Session {
    /// The code of the running cell, or of a comm's handlers, begins.
    pub(super) fn remember_running(&mut self) {
        let Some(Running {
            ticket,
            request,
            work,
        }) = &self.running
        else {
            return;
        };
        let header = match work {
            Work::Cell(cell) if cell.silent => None,
            // When they have ended, no widget captures what they show any more.
            Work::Deliver {
                opened_by: Some(cell),
            } => Some(cell.clone()),
            _ => Some(request.header.clone()),
        };
        self.earlier.remember(*ticket, header);
    }

    /// Publishes what a thread shows that the job `cell` has started.
    pub(super) fn show_of_thread(&mut self, cell: Ticket, output: Output) {
        let runs = self
            .running
            .as_ref()
            .is_some_and(|running| running.ticket == cell);
        match self.earlier.cells.get(&cell) {
            Some(header) if !runs => {
                if let Some(header) = header.clone() {
                    self.show_below(&header, cell, output);
                }
            }
            // That of a cell which is running, or forgotten, or was never there.
            _ => self.show(output),
        }
    }

    /// As [`Session::show`], but below a cell that has ended, and out of its budget.
    fn show_below(&mut self, header: &Header, cell: Ticket, output: Output) {
        let budget = self.budgets.of_cell(cell);
        match output {
            Output::Stream { name, mut text } => {
                let words = budget.print(name, &mut text);
                self.outbox.stream(Some(header), stream_name(name), &text);
                if let Some(words) = words {
                    self.say_below(header, &words);
                }
            }
            Output::Display {
                data,
                metadata,
                display_id,
            } => {
                let verdict = budget.display(display_id.as_deref(), size(&data, &metadata));
                if self.is_shown_below(header, verdict) {
                    let content = display(data, metadata, display_id);
                    self.outbox.publish(Some(header), "display_data", &content);
                }
            }
            Output::UpdateDisplay {
                data,
                metadata,
                display_id,
            } => {
                let verdict = budget.update(&display_id, size(&data, &metadata));
                if self.is_shown_below(header, verdict) {
                    let content = display(data, metadata, Some(display_id));
                    self.outbox
                        .publish(Some(header), "update_display_data", &content);
                }
            }
            // The cell has its own value.
            Output::Result { data, metadata } => {
                let verdict = budget.value(false, size(&data, &metadata));
                if self.is_shown_below(header, verdict) {
                    let content = display(data, metadata, None);
                    self.outbox.publish(Some(header), "display_data", &content);
                }
            }
            Output::Clear { wait } => {
                budget.clear();
                self.outbox
                    .publish(Some(header), "clear_output", &ClearOutput { wait });
            }
        }
    }

    fn is_shown_below(&mut self, header: &Header, verdict: Verdict) -> bool {
        if let Verdict::Hidden(Some(words)) = &verdict {
            self.say_below(header, words);
        }
        verdict == Verdict::Shown
    }

    fn say_below(&mut self, header: &Header, words: &str) {
        self.outbox
            .stream(Some(header), stream_name(StreamName::Stdout), words);
    }
}

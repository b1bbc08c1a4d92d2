//! Output: what running code shows becomes messages on iopub.

use std::time::Instant;

use serde_json::Value;

use super::Session;
use super::budget::{Budget, Verdict, size};
use super::cells::Cell;
use super::comms;
use super::shell::{Running, Work};
use crate::engine::{CommEvent, MimeBundle, Notice, Output, StreamName};
use crate::protocol::Header;
use crate::protocol::messages::clear_output::ClearOutput;
use crate::protocol::messages::display_data::{DisplayData, Transient};
use crate::protocol::messages::execute_result::ExecuteResult;

/// Text of neighbouring stream notices is joined up to this length: a thousand
/// `print!("x")` need not be a thousand messages.
const JOINED_BYTES: usize = 32 * 1024;

/// Text beyond this length is served piece by piece, so that a huge line does
/// not lie in memory a second time as messages.
const PORTION_BYTES: usize = 1024 * 1024;

/// The longest output that history keeps.
const REMEMBERED_OUTPUT_BYTES: usize = 16 * 1024;

impl Session {
    /// Publishes what the running cell shows.
    pub(super) fn show(&mut self, output: Output) {
        let (parent, silent) = match &self.running {
            Some(Running {
                request,
                work: Work::Cell(cell),
                ..
            }) => (Some(request.header.clone()), cell.silent),
            Some(
                running @ Running {
                    work: Work::Deliver { .. },
                    ..
                },
            ) => (self.parent_of(running), false),
            // What outlives its cell.
            _ => (self.last_cell.clone(), false),
        };
        if silent || self.budgets.hides(&output, Instant::now()) {
            return;
        }
        // An update changes a display where it stands.
        if !matches!(output, Output::UpdateDisplay { .. }) {
            self.end_progress();
        }
        let parent = parent.as_ref();
        let is_answered = !matches!(
            output,
            Output::UpdateDisplay { .. } | Output::Clear { wait: true }
        );
        let before = self.outbox.published();
        match output {
            Output::Stream { name, text } => self.show_text(parent, name, text),
            Output::Display {
                data,
                metadata,
                display_id,
            } => {
                let size = size(&data, &metadata);
                if self.may_show(parent, |budget| budget.display(display_id.as_deref(), size)) {
                    let content = display(data, metadata, display_id);
                    self.outbox.publish(parent, "display_data", &content);
                }
            }
            Output::UpdateDisplay {
                data,
                metadata,
                display_id,
            } => {
                let size = size(&data, &metadata);
                if self.may_show(parent, |budget| budget.update(&display_id, size)) {
                    let content = display(data, metadata, Some(display_id));
                    self.outbox.publish(parent, "update_display_data", &content);
                }
            }
            Output::Result { data, metadata } => self.show_result(parent, data, metadata),
            Output::Clear { wait } => {
                // What a widget clears is its own.
                let is_captured =
                    |parent: &Header| self.comms.capturing(&parent.msg_id).next().is_some();
                if !parent.is_some_and(is_captured) {
                    self.budgets.clear();
                }
                self.outbox
                    .publish(parent, "clear_output", &ClearOutput { wait });
            }
        }
        if is_answered {
            self.expect_answers(parent, self.outbox.published() - before);
        }
    }

    /// Whether the budget allows a message on a comm.
    pub(super) fn may_send(&mut self, parent: Option<&Header>, event: &CommEvent) -> bool {
        // Without it a widget would show, or miss, what is not its own.
        let state = event.data.get("state").and_then(Value::as_object);
        let is_capture = |state: &MimeBundle| state.len() == 1 && state.contains_key("msg_id");
        if state.is_some_and(is_capture) && event.buffers.is_empty() {
            return true;
        }
        let size = comms::size(event);
        self.may_show(parent, |budget| budget.update(&event.comm, size))
    }

    /// Whether the budget allows something; where it ends, that is said.
    pub(super) fn may_show(
        &mut self,
        parent: Option<&Header>,
        take: impl FnOnce(&mut Budget) -> Verdict,
    ) -> bool {
        match take(self.budgets.of_displays()) {
            Verdict::Shown => true,
            Verdict::Hidden(words) => {
                if let Some(words) = words {
                    self.say(parent, &words);
                }
                false
            }
        }
    }

    /// Says something about the output, and on standard output: a notebook's
    /// grader may take what stands on standard error for a failure.
    fn say(&mut self, parent: Option<&Header>, words: &str) {
        self.outbox
            .stream(parent, stream_name(StreamName::Stdout), words);
    }

    /// Publishes text, joined with the text behind it or cut into portions.
    fn show_text(&mut self, parent: Option<&Header>, name: StreamName, mut text: String) {
        if text.len() > PORTION_BYTES {
            let end = text.floor_char_boundary(PORTION_BYTES);
            let portion: String = text.drain(..end).collect();
            self.backlog
                .put_back(Notice::Output(Output::Stream { name, text }));
            text = portion;
        }
        while text.len() < JOINED_BYTES
            && let Some(more) = self.backlog.pop_text(name)
        {
            text.push_str(&more);
        }
        let words = self.budgets.print(name, &mut text);
        self.outbox.stream(parent, stream_name(name), &text);
        if let Some(words) = words {
            self.say(parent, &words);
        }
    }

    /// Publishes a value: a cell has one `execute_result`, others are displays.
    fn show_result(&mut self, parent: Option<&Header>, data: MimeBundle, metadata: MimeBundle) {
        let is_value = self
            .running
            .as_mut()
            .and_then(Running::cell_mut)
            .is_some_and(|cell| !cell.has_result);
        let size = size(&data, &metadata);
        if !self.may_show(parent, |budget| budget.value(is_value, size)) {
            return;
        }
        match self.running.as_mut().and_then(Running::cell_mut) {
            Some(
                cell @ Cell {
                    has_result: false, ..
                },
            ) => {
                cell.has_result = true;
                let text = data.get("text/plain").and_then(Value::as_str);
                if let Some(text) =
                    text.filter(|text| cell.store_history && text.len() <= REMEMBERED_OUTPUT_BYTES)
                {
                    self.history.remember_output(cell.count, text);
                }
                let execution_count = cell.count;
                let content = ExecuteResult {
                    execution_count,
                    data,
                    metadata,
                };
                self.outbox.publish(parent, "execute_result", &content);
            }
            _ => self
                .outbox
                .publish(parent, "display_data", &display(data, metadata, None)),
        }
    }
}

pub(super) fn stream_name(name: StreamName) -> &'static str {
    match name {
        StreamName::Stdout => "stdout",
        StreamName::Stderr => "stderr",
    }
}

pub(super) fn display(
    data: MimeBundle,
    metadata: MimeBundle,
    display_id: Option<String>,
) -> DisplayData {
    DisplayData {
        data,
        metadata,
        transient: Transient { display_id },
    }
}

//! What a cell waits for, shown in its own output while it waits.
//!
//! The text is a display that is updated in place and goes away with
//! `clear_output`, so that no notebook stores it. That would also clear what
//! the cell shows itself; therefore the text goes before the cell's first own
//! output, and does not come back after it. A short wait shows nothing.
//!
//! Time is kept by the loop's one wait ([`Progress::due`]); nothing sleeps here.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Session;
use crate::engine::MimeBundle;
use crate::html::escape;
use crate::protocol::Header;
use crate::protocol::messages::clear_output::ClearOutput;
use crate::protocol::messages::display_data::{DisplayData, Transient};

/// A wait that ends before this is not worth a reader's glance.
const PATIENCE: Duration = Duration::from_millis(300);

/// The shortest time between two texts.
const PACE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct Progress {
    /// What the engine waits for. It may have begun before the cell.
    text: Option<String>,
    /// The cell whose output tells it: one that runs, is not silent and has
    /// shown nothing of its own.
    cell: Option<Header>,
    /// When the output is to be brought up to date, if it is not.
    due: Option<Instant>,
    /// The display that the cell shows now.
    shown: Option<Shown>,
}

struct Shown {
    display_id: String,
    text: String,
    since: Instant,
}

impl Progress {
    /// When [`Session::bring_progress_up_to_date`] has something to do.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A cell begins, and shows nothing yet.
    pub fn begin_cell(&mut self, cell: &Header) {
        self.cell = Some(cell.clone());
        self.plan(Instant::now());
    }

    /// The engine has done what it waited for, or given it up.
    pub fn end_wait(&mut self) {
        self.text = None;
    }

    /// Sets the time for the next message.
    fn plan(&mut self, now: Instant) {
        self.due = match (&self.cell, &self.text, &self.shown) {
            (None, ..) | (_, None, _) => None,
            (_, Some(text), Some(shown)) if *text == shown.text => None,
            (.., Some(shown)) => Some(now.max(shown.since + PACE)),
            (.., None) => self.due.or(Some(now + PATIENCE)),
        };
    }
}

impl Session {
    /// The engine says what it waits for, or that it goes on.
    pub(super) fn on_progress(&mut self, text: Option<String>) {
        tracing::info!("progress: {text:?}");
        let now = Instant::now();
        match text {
            Some(_) => {
                self.progress.text = text;
                self.progress.plan(now);
                if self.progress.due.is_some_and(|due| due <= now) {
                    self.bring_progress_up_to_date();
                }
            }
            None => {
                self.progress.end_wait();
                self.remove_progress();
            }
        }
    }

    /// Shows the last text.
    pub(super) fn bring_progress_up_to_date(&mut self) {
        let progress = &mut self.progress;
        progress.due = None;
        let (Some(cell), Some(text)) = (&progress.cell, &progress.text) else {
            return;
        };
        let (msg_type, display_id) = match progress.shown.take() {
            Some(shown) => ("update_display_data", shown.display_id),
            None => ("display_data", uuid::Uuid::new_v4().to_string()),
        };
        let content = DisplayData {
            data: bundle(text),
            metadata: MimeBundle::new(),
            transient: Transient {
                display_id: Some(display_id.clone()),
            },
        };
        self.outbox.publish(Some(cell), msg_type, &content);
        progress.shown = Some(Shown {
            display_id,
            text: text.clone(),
            since: Instant::now(),
        });
    }

    /// The running cell ends, or is about to show something of its own.
    pub(super) fn end_progress(&mut self) {
        self.remove_progress();
        self.progress.cell = None;
    }

    /// Takes the text out of the cell's output, which has nothing else in it.
    fn remove_progress(&mut self) {
        self.progress.due = None;
        if self.progress.shown.take().is_some() {
            let cell = self.progress.cell.as_ref();
            let content = ClearOutput { wait: false };
            self.outbox.publish(cell, "clear_output", &content);
        }
    }
}

/// The text as it is shown: in the page's own colour, so in every theme.
fn bundle(text: &str) -> MimeBundle {
    let escaped = escape(text);
    let html = format!(r#"<div role="status" style="opacity: 0.7">{escaped} …</div>"#);
    MimeBundle::from_iter([
        ("text/plain".to_owned(), json!(format!("{text} …"))),
        ("text/html".to_owned(), json!(html)),
    ])
}

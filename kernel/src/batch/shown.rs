//! What a cell shows, as much of it as is kept.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{MimeBundle, Output};

/// The most bytes of what a cell prints.
const PRINTED: usize = 64 << 10;

/// The most displays, and the most bytes of one form of a display.
const DISPLAYS: usize = 64;
const DISPLAY: usize = 256 << 10;

/// The output of a cell so far.
#[derive(Debug, Default)]
pub struct Shown {
    displays: Vec<Display>,
    printed: String,
    cut: bool,
}

/// What a cell has displayed, in the forms that a report can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Display {
    pub text: String,
    pub html: String,
}

impl Shown {
    /// Takes an output, or drops it if there were too many.
    pub fn add(&mut self, output: Output) {
        match output {
            Output::Stream { text, .. } => {
                let room = PRINTED.saturating_sub(self.printed.len());
                let kept = text.floor_char_boundary(room.min(text.len()));
                self.cut |= kept < text.len();
                self.printed.push_str(text.get(..kept).unwrap_or_default());
            }
            Output::Display { data, .. }
            | Output::UpdateDisplay { data, .. }
            | Output::Result { data, .. } => self.display(&data),
            Output::Clear { .. } => {}
        }
    }

    fn display(&mut self, data: &MimeBundle) {
        if self.displays.len() >= DISPLAYS {
            self.cut = true;
            return;
        }
        let mut form = |mime: &str| {
            let text = data.get(mime).and_then(Value::as_str).unwrap_or_default();
            // Half of a page is no page.
            let fits = text.len() <= DISPLAY;
            self.cut |= !fits;
            if fits { text.to_owned() } else { String::new() }
        };
        let display = Display {
            text: form("text/plain"),
            html: form("text/html"),
        };
        self.displays.push(display);
    }

    /// The displays, what was printed, and whether there was more.
    pub fn into_parts(self) -> (Vec<Display>, String, bool) {
        (self.displays, self.printed, self.cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::StreamName;

    #[test]
    fn a_flood_is_cut_between_characters() {
        let mut shown = Shown::default();
        for _ in 0..10 {
            shown.add(Output::Stream {
                name: StreamName::Stdout,
                text: "é".repeat(10_000),
            });
        }
        let (_, printed, cut) = shown.into_parts();
        assert!(cut);
        assert_eq!(printed.len(), PRINTED);
    }
}

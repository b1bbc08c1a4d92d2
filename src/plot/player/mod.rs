//! Stepping through a program by hand: choose which thread moves next, go
//! back, and see whether a bug can still be reached.
//!
//! The whole is one piece of HTML that needs neither a server nor the kernel.
//! All states are computed ahead; a click only looks them up. Where scripts
//! are off, the start stands.

mod script;
mod sheet;
mod states;

use crate::model::Program;
use crate::notebook::{self, MimeBundle, Rich};

use sheet::Sheet;
use states::Walk;

/// The most bytes of one player's HTML, so that a notebook stays small. A
/// program with more states is shown up to there, and the player says so.
pub const MAX_PLAYER_BYTES: usize = 400_000;

/// A program to step through; see [`Program::player`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Player {
    title: String,
    sheet: Sheet,
    html: String,
    text: String,
}

impl Program {
    /// The program with a button for each thread: every click makes one step.
    ///
    /// The player shows the text with the next statement of each thread, what
    /// is shared and what changed, why a thread cannot go, and whether a
    /// failed assertion or a deadlock can still be reached.
    ///
    /// ```
    /// use twoaxes::model::Program;
    ///
    /// let player = Program::increments(&[1, 1]).player();
    /// assert!(player.html().contains("You can still lose"));
    /// ```
    #[must_use]
    pub fn player(&self) -> Player {
        let mut walk = Walk::of(self, states::most_states(self));
        let title = format!("Step through {} threads", self.threads().len());
        loop {
            let sheet = walk.sheet();
            let html = sheet.html(&title);
            // Values of many digits, or long reasons, take more than usual.
            if html.len() <= MAX_PLAYER_BYTES || walk.len() <= 1 {
                let text = walk.text();
                return Player {
                    title,
                    sheet,
                    html,
                    text,
                };
            }
            walk = Walk::of(self, walk.len() / 2);
        }
    }
}

impl Player {
    /// How many states the player knows.
    #[must_use]
    pub fn states(&self) -> usize {
        self.sheet.states.len()
    }

    /// The player in one piece of HTML.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The program, how it can end, and a run that fails.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Shows the player as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for Player {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(&self.text).with_html(&self.html)
    }
}

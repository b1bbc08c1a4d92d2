//! A finished picture.

use crate::html::escape;
use crate::notebook::{self, MimeBundle, Rich};

/// A picture with everything that it takes to read it without seeing it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) svg: String,
    pub(super) text: String,
}

impl Figure {
    /// What the picture shows, in a few words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What there is to see in the picture, in a sentence or two.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The picture: a complete SVG document (also good for a file).
    #[must_use]
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The picture drawn with characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Shows the figure as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    /// How wide it is where there is room, in pixels.
    pub(super) fn width(&self) -> u32 {
        let after = self.svg.split("width=\"").nth(1);
        let digits = after.and_then(|rest| rest.split('"').next());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(720)
    }

    /// The picture as HTML, on a card of its own colours.
    pub(super) fn html(&self) -> String {
        format!(
            "<figure style=\"margin:0.3em 0;overflow-x:auto\" aria-label=\"{}\">{}</figure>",
            escape(&self.title),
            self.svg
        )
    }
}

impl Rich for Figure {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(&self.text)
            .with_svg(&self.svg)
            .with_html(self.html())
    }
}

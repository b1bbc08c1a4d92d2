//! Figures beside each other, for comparing them.

use crate::notebook::{self, MimeBundle, Rich};

use super::figure::Figure;

/// Some figures next to each other where the page is wide enough, else below
/// each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideBySide {
    figures: Vec<Figure>,
}

/// Puts `figures` beside each other, for example a simulated run and a
/// measured one.
#[must_use]
pub fn side_by_side(figures: &[Figure]) -> SideBySide {
    SideBySide {
        figures: figures.to_vec(),
    }
}

impl SideBySide {
    /// Shows the figures as the result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for SideBySide {
    fn mime_bundle(&self) -> MimeBundle {
        let texts: Vec<&str> = self.figures.iter().map(Figure::text).collect();
        let cells: String = self
            .figures
            .iter()
            .map(|figure| format!("<div style=\"flex:1 1 340px\">{}</div>", figure.html()))
            .collect();
        MimeBundle::text(texts.join("\n")).with_html(format!(
            "<div style=\"display:flex;flex-wrap:wrap;gap:8px\">{cells}</div>"
        ))
    }
}

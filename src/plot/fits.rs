//! How fits show themselves as the result of a cell: as a few lines of text,
//! which a screen reader reads as they are.

use crate::notebook::{self, MimeBundle, Rich};
use crate::workers::{AmdahlFit, UslFit};

impl UslFit {
    /// Shows the parameters, their standard errors and the notes as the result
    /// of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for UslFit {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.to_string())
    }
}

impl AmdahlFit {
    /// Shows the parallel fraction, its standard error and the notes as the
    /// result of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }
}

impl Rich for AmdahlFit {
    fn mime_bundle(&self) -> MimeBundle {
        MimeBundle::text(self.to_string())
    }
}

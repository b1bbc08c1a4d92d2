//! The students' edition of the instructor's notebooks.
//!
//! Solutions, hidden tests, quiz answers and everything that a run left behind
//! come out; ids, prose and metadata stay. The same source always gives the
//! same bytes. What looks like a marker but is none is an error: a solution
//! must not slip through because of a missing space.
//!
//! Uses `notebook`, and runs nothing.

mod cell;
mod error;
mod folder;
mod markers;

pub use error::ReleaseError;
pub use folder::{Difference, Released, differences, folder, write};

use crate::notebook::{Notebook, Place};

/// Makes the students' edition of one notebook.
///
/// # Errors
/// When a cell cannot be released safely; the error names the cell.
pub fn notebook(source: &Notebook) -> Result<Notebook, (Place, ReleaseError)> {
    let mut seen = cell::Seen::default();
    let mut made = source.clone();
    // Files before 4.5 have no cell ids, and ids are what a submission is
    // matched by; with ids, the file is one of at least 4.5.
    made.minor = made.minor.max(5);
    // The state of live widgets is an output like any other.
    made.metadata.remove("widgets");
    for (index, cell) in made.cells.iter_mut().enumerate() {
        let place = Place::of(index, cell.id.as_deref());
        cell::release(cell, &mut seen).map_err(|error| (place, error))?;
    }
    Ok(made)
}

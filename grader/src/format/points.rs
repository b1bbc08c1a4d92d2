//! Points that would count twice.

use std::collections::HashMap;

use anyhow::Context as _;

use super::FormatError;
use super::cell;
use crate::course::Course;
use crate::notebook::Place;

/// Refuses a course in which two cells give the points of the same exercise, or
/// of the questions of the same section: a gradebook adds up all cells.
pub(super) fn counted_once(course: &Course) -> anyhow::Result<()> {
    let mut places: HashMap<String, String> = HashMap::new();
    for (name, notebook) in &course.notebooks {
        let cells = notebook.cells.iter().enumerate();
        for (index, cell) in cells.filter(|(_, cell)| cell.is_code()) {
            let place = Place::of(index, cell.id.as_deref());
            for what in cell::scores(&cell.source) {
                let here = format!("{} in {}", place, name.display());
                let Some(before) = places.insert(what.clone(), here) else {
                    continue;
                };
                let error = FormatError::CountedTwice { what, before };
                return Err(anyhow::anyhow!("{place}: {error}"))
                    .with_context(|| course.folder.join(name).display().to_string());
            }
        }
    }
    Ok(())
}

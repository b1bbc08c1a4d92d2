//! What a cell made when it ran before: nobody needs it once the cell runs again, and its
//! output is gone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::model::{Model, Widget};
use crate::notebook::running_cell;

/// By the cell's id: the number of its run, and what it made.
static MADE: Mutex<BTreeMap<String, (u64, Vec<Model>)>> = Mutex::new(BTreeMap::new());

/// Closes `widgets` when the cell that runs now runs once more. Only for those that no
/// code of the cell has in hand.
pub(crate) fn close_at_rerun(widgets: &[&dyn Widget]) {
    let cell = running_cell();
    let Some(name) = cell.name else {
        return;
    };
    let models = widgets.iter().map(|widget| widget.model().clone());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let (run, own) = made.entry(name).or_default();
    let before = match *run == cell.run {
        true => Vec::new(),
        false => std::mem::take(own),
    };
    *run = cell.run;
    own.extend(models);
    drop(made);
    for model in before {
        model.close();
    }
}

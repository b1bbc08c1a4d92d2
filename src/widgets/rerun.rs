//! What a cell made when it ran before: nobody needs it once the cell runs again, and its
//! output is gone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::model::{Model, Widget};
use crate::notebook::running_cell;

/// By the cell's id.
static MADE: Mutex<BTreeMap<String, Made>> = Mutex::new(BTreeMap::new());

/// What one run of a cell has made.
#[derive(Default)]
struct Made {
    run: u64,
    widgets: Vec<Kept>,
}

struct Kept {
    model: Model,
    /// It is closed if no more than so many have it in hand, this place among them.
    ours: usize,
}

/// Closes `widgets` when the cell that runs now runs once more.
pub(crate) fn close_at_rerun(widgets: &[&dyn Widget]) {
    keep(widgets.iter().map(|widget| Kept {
        model: widget.model().clone(),
        ours: usize::MAX,
    }));
}

/// The same, unless somebody has a widget in hand then beside `ours` of ourselves.
pub(super) fn close_at_rerun_unless_held(models: &[Model], ours: usize) {
    keep(models.iter().map(|model| Kept {
        model: model.clone(),
        // The vector of the caller goes, and this stays.
        ours: ours + 1,
    }));
}

fn keep(widgets: impl Iterator<Item = Kept>) {
    let cell = running_cell();
    let Some(name) = cell.name else {
        return;
    };
    let mut all = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let made = all.entry(name).or_default();
    let before = match made.run == cell.run {
        true => Vec::new(),
        false => std::mem::take(&mut made.widgets),
    };
    made.run = cell.run;
    made.widgets.extend(widgets);
    drop(all);
    for kept in before {
        if kept.model.holders() <= kept.ours {
            kept.model.close();
        }
    }
}

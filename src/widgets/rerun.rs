//! What a cell made when it ran before, or a handler: nobody needs it once that runs again,
//! and its output is gone.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::model::{Model, Widget};
use crate::notebook::running_cell;

/// By the cell's id, or that of the widget whose handler it is.
static MADE: Mutex<BTreeMap<String, Made>> = Mutex::new(BTreeMap::new());

thread_local! {
    /// The run of a handler that is under way.
    static TURN: RefCell<Option<Turn>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Turn {
    widget: String,
    run: u64,
}

/// What one run has made.
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

/// Closes `widgets` when the cell or handler that runs now runs once more.
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

/// Runs `work` as a handler of `widget`: what that makes belongs to this run of it, also
/// where it is within a cell or another handler.
pub(super) fn as_turn_of<R>(widget: &str, work: impl FnOnce() -> R) -> R {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    /// Puts back what was under way, also after a panic.
    struct Outer(Option<Turn>);
    impl Drop for Outer {
        fn drop(&mut self) {
            TURN.set(self.0.take());
        }
    }
    let turn = Turn {
        widget: widget.to_owned(),
        run: RUNS.fetch_add(1, Ordering::Relaxed),
    };
    let _outer = Outer(TURN.replace(Some(turn)));
    work()
}

fn keep(widgets: impl Iterator<Item = Kept>) {
    let turn = TURN.with_borrow(Option::clone);
    let (name, run) = match (turn, running_cell()) {
        (Some(turn), _) => (turn.widget, turn.run),
        (None, cell) => match cell.name {
            Some(name) => (name, cell.run),
            // Nobody can tell whether it runs again.
            None => return,
        },
    };
    let mut all = lock();
    let made = all.entry(name).or_default();
    let before = match made.run == run {
        true => Vec::new(),
        false => std::mem::take(&mut made.widgets),
    };
    made.run = run;
    made.widgets.extend(widgets);
    drop(all);
    close(before.into());
}

/// Closes widgets, and what their handlers have made.
fn close(mut widgets: VecDeque<Kept>) {
    while let Some(kept) = widgets.pop_front() {
        if kept.model.holders() <= kept.ours {
            kept.model.close();
            let made = lock().remove(kept.model.id());
            widgets.extend(made.into_iter().flat_map(|made| made.widgets));
        }
    }
}

fn lock() -> MutexGuard<'static, BTreeMap<String, Made>> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

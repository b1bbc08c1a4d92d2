//! A bar that says how far something has come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::html::escape;
use crate::notebook::{
    DisplayId, MimeBundle, Rich, display, display_with_id, is_connected, update_display,
};

/// The bar is drawn anew no more often than this.
const PERIOD: Duration = Duration::from_millis(50);

/// The length of the bar in text, in characters.
const LENGTH: u64 = 24;

/// How far something has come, below the cell and while it happens.
///
/// Any number of threads can advance it at once:
///
/// ```
/// use rayon::prelude::*;
/// use twoaxes::prelude::*;
///
/// let bar = ProgressBar::new("orders", 100);
/// (0..100).into_par_iter().for_each(|order| {
///     std::hint::black_box(order);
///     bar.advance(1);
/// });
/// assert_eq!(bar.done(), 100);
/// ```
///
/// Nobody may hold the lock of standard output meanwhile: what was printed goes first.
/// What is shown last is where it is when it is dropped. Outside our kernel only that
/// is printed.
#[derive(Debug)]
pub struct ProgressBar {
    label: String,
    total: u64,
    done: AtomicU64,
    begun: Instant,
    /// When it was drawn last; locked by whoever draws.
    drawn: Mutex<Instant>,
    id: Option<DisplayId>,
}

impl ProgressBar {
    /// A bar for `total` steps of what `label` names; it is shown at once.
    #[must_use = "it goes away when it is dropped"]
    pub fn new(label: &str, total: u64) -> Self {
        let begun = Instant::now();
        let mut bar = Self {
            label: label.to_owned(),
            total,
            done: AtomicU64::new(0),
            begun,
            drawn: Mutex::new(begun),
            id: None,
        };
        bar.id = is_connected().then(|| display_with_id(&bar));
        bar
    }

    /// Says that `steps` more are done.
    pub fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
        let Some(id) = &self.id else {
            return;
        };
        // Whoever finds somebody drawing has nothing to add.
        if let Ok(mut drawn) = self.drawn.try_lock()
            && drawn.elapsed() >= PERIOD
        {
            update_display(id, self);
            *drawn = Instant::now();
        }
    }

    /// How many steps are done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Shows the bar as the value of a cell.
    #[doc(hidden)]
    pub fn evcxr_display(&self) {
        display(self);
    }

    fn words(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        format!("{} of {}, {seconds:.1} s", self.done(), self.total)
    }
}

impl Rich for ProgressBar {
    fn mime_bundle(&self) -> MimeBundle {
        let (done, total) = (self.done().min(self.total), self.total.max(1));
        // Nothing to do is done.
        let done = if self.total == 0 { total } else { done };
        let full = u128::from(LENGTH) * u128::from(done) / u128::from(total);
        let full = usize::try_from(full).unwrap_or_default();
        let bar: String = (0..LENGTH as usize)
            .map(|at| if at < full { '█' } else { '░' })
            .collect();
        let words = self.words();
        MimeBundle::text(format!("{} {bar} {words}", self.label)).with_html(format!(
            "<div>{} <progress value=\"{done}\" max=\"{total}\"></progress> {words}</div>",
            escape(&self.label)
        ))
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        // Nobody draws any more, and what was drawn last may be old.
        let _drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        match &self.id {
            Some(id) => update_display(id, self),
            None => display(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(done: u64, total: u64) -> String {
        let bar = ProgressBar::new("a<b", total);
        bar.advance(done);
        let bundle = bar.mime_bundle();
        let html = bundle.get("text/html").unwrap_or_default().to_owned();
        assert!(html.starts_with("<div>a&lt;b <progress value="), "{html}");
        bundle.get("text/plain").unwrap_or_default().to_owned()
    }

    #[test]
    fn the_bar_is_as_long_as_what_is_done() {
        for (done, total, full) in [(0, 4, 0), (1, 4, 6), (4, 4, 24), (9, 4, 24), (0, 0, 24)] {
            let text = text(done, total);
            let blocks = text.chars().filter(|c| *c == '█').count();
            assert_eq!(blocks, full, "{text}");
            assert!(text.contains(&format!("{done} of {total}, ")), "{text}");
        }
        assert!(text(u64::MAX, u64::MAX).contains(&"█".repeat(24)));
    }
}

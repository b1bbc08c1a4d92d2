//! How much a cell may show: a notebook keeps all of it, and a loop that prints
//! for ever would make one that no program opens.
//!
//! A cell has a budget for what it prints and one for its displays. Where a
//! budget ends, one line says so, and the rest is taken and dropped, so that the
//! code goes on as before. What a cell takes back, by `clear_output` or by an
//! update of a display, it may show anew.
//!
//! A thread that a cell leaves running prints into the budget of that cell. Of programs,
//! and of what prints by way of C, nobody can tell who prints once another cell's code
//! runs; so while something prints much beyond the last cell's budget, a cell has little.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::engine::{MimeBundle, Output, StreamName, Ticket};

/// Bytes of text and of displays.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// What a cell may print, standard output and standard error together.
    pub text: usize,
    /// The same while something that an earlier cell has left prints without an end.
    pub text_beside_others: usize,
    /// A cell's displays and values together.
    pub displays: usize,
}

impl Default for Limits {
    /// The grader reads notebooks of 32 MiB.
    fn default() -> Self {
        Limits {
            text: 2 << 20,
            text_beside_others: 64 << 10,
            displays: 16 << 20,
        }
    }
}

impl Limits {
    /// Those of a kernel whose cells may print `mebibytes`; their displays may have as
    /// many times more as by default.
    #[must_use]
    pub fn of_text(mebibytes: usize) -> Self {
        let default = Self::default();
        let text = mebibytes.saturating_mul(1 << 20);
        Limits {
            text,
            displays: text.saturating_mul(default.displays / default.text),
            ..default
        }
    }

    /// For measuring what output costs.
    pub const NONE: Self = Limits {
        text: usize::MAX,
        text_beside_others: usize::MAX,
        displays: usize::MAX,
    };
}

/// What a change between the two streams costs: a notebook has an output for
/// each.
const CHANGE_BYTES: usize = 128;

/// What a display costs beside its content.
const DISPLAY_BYTES: usize = 1024;

/// The value of a cell is shown in any case up to this size: it may be points.
/// Displays up to this size have some more room than others: one may be the card
/// that says what the points are for.
const VALUE_BYTES: usize = 64 << 10;

/// What was printed longer ago says nothing about what is printed now.
const RECENT: Duration = Duration::from_secs(1);

/// The budgets of so many cells, and runs of handlers, are kept.
const KEPT: usize = 10_000;

/// Whether something is shown; if not, what is said instead, the first time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Shown,
    Hidden(Option<String>),
}

/// The budgets of a session.
pub(super) struct Budgets {
    limits: Limits,
    /// That of the cell that runs.
    cell: Budget,
    /// The cell that is.
    ticket: Ticket,
    /// That of the cell whose code ran before.
    earlier: Budget,
    earlier_ticket: Ticket,
    /// Those of cells before, as far as they are needed.
    others: BTreeMap<Ticket, Budget>,
    /// Whether the running cell's code has begun.
    in_code: bool,
    runs: bool,
    /// What was printed while no cell's code ran, in a second or less.
    beside: usize,
    /// When that second began.
    beside_since: Instant,
    /// When somebody was last found to print much beyond that cell's budget.
    flooded_at: Option<Instant>,
}

impl Budgets {
    pub fn new(limits: Limits) -> Self {
        Budgets {
            limits,
            cell: Budget::new(limits),
            ticket: 0,
            earlier: Budget::new(limits),
            earlier_ticket: 0,
            others: BTreeMap::new(),
            in_code: false,
            runs: false,
            beside: 0,
            beside_since: Instant::now(),
            flooded_at: None,
        }
    }

    /// A cell is compiled.
    pub fn begin_cell(&mut self) {
        self.cell = Budget::new(self.limits);
        self.runs = true;
        self.in_code = false;
    }

    /// Its code begins. Its threads are those of `ticket`.
    pub fn start_code(&mut self, ticket: Ticket, now: Instant) {
        if !self.runs || self.in_code {
            return;
        }
        self.in_code = true;
        self.ticket = ticket;
        let flooded_at = self.flooded_at.take();
        if flooded_at.is_some_and(|at| now.saturating_duration_since(at) < RECENT) {
            self.cell.text_limit = self.limits.text_beside_others;
            self.cell.is_beside_others = true;
        }
    }

    /// The cell has ended, and all that it printed itself has come.
    pub fn end_cell(&mut self, now: Instant) {
        if self.in_code {
            let cell = std::mem::replace(&mut self.cell, Budget::new(self.limits));
            let earlier = std::mem::replace(&mut self.earlier, cell);
            self.others.insert(self.earlier_ticket, earlier);
            if self.others.len() > KEPT {
                self.others.pop_first();
            }
            self.earlier_ticket = self.ticket;
        }
        self.runs = false;
        self.in_code = false;
        self.beside = 0;
        self.beside_since = now;
    }

    /// Whether `output` is text beyond the budget.
    pub fn hides(&mut self, output: &Output, now: Instant) -> bool {
        let Output::Stream { text, .. } = output else {
            return false;
        };
        if !self.in_code {
            self.note_leftover(text.len(), now);
        }
        self.of_text().text_is_spent
    }

    /// So many bytes come from something that a cell has left running. What prints a
    /// line now and then takes nothing from other cells.
    fn note_leftover(&mut self, bytes: usize, now: Instant) {
        if now.saturating_duration_since(self.beside_since) >= RECENT {
            self.beside_since = now;
            self.beside = 0;
        }
        self.beside = self.beside.saturating_add(bytes);
        let is_beyond = self.earlier.text_is_spent || self.earlier.is_beside_others;
        if is_beyond && self.beside >= self.limits.text_beside_others / 16 {
            self.flooded_at = Some(now);
        }
    }

    /// Cuts `text` to what may be printed, and says what is to be said then.
    pub fn print(&mut self, name: StreamName, text: &mut String) -> Option<String> {
        // Once is enough: the cell whose little budget it is has ended.
        let is_told = !self.in_code && self.earlier.is_beside_others;
        self.of_text().print(name, text).filter(|_| !is_told)
    }

    /// What the cell has shown is taken back.
    pub fn clear(&mut self) {
        self.of_text().clear_text();
        self.of_displays().clear_displays();
    }

    /// That of a cell which has ended, for what its threads show.
    pub fn of_cell(&mut self, ticket: Ticket) -> &mut Budget {
        if ticket == self.earlier_ticket {
            return &mut self.earlier;
        }
        let limits = self.limits;
        let own = self.others.entry(ticket);
        own.or_insert_with(|| Budget::new(limits))
    }

    pub fn of_displays(&mut self) -> &mut Budget {
        if self.runs {
            &mut self.cell
        } else {
            &mut self.earlier
        }
    }

    fn of_text(&mut self) -> &mut Budget {
        if self.in_code {
            &mut self.cell
        } else {
            &mut self.earlier
        }
    }
}

/// What one cell may show, and has shown.
pub(super) struct Budget {
    text_limit: usize,
    is_beside_others: bool,
    text: usize,
    text_is_spent: bool,
    /// The stream that was printed to last.
    last: Option<StreamName>,
    within_line: bool,
    display_limit: usize,
    displays: usize,
    displays_are_spent: bool,
    /// The sizes of displays that can be updated.
    sizes: HashMap<String, usize>,
}

impl Budget {
    fn new(limits: Limits) -> Self {
        Budget {
            text_limit: limits.text,
            is_beside_others: false,
            text: 0,
            text_is_spent: false,
            last: None,
            within_line: false,
            display_limit: limits.displays,
            displays: 0,
            displays_are_spent: false,
            sizes: HashMap::new(),
        }
    }

    pub fn print(&mut self, name: StreamName, text: &mut String) -> Option<String> {
        if self.text_is_spent {
            text.clear();
            return None;
        }
        if self.last.replace(name) != Some(name) {
            self.text = self.text.saturating_add(CHANGE_BYTES);
        }
        let room = self.text_limit.saturating_sub(self.text);
        let is_spent = text.len() > room;
        text.truncate(text.floor_char_boundary(room));
        self.text = self.text.saturating_add(text.len());
        if let Some(last) = text.chars().next_back() {
            self.within_line = last != '\n';
        }
        self.text_is_spent = is_spent;
        is_spent.then(|| self.words_about_text())
    }

    fn words_about_text(&self) -> String {
        let line_end = if self.within_line { "\n" } else { "" };
        let limit = amount(self.text_limit);
        if self.is_beside_others {
            format!(
                "{line_end}[more was printed: something that an earlier cell has started goes on \
                 printing, so only the first {limit} are shown; restart the kernel to end it]\n"
            )
        } else {
            format!("{line_end}[more was printed: only the first {limit} of a cell are shown]\n")
        }
    }

    /// A new display of `size` bytes.
    pub fn display(&mut self, id: Option<&str>, size: usize) -> Verdict {
        let size = size + id.map_or(0, str::len) + DISPLAY_BYTES;
        let verdict = self.take(size);
        if let (Verdict::Shown, Some(id)) = (&verdict, id) {
            *self.sizes.entry(id.to_owned()).or_default() += size;
        }
        verdict
    }

    /// Other content for the display `id`.
    pub fn update(&mut self, id: &str, size: usize) -> Verdict {
        let before = self.sizes.remove(id).unwrap_or_default();
        self.displays = self.displays.saturating_sub(before);
        let verdict = self.display(Some(id), size);
        if verdict != Verdict::Shown {
            // It stays as it was.
            self.displays = self.displays.saturating_add(before);
            if before > 0 {
                self.sizes.insert(id.to_owned(), before);
            }
        }
        verdict
    }

    /// The value of an expression; that of the cell itself if `is_cell`.
    pub fn value(&mut self, is_cell: bool, size: usize) -> Verdict {
        if is_cell && size <= VALUE_BYTES {
            return Verdict::Shown;
        }
        self.display(None, size)
    }

    fn take(&mut self, size: usize) -> Verdict {
        // Text before and behind a display is two outputs.
        self.last = None;
        let limit = match size <= VALUE_BYTES {
            true => self.display_limit.saturating_add(self.display_limit / 8),
            false => self.display_limit,
        };
        if size <= limit.saturating_sub(self.displays) {
            self.displays = self.displays.saturating_add(size);
            return Verdict::Shown;
        }
        let is_first = !std::mem::replace(&mut self.displays_are_spent, true);
        Verdict::Hidden(is_first.then(|| {
            let line_end = if self.within_line { "\n" } else { "" };
            let (size, limit) = (amount(size), amount(self.display_limit));
            format!(
                "{line_end}[a display of {size} was left out: the displays of a cell may have \
                 {limit} together]\n"
            )
        }))
    }

    /// All that was shown is taken back.
    pub fn clear(&mut self) {
        self.clear_text();
        self.clear_displays();
    }

    fn clear_text(&mut self) {
        self.text = 0;
        self.text_is_spent = false;
        self.last = None;
        self.within_line = false;
    }

    fn clear_displays(&mut self) {
        self.displays = 0;
        self.displays_are_spent = false;
        self.sizes.clear();
    }
}

/// About how many bytes content has in a notebook.
pub(super) fn size(data: &MimeBundle, metadata: &MimeBundle) -> usize {
    let of = |bundle: &MimeBundle| -> usize {
        bundle
            .iter()
            .map(|(key, value)| {
                key.len()
                    + value
                        .as_str()
                        .map_or_else(|| value.to_string().len(), str::len)
            })
            .sum()
    };
    of(data) + of(metadata)
}

fn amount(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

#[cfg(test)]
mod tests;

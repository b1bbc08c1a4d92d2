//! One barista, time slices: the first simulator that a reader meets.

use crate::trace::{Origin, Trace};

use super::error::ShopError;
use super::shop::{MAX_TURNS, Order, Policy, Shop};

/// One barista works on every order in turn, `slice` ticks at a time.
///
/// `work` holds the ticks that each order needs; they are named A, B, C and
/// so on. All are there from tick 0, and changing orders is free. Whatever the
/// slice, the makespan is the sum of the work: slicing changes when each order
/// is done, not when all are.
///
/// It always returns a trace. Where the input asks for something that cannot
/// be simulated, the nearest run that can is taken and [`Trace::notes`] says
/// so: a slice of 0 becomes 1; a slice that needs more than [`MAX_TURNS`] turns
/// becomes the shortest that does not; orders that do not fit into 64 bits of
/// ticks give a trace without orders. [`try_time_slice`] refuses instead.
///
/// ```
/// use twoaxes::barista;
///
/// let trace = barista::time_slice(&[20, 20], 5);
/// assert_eq!(trace.makespan(), 40);
/// assert_eq!(trace.turnaround("A"), Some(35));
/// ```
#[must_use]
pub fn time_slice(work: &[u64], slice: u64) -> Trace {
    if work.is_empty() {
        return nothing("There are no orders, so nothing happens.");
    }
    let total: u128 = work.iter().map(|&ticks| u128::from(ticks)).sum();
    if total > u128::from(u64::MAX) {
        return nothing(&format!(
            "The orders need more than {} ticks together, so none is served.",
            u64::MAX
        ));
    }
    if work.len() > MAX_TURNS {
        return nothing(&format!(
            "There are more than {MAX_TURNS} orders, so none is served."
        ));
    }
    let used = possible_slice(work, slice.max(1));
    let note = match slice {
        0 => Some("A slice of 0 ticks gets nothing done, so a slice of 1 is used.".to_owned()),
        _ if used != slice => Some(format!(
            "A slice of {slice} needs more than {MAX_TURNS} turns, so a slice of {used} is used."
        )),
        _ => None,
    };
    match shop(work, used, note.as_deref()).run() {
        Ok(trace) => trace,
        Err(error) => nothing(&format!("Nothing was simulated: {error}.")),
    }
}

/// [`time_slice`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`ShopError`] when there are no orders, the slice is 0, or the run would be
/// too long to hold or to count.
pub fn try_time_slice(work: &[u64], slice: u64) -> Result<Trace, ShopError> {
    shop(work, slice, None).run()
}

fn shop(work: &[u64], slice: u64, note: Option<&str>) -> Shop {
    let orders = work
        .iter()
        .enumerate()
        .map(|(index, &ticks)| Order::new(letters(index)).work(ticks));
    let shop = Shop::new()
        .title(format!("One barista, slices of {slice}"))
        .policy(Policy::RoundRobin { slice })
        .orders(orders);
    match note {
        Some(note) => shop.note(note),
        None => shop,
    }
}

fn nothing(note: &str) -> Trace {
    Trace::empty(Origin::Simulated, "One barista", "ticks", note)
}

/// The shortest slice that is at least `slice` and keeps to [`MAX_TURNS`].
fn possible_slice(work: &[u64], slice: u64) -> u64 {
    let fits = |slice: u64| {
        let turns: u128 = work.iter().map(|w| u128::from(w.div_ceil(slice))).sum();
        turns <= MAX_TURNS as u128
    };
    let alone = work.iter().filter(|&&ticks| ticks > 0).count() < 2;
    if alone || fits(slice) {
        return slice;
    }
    let (mut too_short, mut enough) = (slice, u64::MAX);
    while enough - too_short > 1 {
        let middle = too_short + (enough - too_short) / 2;
        if fits(middle) {
            enough = middle;
        } else {
            too_short = middle;
        }
    }
    enough
}

/// A, B, .. Z, AA, AB, ..: as the columns of a spreadsheet.
fn letters(mut index: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + u8::try_from(index % 26).unwrap_or(0)));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    name.iter().rev().collect()
}

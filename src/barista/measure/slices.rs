//! Time slices, found in the timestamps of threads that share a CPU.
//!
//! A loop that reads the clock every few microseconds sees when it is
//! interrupted: the next reading is late. Threads on one CPU never run at the
//! same instant, and the clock is the same for all of them. So their readings,
//! sorted into one row, say who had the CPU: a slice is a stretch of the row
//! that belongs to one thread.

use std::fmt;

use super::number::in_ms;

/// A gap this many times the loop's own period is far above it.
const FAR_ABOVE: u64 = 20;
/// Interrupts of the machine take less than this, in nanoseconds.
const SHORTEST_GAP: u64 = 100_000;

/// The operating system's time slices on one CPU, as the timestamps of two
/// threads show them, and what the system counted meanwhile. Times are in
/// nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slices {
    /// How many stretches one of the threads had the CPU for itself.
    pub count: usize,
    /// The median length of a slice.
    pub median: u64,
    /// The longest slice.
    pub longest: u64,
    /// How often a thread had to stop while the other one ran, and went on
    /// later.
    pub handovers: u64,
    /// How often a thread had to stop for longer than [`Slices::gap`] while
    /// neither of them ran: another program, an interrupt, a hypervisor or a
    /// control group.
    pub others: u64,
    /// How long neither of the two ran, in all gaps.
    pub neither: u64,
    /// The loop's own period: the median time from one reading to the next.
    pub period: u64,
    /// From what length a late reading counts as an interruption.
    pub gap: u64,
    /// Involuntary context switches of both threads, as the system counted
    /// them (`getrusage`).
    pub preemptions: u64,
    /// Time in which a hypervisor gave the CPU to other machines, in steps of
    /// 10 ms; `None` where the system does not tell.
    pub stolen: Option<u64>,
}

impl Slices {
    /// Whether the system's count fits what the timestamps show: a preemption
    /// for every handover, and hardly more than there are gaps.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let seen = self.handovers.saturating_add(self.others);
        let slack = (seen / 5).max(3);
        (self.handovers..=seen.saturating_add(slack)).contains(&self.preemptions)
    }
}

/// What was found, and whether both ways of counting agree, in sentences.
impl fmt::Display for Slices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.handovers.saturating_add(self.others);
        write!(
            f,
            "Timestamps show {} slices, {} ms long in the middle (median), and {seen} interruptions: ",
            self.count,
            in_ms(self.median),
        )?;
        match self.others {
            0 => f.write_str("the other thread ran in each of them")?,
            _ => write!(f, "in {} of them the other thread ran", self.handovers)?,
        }
        if self.neither > 0 {
            write!(f, "; for {} ms neither of the two ran", in_ms(self.neither))?;
        }
        if let Some(stolen) = self.stolen.filter(|&stolen| stolen > 0) {
            write!(f, "; a hypervisor had the CPU for {} ms", in_ms(stolen))?;
        }
        write!(
            f,
            ". The system counted {} involuntary context switches",
            self.preemptions
        )?;
        if self.agrees() {
            return f.write_str(": both agree.");
        }
        if self.preemptions < self.handovers {
            return f.write_str(", fewer than that: the two do not agree.");
        }
        write!(
            f,
            ", more than that: interruptions shorter than {} ms leave no gap to be seen, and of several between two readings one is seen.",
            in_ms(self.gap)
        )
    }
}

/// A stretch in which thread `who` had the CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) who: usize,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The slices in the readings of threads that share one CPU (or of one alone),
/// and their numbers. Readings of each thread are in order, in nanoseconds.
pub(super) fn find(readings: &[&[u64]]) -> (Vec<Slice>, Slices) {
    let period = period(readings);
    let gap = period.saturating_mul(FAR_ABOVE).max(SHORTEST_GAP);
    let mut numbers = Slices {
        period,
        gap,
        ..Slices::default()
    };
    let mut slices: Vec<Slice> = Vec::new();
    // For each thread, where in the row and when it read the clock last.
    let mut latest: Vec<Option<(usize, u64)>> = vec![None; readings.len()];
    let mut before: Option<u64> = None;
    for (place, (time, who)) in row(readings).into_iter().enumerate() {
        let pause = before.map_or(0, |before| time.saturating_sub(before));
        if pause > gap {
            numbers.neither = numbers.neither.saturating_add(pause);
        }
        match latest[who] {
            Some((last, _)) if last + 1 < place => numbers.handovers += 1,
            Some((_, last)) if time.saturating_sub(last) > gap => numbers.others += 1,
            _ => {}
        }
        match slices.last_mut() {
            Some(slice) if slice.who == who && pause <= gap => slice.end = time,
            _ => slices.push(Slice {
                who,
                start: time,
                end: time,
            }),
        }
        latest[who] = Some((place, time));
        before = Some(time);
    }
    // A single reading has no length that could be told.
    slices.retain(|slice| slice.start < slice.end);
    let mut lengths: Vec<u64> = slices.iter().map(|s| s.end - s.start).collect();
    lengths.sort_unstable();
    numbers.count = lengths.len();
    numbers.median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    numbers.longest = lengths.last().copied().unwrap_or(0);
    (slices, numbers)
}

/// All readings in order, each with the thread that it belongs to.
fn row(readings: &[&[u64]]) -> Vec<(u64, usize)> {
    let of = |(who, times): (usize, &&[u64])| -> Vec<(u64, usize)> {
        times.iter().map(|&time| (time, who)).collect()
    };
    let mut row: Vec<(u64, usize)> = readings.iter().enumerate().flat_map(of).collect();
    // Stable, and fast on what is made of a few sorted parts.
    row.sort();
    row
}

/// The median time from one reading of a thread to its next.
fn period(readings: &[&[u64]]) -> u64 {
    let steps = |times: &&[u64]| -> Vec<u64> {
        let pairs = times.windows(2);
        pairs
            .map(|pair| pair[1].saturating_sub(pair[0]))
            .collect::<Vec<_>>()
    };
    let mut all: Vec<u64> = readings.iter().flat_map(steps).collect();
    let middle = all.len() / 2;
    if all.is_empty() {
        return 0;
    }
    *all.select_nth_unstable(middle).1
}

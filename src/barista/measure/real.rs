//! The three runs beside their simulations.

use super::error::MeasureError;
use super::slices::{self, Slice, Slices};
use super::threads::{self, DEADLINE, Seen};
use super::waiting;
use crate::barista::{Order, Shop, time_slice};
use crate::machine::{self, PinError};
use crate::trace::{Conditions, Origin, Span, SpanKind, Trace};

/// The most units of work for each thread: about 2 seconds.
pub const MAX_UNITS: u64 = 2_000;

const ONE_CPU: &str = "Two threads on one CPU";
const TWO_CPUS: &str = "Two threads on two CPUs";
/// What Linux often gives, in nanoseconds, where it could not be measured.
const USUAL_SLICE: u64 = 4_000_000;

const TWO_BARISTAS: &str = "Two baristas, an order each";
const ANYWHERE: &str = "Two threads wherever the system puts them";

/// The barista for real, beside the simulated one.
///
/// Measured traces are in nanoseconds; simulated ones in ticks of one unit of
/// work, which takes about 1 ms on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealBarista {
    /// Units of work for each of the two threads, and milliseconds that each
    /// of the two waiting tasks waits.
    pub units: u64,
    /// What a barista with slices as long as the measured ones does.
    pub simulated: Trace,
    /// Two threads that compute, kept on one CPU. The worker is the CPU, and
    /// every span is a time slice of the operating system.
    pub one_cpu: Trace,
    /// The time slices of [`RealBarista::one_cpu`]; `None` where that could
    /// not be run.
    pub slices: Option<Slices>,
    /// What two baristas with an order each do.
    pub simulated_two: Trace,
    /// The same two threads, each on a CPU of its own; `None` where there is
    /// only one CPU. Where the system refuses to keep threads on a CPU, they ran
    /// wherever it put them.
    pub two_cpus: Option<Trace>,
    /// What a barista does whose two orders wait.
    pub simulated_waiting: Trace,
    /// Two tasks that mostly wait, on an event loop with one thread.
    pub waiting: Trace,
    notes: Vec<String>,
}

impl RealBarista {
    /// What a reader should know about this run, such as a part that could
    /// not be run here, and why. Each trace has notes of its own on what
    /// disturbed it.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Two threads compute `units` units each (about a millisecond, see
/// [`crate::machine::unit`]), on one CPU and on two; two tasks wait for
/// `units` milliseconds on one thread.
///
/// It takes about `5 * units` milliseconds on an idle machine; each of the
/// three parts ends after 30 seconds, whatever happens. It always returns
/// something that can be shown: a number outside of 1 to [`MAX_UNITS`] is
/// replaced by the nearest, and where a part cannot be run a note says why.
/// [`try_measure`] refuses instead.
///
/// ```
/// use twoaxes::barista;
///
/// let real = barista::measure(10);
/// // One CPU runs one thread at an instant, and both are in progress.
/// assert_eq!(real.waiting.peak_parallelism(), 1);
/// assert_eq!(real.waiting.peak_concurrency(), 2);
/// ```
#[must_use]
pub fn measure(units: u64) -> RealBarista {
    let used = units.clamp(1, MAX_UNITS);
    let mut notes = Vec::new();
    if used != units {
        let error = MeasureError::Units(units);
        notes.push(format!("{error}. Here it is {used}."));
    }
    let cpus = machine::allowed();
    let one = on_one_cpu(&cpus, used);
    let two = match &one {
        Err(MeasureError::Pin(PinError::Refused { .. })) => Some(anywhere(&cpus, used)),
        _ => on_two_cpus(&cpus, used),
    };
    notes.extend(about_cores(&cpus));
    let mut empty = |title: &str, error: &MeasureError| {
        let note = format!("{title}: not run. The reason: {error}.");
        notes.push(note.clone());
        Trace::empty(Origin::Measured, title, "ns", note)
    };
    let (one_cpu, slices) = match one {
        Ok((trace, slices)) => (trace, Some(slices)),
        Err(error) => (empty(ONE_CPU, &error), None),
    };
    let two_cpus = two.map(|two| two.unwrap_or_else(|error| empty(TWO_CPUS, &error)));
    let waiting = waiting::run(used).unwrap_or_else(|error| empty(waiting::TITLE, &error));
    beside(used, (one_cpu, slices), two_cpus, waiting, notes)
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`MeasureError`] for units outside of 1 to [`MAX_UNITS`], and when the
/// system refuses a thread or to keep one on a CPU. One CPU is no error.
pub fn try_measure(units: u64) -> Result<RealBarista, MeasureError> {
    if !(1..=MAX_UNITS).contains(&units) {
        return Err(MeasureError::Units(units));
    }
    let cpus = machine::allowed();
    let (one_cpu, slices) = on_one_cpu(&cpus, units)?;
    let two_cpus = on_two_cpus(&cpus, units).transpose()?;
    let waiting = waiting::run(units)?;
    let notes = about_cores(&cpus).into_iter().collect();
    let one = (one_cpu, Some(slices));
    Ok(beside(units, one, two_cpus, waiting, notes))
}

/// Puts the simulations beside the runs.
fn beside(
    units: u64,
    (one_cpu, slices): (Trace, Option<Slices>),
    two_cpus: Option<Trace>,
    waiting: Trace,
    notes: Vec<String>,
) -> RealBarista {
    let median = slices.map_or(USUAL_SLICE, |slices| slices.median);
    let slice = (median.saturating_add(500_000) / 1_000_000).clamp(1, units);
    RealBarista {
        units,
        simulated: time_slice(&[units, units], slice),
        one_cpu,
        slices,
        simulated_two: two_baristas(units),
        two_cpus,
        simulated_waiting: waiting::simulate(units),
        waiting,
        notes,
    }
}

fn two_baristas(units: u64) -> Trace {
    let orders = ["A", "B"].map(|name| Order::new(name).work(units));
    let shop = Shop::new().title(TWO_BARISTAS).baristas(2).orders(orders);
    shop.run().unwrap_or_else(|error| {
        let note = format!("Nothing was simulated: {error}.");
        Trace::empty(Origin::Simulated, TWO_BARISTAS, "ticks", note)
    })
}

fn on_one_cpu(cpus: &[u16], units: u64) -> Result<(Trace, Slices), MeasureError> {
    // The first CPU serves most interrupts.
    let cpu = cpus.last().copied();
    let (seen, conditions) = threads::run([cpu, cpu], units, cpu.into_iter().collect())?;
    let readings: Vec<&[u64]> = seen.iter().map(|seen| seen.readings.as_slice()).collect();
    let (slices, mut numbers) = slices::find(&readings);
    numbers.preemptions = conditions.preemptions;
    numbers.stolen = conditions.stolen;
    let trace = trace((ONE_CPU, [cpu, cpu]), &seen, &[slices], conditions);
    Ok((trace, numbers))
}

/// `None` where there is only one CPU.
fn on_two_cpus(cpus: &[u16], units: u64) -> Option<Result<Trace, MeasureError>> {
    let [first, second] = two_of(cpus)?;
    let both = [Some(first), Some(second)];
    Some(apart(TWO_CPUS, both, units, vec![first, second]))
}

/// Two CPUs, of two cores where there are as many.
fn two_of(cpus: &[u16]) -> Option<[u16; 2]> {
    let (&first, others) = cpus.split_last()?;
    let of_another_core = |cpu: &&u16| !machine::share_a_core(first, **cpu);
    let apart = others.iter().rev().find(of_another_core);
    Some([first, *apart.or(others.last())?])
}

/// What to expect of two of these CPUs, if it is not twice as much.
fn about_cores(cpus: &[u16]) -> Option<String> {
    match two_of(cpus) {
        None => Some("There is only one CPU here, so nothing was run on two.".to_owned()),
        Some([first, second]) if machine::share_a_core(first, second) => Some(format!(
            "CPUs {first} and {second} are two threads of one core: together they do less than two cores."
        )),
        Some(_) => None,
    }
}

fn anywhere(cpus: &[u16], units: u64) -> Result<Trace, MeasureError> {
    apart(ANYWHERE, [None, None], units, cpus.to_vec())
}

/// Each thread is a worker of its own.
fn apart(
    title: &str,
    cpus: [Option<u16>; 2],
    units: u64,
    watched: Vec<u16>,
) -> Result<Trace, MeasureError> {
    let (seen, conditions) = threads::run(cpus, units, watched)?;
    let slices = [0, 1].map(|who| {
        let (mut slices, _) = slices::find(&[&seen[who].readings]);
        slices.iter_mut().for_each(|slice| slice.who = who);
        slices
    });
    Ok(trace((title, cpus), &seen, &slices, conditions))
}

/// A worker for each row of slices: the CPU that its thread was kept on, or the
/// thread. Time 0 is when the first thread began.
fn trace(
    (title, kept): (&str, [Option<u16>; 2]),
    seen: &[Seen; 2],
    rows: &[Vec<Slice>],
    conditions: Conditions,
) -> Trace {
    let mut run = Trace::measured(title, "ns");
    let tasks = ["A", "B"].map(|name| run.task(name));
    let zero = seen.iter().filter_map(|seen| seen.readings.first()).min();
    let zero = zero.copied().unwrap_or(0);
    for (row, slices) in rows.iter().enumerate() {
        let name = match kept[row] {
            Some(cpu) => format!("CPU {cpu}"),
            None => format!("thread {}", ["A", "B"][row]),
        };
        let worker = run.worker(name);
        for slice in slices {
            run.span(Span {
                task: tasks[slice.who],
                worker: Some(worker),
                start: slice.start.saturating_sub(zero),
                end: slice.end.saturating_sub(zero),
                kind: SpanKind::Run,
                cpu: seen[slice.who].cpu_at(slice.start),
            });
        }
    }
    if !seen.iter().all(|seen| seen.done) {
        let seconds = DEADLINE.as_secs();
        run.note(format!(
            "The work was not done after {seconds} s, and was given up."
        ));
    }
    if !seen.iter().all(|seen| seen.correct) {
        run.note("A thread computed something else than it should: do not trust this run.");
    }
    run.conditions(conditions);
    run.build().unwrap_or_else(|error| {
        let note =
            format!("Nothing can be shown, since the readings contradict each other: {error}.");
        Trace::empty(Origin::Measured, title, "ns", note)
    })
}

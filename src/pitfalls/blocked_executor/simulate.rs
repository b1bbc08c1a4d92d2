//! The event loop as a shop with one barista.

use std::fmt;

use crate::barista::{Order, Policy, Shop};
use crate::pitfalls::comparison::{Comparison, counted};
use crate::pitfalls::latencies::Latencies;
use crate::pitfalls::range::{Range, RangeError, wide};
use crate::trace::{Origin, Span, SpanKind, Trace};

pub(super) const HANDLERS: Range = Range {
    what: "handlers",
    least: 1,
    most: 1000,
};
const LENGTH: Range = Range {
    what: "ticks of the hog",
    least: 1,
    most: 1_000_000,
};

/// Every handler computes for so many ticks, waits, and computes again.
const WORK: u64 = 1;
/// How long a handler waits for its answer from the network, in ticks.
const NETWORK: u64 = 10;
/// One handler arrives every so many ticks.
const EVERY: u64 = 4;
/// The long handler arrives here, between the second and the third.
const HOG_ARRIVES: u64 = 6;
/// A handler that yields does so after so many ticks.
const SLICE: u64 = 2;
pub(super) const HOG: &str = "hog";

/// What the handler in the way does on the loop's thread, and for how many
/// ticks. In a real run a tick is about a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hog {
    /// It computes: an image, a hash, a large JSON text.
    Computes(u64),
    /// It waits in a blocking call: a file, a lock, `std::thread::sleep`.
    Blocks(u64),
}

/// The same handlers three times: with the hog in the way, and with two
/// remedies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedExecutor {
    /// The hog has the loop's thread until it is done.
    pub broken: Trace,
    /// The hog goes to a thread of its own, as with tokio's `spawn_blocking`.
    pub offloaded: Trace,
    /// The hog gives the thread back: a computation yields every 2 ticks, and
    /// a blocking call is replaced by one that can be awaited.
    pub yielding: Trace,
    hog: Hog,
    notes: Vec<String>,
}

/// An event loop with `handlers` short handlers and one `hog` among them.
///
/// One handler arrives every 4 ticks; it computes for 1 tick, waits 10 ticks
/// for the network and computes for 1 tick more. The hog arrives at tick 6,
/// needs 1 tick before and 1 tick after what it does.
///
/// The numbers that can be simulated are 1 to 1000 handlers and 1 to 1,000,000
/// ticks; others are replaced by the nearest, with a note.
///
/// ```
/// use twoaxes::pitfalls::blocked_executor::{self, Hog};
///
/// let run = blocked_executor::simulate(8, Hog::Computes(60));
/// let (broken, offloaded) = (run.latencies(&run.broken), run.latencies(&run.offloaded));
/// assert!(broken.worst() > 60 && offloaded.worst() < 20);
/// ```
#[must_use]
pub fn simulate(handlers: usize, hog: Hog) -> BlockedExecutor {
    let mut notes = Vec::new();
    let handlers = HANDLERS.nearest(wide(handlers), &mut notes);
    let hog = hog.with(LENGTH.nearest(hog.length(), &mut notes));
    run(handlers, hog, notes)
}

/// [`simulate`], but it refuses what it cannot simulate as asked.
///
/// # Errors
///
/// [`RangeError`] for a number of handlers or ticks outside of its range.
pub fn try_simulate(handlers: usize, hog: Hog) -> Result<BlockedExecutor, RangeError> {
    let handlers = HANDLERS.check(wide(handlers))?;
    LENGTH.check(hog.length())?;
    Ok(run(handlers, hog, Vec::new()))
}

fn run(handlers: u64, hog: Hog, notes: Vec<String>) -> BlockedExecutor {
    let length = hog.length();
    let long = || Order::new(HOG).arrives(HOG_ARRIVES);
    let in_the_way = long().work(1 + length + 1);
    let apart = long().work(1).waits(length).work(1);
    let sliced = Policy::RoundRobin { slice: SLICE };

    let broken = shop(
        handlers,
        in_the_way.clone(),
        Policy::Fcfs,
        "The hog in the way",
    );
    let offloaded = shop(
        handlers,
        apart.clone(),
        Policy::Fcfs,
        "The hog on a thread of its own",
    );
    let yielding = match hog {
        Hog::Computes(_) => shop(handlers, in_the_way, sliced, "The hog yields every 2 ticks"),
        Hog::Blocks(_) => shop(handlers, apart, Policy::Fcfs, "The hog awaits its answer"),
    };
    BlockedExecutor {
        broken: match hog {
            Hog::Computes(_) => redrawn(&broken, Redraw::Nothing),
            Hog::Blocks(_) => redrawn(&broken, Redraw::MiddleIsBlocked),
        },
        offloaded: redrawn(&offloaded, Redraw::WaitIsOnAThread(hog.kind())),
        yielding: redrawn(&yielding, Redraw::Nothing),
        hog,
        notes,
    }
}

fn shop(handlers: u64, hog: Order, policy: Policy, title: &str) -> Trace {
    let short = |number: u64| {
        let order = Order::new(format!("h{number}")).arrives((number - 1) * EVERY);
        order.work(WORK).waits(NETWORK).work(WORK)
    };
    let shop = Shop::new()
        .title(title)
        .policy(policy)
        .order(hog)
        .orders((1..=handlers).map(short));
    shop.run().unwrap_or_else(|error| {
        let note = format!("Nothing was simulated: {error}.");
        Trace::empty(Origin::Simulated, title, "ticks", note)
    })
}

/// What a shop cannot say about the hog.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Redraw {
    Nothing,
    /// Its turn is a blocking call, but for the first and the last tick.
    MiddleIsBlocked,
    /// What it waits for goes on in a thread of its own.
    WaitIsOnAThread(SpanKind),
}

/// The trace of a shop in the words of an event loop.
fn redrawn(shop: &Trace, how: Redraw) -> Trace {
    let mut trace = Trace::simulated(shop.title());
    for task in shop.tasks() {
        trace.task_arriving(&task.name, task.arrival);
    }
    trace.worker("event loop");
    let thread = match how {
        Redraw::WaitIsOnAThread(_) => Some(trace.worker("blocking thread")),
        _ => None,
    };
    for &span in shop.spans() {
        let hog = shop
            .tasks()
            .get(span.task.0)
            .is_some_and(|task| task.name == HOG);
        match how {
            Redraw::MiddleIsBlocked if hog => {
                let (first, last) = (span.start + 1, span.end.saturating_sub(1));
                let part = |start, end, kind| Span {
                    start,
                    end,
                    kind,
                    ..span
                };
                trace.span(part(span.start, first, SpanKind::Run));
                trace.span(part(first, last, SpanKind::Blocked));
                trace.span(part(last, span.end, SpanKind::Run));
            }
            Redraw::WaitIsOnAThread(kind) if hog && span.kind == SpanKind::Wait => {
                let worker = thread;
                trace.span(Span {
                    kind,
                    worker,
                    ..span
                });
            }
            _ => {
                trace.span(span);
            }
        }
    }
    for note in shop.notes() {
        trace.note(note);
    }
    // The spans are those of a trace that was built; should that ever be
    // wrong, the shop's own words are better than none.
    trace.build().unwrap_or_else(|_| shop.clone())
}

impl Hog {
    /// How long it takes, in ticks.
    #[must_use]
    pub const fn length(self) -> u64 {
        match self {
            Self::Computes(ticks) | Self::Blocks(ticks) => ticks,
        }
    }

    pub(super) const fn with(self, ticks: u64) -> Self {
        match self {
            Self::Computes(_) => Self::Computes(ticks),
            Self::Blocks(_) => Self::Blocks(ticks),
        }
    }

    const fn kind(self) -> SpanKind {
        match self {
            Self::Computes(_) => SpanKind::Run,
            Self::Blocks(_) => SpanKind::Blocked,
        }
    }
}

impl BlockedExecutor {
    /// What the bystanders' answers took in one of the three traces: all tasks
    /// but the hog, from arrival to completion, in ticks.
    #[must_use]
    pub fn latencies(&self, trace: &Trace) -> Latencies {
        let all = trace.per_task();
        all.iter().filter(|of| of.name != HOG).collect()
    }

    /// The three runs in numbers.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        let runs = [&self.broken, &self.offloaded, &self.yielding];
        let late = runs.map(|trace| self.latencies(trace));
        let ticks = |number| counted(number, "tick");
        let last = match self.hog {
            Hog::Computes(_) => "yields",
            Hog::Blocks(_) => "awaits",
        };
        let [broken, offloaded, _] = &late;
        let what = match self.hog {
            Hog::Computes(_) => "computes",
            Hog::Blocks(_) => "sits in a blocking call",
        };
        let notice = format!(
            "The handlers need 12 ticks each. While the hog {what} on the loop's only thread nobody else gets a turn, \
             so the slowest answer takes {}; with the hog elsewhere it takes {}.",
            ticks(broken.worst()),
            ticks(offloaded.worst()),
        );
        Comparison::new(
            "What one long handler does to the others",
            ["in the way", "own thread", last],
        )
        .row("median latency", [0, 1, 2].map(|k| ticks(late[k].median())))
        .row(
            "95th percentile",
            [0, 1, 2].map(|k| ticks(late[k].percentile(95.0))),
        )
        .row("worst latency", [0, 1, 2].map(|k| ticks(late[k].worst())))
        .row(
            "hog's own latency",
            runs.map(|trace| ticks(trace.turnaround(HOG).unwrap_or(0))),
        )
        .row("makespan", runs.map(|trace| ticks(trace.makespan())))
        .row(
            "peak parallelism",
            runs.map(|trace| trace.peak_parallelism().to_string()),
        )
        .notice(notice, &self.notes)
    }
}

impl fmt::Display for BlockedExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.comparison().fmt(f)
    }
}

//! One run, as it is asked for and as it can be made.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::clients::{Clients, Errand};
use super::desk::Desk;
use super::error::ServerError;
use super::run::Run;
use super::serve;
use crate::machine::{OpenFiles, Unit, allowed, unit};

/// The numbers of one parameter with which a server can be run.
#[derive(Debug, Clone, Copy)]
struct Range {
    what: &'static str,
    least: u64,
    most: u64,
}

const fn range(what: &'static str, least: u64, most: u64) -> Range {
    Range { what, least, most }
}

const REQUESTS: Range = range("requests", 1, 50_000);
const DELAY: Range = range("ms of the backend", 1, 10_000);
const THREADS: Range = range("threads", 1, 256);
const COMPUTE: Range = range("microseconds of computation per request", 0, 10_000);
const HOG: Range = range("ms of the hog", 0, 5_000);
const DEADLINE: Range = range("ms until the deadline", 100, 120_000);

/// Files that a run opens besides one for each request: the listener, the
/// runtime's own, and some for what else goes on in this process.
const OTHER_FILES: u64 = 32;
/// For connecting, and for a slow machine, in milliseconds.
const PATIENCE: u64 = 15_000;
/// How much longer clients wait than the server, which then is the one that
/// says so.
const LONGER: Duration = Duration::from_secs(1);

/// One run of the server: so many requests, each on a connection of its own.
///
/// ```
/// use twoaxes::server::Load;
///
/// let run = Load::new(100).delay_ms(100).measure();
/// assert_eq!(run.answered(), 100);
/// assert_eq!(run.trace.peak_parallelism(), 1);
/// assert_eq!(run.peak_in_flight(), run.trace.peak_concurrency());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    requests: u64,
    delay: u64,
    threads: u64,
    compute: u64,
    hog: u64,
    offloaded: bool,
    deadline: Option<u64>,
}

/// A handler that computes for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hog {
    /// Which connection it is, in the order of acceptance.
    pub(super) place: usize,
    /// How many units of about a millisecond it computes.
    pub(super) milliseconds: u64,
    /// Whether it does so on a thread of its own.
    pub(super) offloaded: bool,
}

/// A run as it can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) requests: usize,
    pub(super) delay: Duration,
    pub(super) threads: usize,
    /// What each handler computes.
    pub(super) unit: Unit,
    pub(super) hog: Option<Hog>,
    pub(super) deadline: Duration,
    pub(super) notes: Vec<String>,
}

impl Load {
    /// So many requests, on one thread, with a backend that takes 1000 ms. No
    /// handler computes more than a few instructions.
    ///
    /// 1 to 50,000 requests can be run, as far as the limit of open files
    /// goes, which is raised for the run as far as it may be.
    #[must_use]
    pub fn new(requests: usize) -> Self {
        Self {
            requests: u64::try_from(requests).unwrap_or(u64::MAX),
            delay: 1_000,
            threads: 1,
            compute: 0,
            hog: 0,
            offloaded: false,
            deadline: None,
        }
    }

    /// How long each request waits for the backend, in milliseconds, 1 to
    /// 10,000. All are in flight at once only while it is longer than it takes
    /// to read them all.
    #[must_use]
    pub const fn delay_ms(mut self, milliseconds: u64) -> Self {
        self.delay = milliseconds;
        self
    }

    /// On how many threads handlers run, 1 to 256: 1 is tokio's current-thread
    /// runtime, more are workers of its multi-thread runtime.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = u64::try_from(threads).unwrap_or(u64::MAX);
        self
    }

    /// How long each handler computes before it asks the backend, in
    /// microseconds of one CPU, 0 to 10,000.
    #[must_use]
    pub const fn compute_us(mut self, microseconds: u64) -> Self {
        self.compute = microseconds;
        self
    }

    /// Makes one handler compute for so many milliseconds, 0 to 5000, right
    /// where it is. Three quarters of the connections are made before its own.
    #[must_use]
    pub const fn hog_ms(mut self, milliseconds: u64) -> Self {
        self.hog = milliseconds;
        self
    }

    /// Hands the hog's computation to a thread of its own, with tokio's
    /// `spawn_blocking`.
    #[must_use]
    pub const fn offloaded(mut self) -> Self {
        self.offloaded = true;
        self
    }

    /// When to give up, in milliseconds from the start, 100 to 120,000. Without
    /// it, 15 s more than the waiting and computing take. A computation that
    /// has begun is finished first.
    #[must_use]
    pub const fn deadline_ms(mut self, milliseconds: u64) -> Self {
        self.deadline = Some(milliseconds);
        self
    }

    /// Runs the server. Numbers that cannot be run are replaced by the nearest
    /// that can, and the result says so; if there can be no run at all, it says
    /// why.
    #[must_use]
    pub fn measure(self) -> Run {
        let plan = self.nearest();
        let files = OpenFiles::now();
        let raised = files.raise(self.requests.min(REQUESTS.most) + OTHER_FILES);
        let room = raised.free().saturating_sub(OTHER_FILES);
        let plan = plan.within(room, files);
        match plan.and_then(|plan| Ok((plan.run()?, plan))) {
            Ok((run, plan)) => run.noting(&plan.notes),
            Err(error) => Run::none(format!("Nothing was measured: {error}.")),
        }
    }

    /// [`Load::measure`], but it refuses what it cannot run as asked.
    ///
    /// # Errors
    ///
    /// [`ServerError`] for a number outside of its range, for more requests
    /// than files may be open, and when the system refuses a socket, a process
    /// or a thread.
    pub fn try_measure(self) -> Result<Run, ServerError> {
        for (range, value) in self.numbers() {
            range.check(value)?;
        }
        let files = OpenFiles::now();
        let raised = files.raise(self.requests + OTHER_FILES);
        let room = raised.free().saturating_sub(OTHER_FILES);
        if room < self.requests {
            return Err(too_few(self.requests, room, files));
        }
        self.nearest().run()
    }

    fn numbers(&self) -> [(Range, u64); 6] {
        let deadline = self.deadline.unwrap_or(DEADLINE.most);
        [
            (REQUESTS, self.requests),
            (DELAY, self.delay),
            (THREADS, self.threads),
            (COMPUTE, self.compute),
            (HOG, self.hog),
            (DEADLINE, deadline),
        ]
    }

    /// The nearest run that is within all ranges.
    pub(super) fn nearest(self) -> Plan {
        let mut notes = Vec::new();
        let numbers = self
            .numbers()
            .map(|(range, value)| range.nearest(value, &mut notes));
        let [requests, delay, threads, compute, hog, deadline] = numbers;
        let cpus = allowed().len();
        let at_once = threads.min(wide(cpus)).max(1);
        let computing = requests * compute / 1_000 / at_once;
        let enough = PATIENCE + delay + hog + computing;
        let deadline = match self.deadline {
            Some(_) => deadline,
            None => enough.min(DEADLINE.most),
        };
        if count(threads) > cpus {
            let them = match cpus {
                1 => "1 CPU".to_owned(),
                many => format!("{many} CPUs"),
            };
            notes.push(format!(
                "Oversubscribed: {threads} threads share {them}, so no more than {cpus} run at one instant."
            ));
        }
        let rounds = unit().rounds().saturating_mul(compute) / 1_000;
        Plan {
            requests: count(requests),
            delay: Duration::from_millis(delay),
            threads: count(threads),
            unit: Unit::of_rounds(rounds),
            hog: (hog > 0).then(|| Hog {
                place: count(requests) * 3 / 4,
                milliseconds: hog,
                offloaded: self.offloaded,
            }),
            deadline: Duration::from_millis(deadline),
            notes,
        }
    }
}

impl Plan {
    /// With as many requests as there is room for.
    fn within(mut self, room: u64, files: OpenFiles) -> Result<Self, ServerError> {
        let error = too_few(wide(self.requests), room, files);
        if count(room) >= self.requests {
            return Ok(self);
        }
        if room == 0 {
            return Err(error);
        }
        self.notes.push(format!("{error}. Here they are {room}."));
        self.requests = count(room);
        if let Some(hog) = &mut self.hog {
            hog.place = self.requests * 3 / 4;
        }
        Ok(self)
    }

    /// Runs the server and its clients. Nothing of them is left afterwards,
    /// whatever happens.
    pub(super) fn run(&self) -> Result<Run, ServerError> {
        let (door, port) = serve::door()?;
        let deadline = Instant::now() + self.deadline;
        let desk = Arc::new(Desk::new(self, &self.title(), deadline));
        let (mut clients, control) = Clients::start(Errand {
            requests: self.requests,
            port,
            deadline: monotonic(self.deadline + LONGER),
            unit: self.unit,
        })?;
        let word = clients.word();
        let served = serve::serve(&desk, self.threads, door, control, word, deadline)?;
        let helped = clients.end();
        desk.recorder.helped(helped);
        let trace = desk.recorder.finish();
        Ok(Run::of(
            self,
            &desk,
            &served,
            &clients.reports(),
            helped,
            trace,
        ))
    }

    fn title(&self) -> String {
        let requests = match self.requests {
            1 => "1 request".to_owned(),
            many => format!("{} requests", thousands(wide(many))),
        };
        match (self.hog, self.threads) {
            (None, 1) => format!("{requests} on one thread"),
            (None, many) => format!("{requests} on {many} threads"),
            (Some(hog), _) if hog.offloaded => format!("{requests}, the hog offloaded"),
            (Some(_), _) => format!("{requests}, a hog in the way"),
        }
    }
}

impl Range {
    fn check(self, value: u64) -> Result<u64, ServerError> {
        if (self.least..=self.most).contains(&value) {
            return Ok(value);
        }
        Err(ServerError::Range {
            what: self.what,
            value,
            least: self.least,
            most: self.most,
        })
    }

    fn nearest(self, value: u64, notes: &mut Vec<String>) -> u64 {
        match self.check(value) {
            Ok(value) => value,
            Err(error) => {
                let used = value.clamp(self.least, self.most);
                notes.push(format!("{error}. Here it is {used}."));
                used
            }
        }
    }
}

fn too_few(requests: u64, room: u64, files: OpenFiles) -> ServerError {
    ServerError::OpenFiles {
        requests,
        room,
        limit: files.ceiling,
        open: files.open,
    }
}

/// The monotonic clock, so much later, in nanoseconds: the clients' process
/// reads the same.
fn monotonic(later: Duration) -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from);
    u64::try_from((now + later).as_nanos()).unwrap_or(u64::MAX)
}

/// `10,000`: numbers of five digits are easier to read so.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 3 == first % 3 && digits.len() > 4 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

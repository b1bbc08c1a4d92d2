//! One look at all threads of this process.

use std::fs;
use std::time::{Duration, Instant};

use nix::time::ClockId;

/// Where the system lists them.
const THREADS: &str = "/proc/self/task";

/// The kernel's own helper, which runs beside each cell.
const FLUSHER: &str = "flusher";

/// A thread that runs has named itself by then.
const NAMED: Duration = Duration::from_millis(100);

/// All threads at one instant.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Nanoseconds since the first look.
    pub at: u64,
    pub threads: Vec<Seen>,
}

/// A thread at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub number: i32,
    pub name: String,
    /// What it has had of the CPUs so far, in nanoseconds.
    pub cpu_time: u64,
    /// The CPU that it was on last.
    pub cpu: u16,
    /// Whether it neither runs nor wants to.
    pub sleeps: bool,
}

/// Who looks, from a thread of its own.
pub struct Looker {
    own: i32,
    cell: i32,
    /// Threads that are none of the cell's.
    others: Vec<i32>,
    has_looked: bool,
}

impl Looker {
    /// The thread with the number `cell` runs the cell.
    pub fn new(cell: i32) -> Self {
        Self {
            own: own_number(),
            cell,
            others: Vec::new(),
            has_looked: false,
        }
    }

    pub fn look(&mut self, since: Duration) -> Look {
        let numbers: Vec<i32> = numbers()
            .filter(|number| *number != self.own && !self.others.contains(number))
            .collect();
        let threads = numbers.into_iter().filter_map(|number| self.see(number));
        let threads = threads.collect();
        self.has_looked = true;
        Look {
            at: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
            threads,
        }
    }

    /// What looking has taken of the CPUs, in nanoseconds.
    pub fn cpu_time(&self) -> u64 {
        cpu_time(self.own).unwrap_or_default()
    }

    /// `None` for a thread that has ended meanwhile, or is none of the cell's.
    fn see(&mut self, number: i32) -> Option<Seen> {
        let stat = fs::read_to_string(stat(number)).ok()?;
        let (name, state, cpu) = parse(&stat)?;
        if !self.has_looked && name == FLUSHER {
            self.others.push(number);
            return None;
        }
        let name = match number == self.cell {
            true => "cell",
            false => name,
        };
        Some(Seen {
            number,
            name: name.to_owned(),
            cpu_time: cpu_time(number)?,
            cpu,
            sleeps: state != 'R',
        })
    }
}

/// Waits until the kernel's helper has its name, which it gives itself: it has begun just
/// before the cell. Without a kernel there is none, and it is not waited for long.
pub fn await_flusher() {
    let stats = || numbers().filter_map(|number| fs::read_to_string(stat(number)).ok());
    let is_flusher = |stat: String| parse(&stat).is_some_and(|(name, ..)| name == FLUSHER);
    let deadline = Instant::now() + NAMED;
    while !stats().any(is_flusher) && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

/// The numbers of all threads.
fn numbers() -> impl Iterator<Item = i32> {
    let listed = fs::read_dir(THREADS).into_iter().flatten().flatten();
    listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(number: i32) -> String {
    format!("{THREADS}/{number}/stat")
}

/// Name, state and CPU out of a line of `stat` (proc(5)).
pub fn parse(stat: &str) -> Option<(&str, char, u16)> {
    // The name may hold anything.
    let (begun, rest) = stat.rsplit_once(") ")?;
    let (_, name) = begun.split_once(" (")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let state = fields.first()?.chars().next()?;
    // Field 39 of the line, of which the state is field 3.
    let cpu = fields.get(36)?.trim().parse().ok()?;
    Some((name, state, cpu))
}

/// The number of this thread.
pub fn own_number() -> i32 {
    nix::unistd::gettid().as_raw()
}

/// The system's clock of one thread, exact at each reading; the times in its files are
/// those of its last tick.
fn cpu_time(number: i32) -> Option<u64> {
    // As the system numbers such clocks: of a thread (4), its time in all modes (2).
    let clock = ClockId::from_raw((!number << 3) | 6);
    let time = Duration::from(clock.now().ok()?);
    u64::try_from(time.as_nanos()).ok()
}

//! How a failing execution went, to be run again.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::limits::{LOOM_THREADS, Limits};

/// How one execution went: enough to run it again.
///
/// It is written as text ([`fmt::Display`]) and read back ([`FromStr`]), so it
/// can be kept in a notebook. The text belongs to the version of this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub(super) recorded: Recorded,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recorded {
    Shuttle(Steps),
    Loom(LoomPath),
}

/// What `shuttle` did, and the limit that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) limit: usize,
    pub(super) steps: Vec<Step>,
}

/// What `shuttle`'s scheduler was asked, and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The thread that went on.
    Thread(usize),
    /// A random number for the closure.
    Random(u64),
}

/// A path as `loom` writes it, and the limits that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LoomPath {
    pub(super) threads: usize,
    pub(super) steps: usize,
    pub(super) preemptions: Option<u8>,
    /// JSON.
    pub(super) checkpoint: String,
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The first word is no tool's name.
    #[error(
        "a schedule begins with `shuttle` or `loom`, and this one with `{0}`; copy the whole text \
         of a schedule"
    )]
    Tool(String),
    /// The second word is no limit.
    #[error(
        "after `shuttle`, a schedule has the limit on its steps, a number from 1; copy the whole \
         text of a schedule"
    )]
    Limit,
    /// A word that is no step.
    #[error(
        "word {at} of the schedule, `{word}`, is no step; a step is a thread's number (`1`), \
         several of the same thread (`1x4`) or a random number (`r1f`)"
    )]
    Step {
        /// Counted from 1, the tool's name among them.
        at: usize,
        /// The word.
        word: String,
    },
    /// More steps than can be.
    #[error("the schedule has more than {most} steps; copy the text of a schedule that was found")]
    TooLong {
        /// The most that are read.
        most: usize,
    },
    /// What follows `loom` is not what we write.
    #[error("the schedule of `loom` is damaged at {0}; copy the whole text of a schedule")]
    Loom(&'static str),
}

/// The most steps that are read from a text.
const MOST: usize = 10_000_000;

impl Schedule {
    pub(super) fn of_shuttle(limit: usize, steps: Vec<Step>) -> Self {
        Self {
            recorded: Recorded::Shuttle(Steps { limit, steps }),
        }
    }

    pub(super) fn of_loom(path: LoomPath) -> Self {
        Self {
            recorded: Recorded::Loom(path),
        }
    }

    /// Whether [`Schedule::threads`] goes to the end of the execution.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.recorded, Recorded::Shuttle(_))
    }

    /// The thread that went on at each scheduling point, in order. The
    /// closure's own is 0; others are counted as they are spawned.
    ///
    /// Of `loom` it is the beginning that was chosen; what follows is
    /// `loom`'s habit to go on with the same thread for as long as it can.
    #[must_use]
    pub fn threads(&self) -> Vec<usize> {
        match &self.recorded {
            Recorded::Shuttle(Steps { steps, .. }) => {
                let threads = steps.iter().filter_map(|step| match step {
                    Step::Thread(thread) => Some(*thread),
                    Step::Random(_) => None,
                });
                threads.collect()
            }
            Recorded::Loom(path) => path.order(),
        }
    }

    /// [`Schedule::threads`] for people: `0 ×3, 1 ×2, 0`.
    #[must_use]
    pub fn order(&self) -> String {
        /// More say nothing to people.
        const SHOWN: usize = 40;
        let threads = self.threads();
        let runs: Vec<&[usize]> = threads.chunk_by(|a, b| a == b).collect();
        let shown = runs.iter().take(SHOWN).map(|run| match run {
            [one] => one.to_string(),
            several => format!("{} ×{}", several[0], several.len()),
        });
        let mut order = shown.collect::<Vec<_>>().join(", ");
        if runs.len() > SHOWN {
            order.push_str(&format!(", and {} more", runs.len() - SHOWN));
        }
        order
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.recorded {
            Recorded::Shuttle(Steps { limit, steps }) => {
                write!(f, "shuttle {limit}")?;
                for run in steps.chunk_by(|a, b| a == b && matches!(a, Step::Thread(_))) {
                    match run {
                        [Step::Random(number), ..] => write!(f, " r{number:x}")?,
                        [Step::Thread(thread)] => write!(f, " {thread}")?,
                        [Step::Thread(thread), ..] => write!(f, " {thread}x{}", run.len())?,
                        [] => {}
                    }
                }
                Ok(())
            }
            Recorded::Loom(path) => {
                write!(f, "loom {} {} ", path.threads, path.steps)?;
                match path.preemptions {
                    Some(most) => write!(f, "{most} ")?,
                    None => f.write_str("- ")?,
                }
                f.write_str(&path.checkpoint)
            }
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let (tool, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match tool {
            "shuttle" => read_steps(rest),
            "loom" => read_path(rest).map(Self::of_loom),
            other => Err(ScheduleError::Tool(other.chars().take(20).collect())),
        }
    }
}

fn read_steps(text: &str) -> Result<Schedule, ScheduleError> {
    let mut words = text.split_whitespace();
    let limit = words.next().and_then(|limit| limit.parse().ok());
    let limit = limit
        .filter(|limit| *limit > 0)
        .ok_or(ScheduleError::Limit)?;
    let mut steps = Vec::new();
    for (index, word) in words.enumerate() {
        let no_step = || ScheduleError::Step {
            at: index + 3,
            word: word.chars().take(20).collect(),
        };
        let (step, times) = read_step(word).ok_or_else(no_step)?;
        if times > MOST - steps.len() {
            return Err(ScheduleError::TooLong { most: MOST });
        }
        steps.extend(std::iter::repeat_n(step, times));
    }
    Ok(Schedule::of_shuttle(limit, steps))
}

fn read_step(word: &str) -> Option<(Step, usize)> {
    if let Some(number) = word.strip_prefix('r') {
        let number = u64::from_str_radix(number, 16).ok()?;
        return Some((Step::Random(number), 1));
    }
    let (thread, times) = word.split_once('x').unwrap_or((word, "1"));
    Some((Step::Thread(thread.parse().ok()?), times.parse().ok()?))
}

fn read_path(text: &str) -> Result<LoomPath, ScheduleError> {
    let mut words = text.splitn(4, ' ');
    let mut word = |what| words.next().ok_or(ScheduleError::Loom(what));
    let number = |word: &str, what, most: usize| {
        let number = word.parse().ok();
        let inside = number.filter(|number| (1..=most).contains(number));
        inside.ok_or(ScheduleError::Loom(what))
    };
    let path = LoomPath {
        threads: number(word("its threads")?, "its threads", LOOM_THREADS)?,
        steps: number(word("its steps")?, "its steps", super::limits::LOOM_STEPS)?,
        preemptions: match word("its preemptions")? {
            "-" => None,
            most => Some(
                most.parse()
                    .map_err(|_| ScheduleError::Loom("its preemptions"))?,
            ),
        },
        checkpoint: word("its path")?.to_owned(),
    };
    // `loom` takes what it reads for its own and sets memory aside by it.
    match path.branches() {
        Some(branches) if branches.len() <= path.steps => Ok(path),
        _ => Err(ScheduleError::Loom("its path")),
    }
}

impl LoomPath {
    pub(super) fn new(limits: &Limits, checkpoint: String) -> Self {
        Self {
            threads: limits.threads,
            steps: limits.steps,
            preemptions: limits.preemptions,
            checkpoint,
        }
    }

    /// What `loom` 0.7 would write of a search that has not begun.
    pub(super) fn beginning(preemptions: Option<u8>) -> String {
        serde_json::json!({
            "preemption_bound": preemptions,
            "pos": 0,
            "branches": {"entries": []},
            "exploring": true,
            "skipping": false,
            "exploring_on_start": true,
        })
        .to_string()
    }

    pub(super) fn limits(&self) -> Limits {
        let mut limits = Limits::new(1, self.steps);
        limits.threads = self.threads;
        limits.preemptions = self.preemptions;
        limits
    }

    fn branches(&self) -> Option<Vec<serde_json::Value>> {
        let path: serde_json::Value = serde_json::from_str(&self.checkpoint).ok()?;
        Some(path["branches"]["entries"].as_array()?.clone())
    }

    fn order(&self) -> Vec<usize> {
        let branches = self.branches().unwrap_or_default();
        let active = branches.iter().filter_map(|branch| {
            let threads = branch["Schedule"]["threads"].as_array()?;
            threads.iter().position(|thread| thread == "Active")
        });
        active.collect()
    }
}

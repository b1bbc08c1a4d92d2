//! Why a text is no trace.

use std::fmt;

use super::conditions::Conditions;
use super::error::{TraceError, cut};
use super::model::{Origin, SpanKind};

/// What is wrong with a text that was to be read as a trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The text is not JSON; the sentence names line and column.
    #[error("this is not JSON: {0}")]
    Json(String),
    /// Something is wrong at one place.
    #[error("{place}: {field} {problem}")]
    At {
        /// Where it is.
        place: Place,
        /// Which field it is.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The text is well formed, and the run that it describes is impossible.
    #[error("the run is impossible: {0}")]
    Rules(#[from] TraceError),
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A line of a CSV file, counted from 1.
    Line(usize),
    /// An entry of `traceEvents`, counted from 0.
    Event(usize),
    /// `otherData` of a Chrome trace.
    OtherData,
    /// The whole text.
    Text,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Event(index) => write!(f, "traceEvents[{index}]"),
            Self::OtherData => f.write_str("otherData"),
            Self::Text => f.write_str("the text"),
        }
    }
}

/// What can be wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It is no time or number.
    #[error("is {0}, and has to be a whole number from 0 to {max}", max = u64::MAX)]
    Number(String),
    /// It is no number of a CPU.
    #[error("is {0}, and a CPU has a number from 0 to {max}", max = u16::MAX)]
    Cpu(String),
    /// It is no text.
    #[error("is {0}, and has to be a text")]
    Text(String),
    /// It is not the header of a table that [`crate::trace::Trace::to_csv`] writes.
    #[error("is {found:?}, and has to be {wanted}{}", separated(.found))]
    Header {
        /// What is there.
        found: String,
        /// What should be there.
        wanted: &'static str,
    },
    /// It is none of a few words.
    #[error("is {found:?}, and has to be one of {allowed}")]
    Word {
        /// What is there.
        found: String,
        /// What may be there.
        allowed: &'static str,
    },
    /// Tasks and workers are counted from 0, without gaps.
    #[error("is {found}, and {wanted} comes next")]
    Count {
        /// What is there.
        found: u64,
        /// What comes next.
        wanted: usize,
    },
    /// A record has more or fewer fields than the header.
    #[error("has {found} fields, and {wanted} are needed: quote what contains commas")]
    Fields {
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// A quote opens and never closes.
    #[error("opens a quote that is never closed")]
    OpenQuote,
    /// A quoted field goes on after its closing quote.
    #[error("goes on after its closing quote: write a quote inside of quotes twice")]
    AfterQuote,
}

/// Spreadsheets of some languages separate by semicolons.
fn separated(header: &str) -> &'static str {
    match header.contains([';', '\t']) && !header.contains(',') {
        true => ": export the table separated by commas",
        false => "",
    }
}

impl ImportError {
    pub(super) fn at(place: Place, field: &'static str, problem: Problem) -> Self {
        let problem = match problem {
            Problem::Number(found) => Problem::Number(cut(&found)),
            Problem::Cpu(found) => Problem::Cpu(cut(&found)),
            Problem::Text(found) => Problem::Text(cut(&found)),
            Problem::Word { found, allowed } => Problem::Word {
                found: cut(&found),
                allowed,
            },
            other => other,
        };
        Self::At {
            place,
            field,
            problem,
        }
    }
}

const KINDS: [(&str, SpanKind); 4] = [
    ("run", SpanKind::Run),
    ("wait", SpanKind::Wait),
    ("switch", SpanKind::Switch),
    ("blocked", SpanKind::Blocked),
];

/// The word for a kind, in both formats.
pub(super) fn kind_word(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Run => "run",
        SpanKind::Wait => "wait",
        SpanKind::Switch => "switch",
        SpanKind::Blocked => "blocked",
    }
}

pub(super) fn kind_of(word: &str) -> Result<SpanKind, Problem> {
    let known = KINDS.iter().find(|(name, _)| *name == word);
    known.map(|(_, kind)| *kind).ok_or_else(|| Problem::Word {
        found: cut(word),
        allowed: "run, wait, switch, blocked",
    })
}

pub(super) fn origin_of(word: &str) -> Result<Origin, Problem> {
    match word {
        "simulated" => Ok(Origin::Simulated),
        "measured" => Ok(Origin::Measured),
        _ => Err(Problem::Word {
            found: cut(word),
            allowed: "simulated, measured",
        }),
    }
}

/// What a number about the conditions of a run may be called, in both formats.
pub(super) fn condition_of(
    conditions: &mut Conditions,
    name: &str,
    number: u64,
) -> Result<(), Problem> {
    conditions.set(name, number).ok_or_else(|| Problem::Word {
        found: cut(name),
        allowed: "cpus, quota, wall, cpu_time, elsewhere, stolen, throttled, preemptions, clock_set",
    })
}

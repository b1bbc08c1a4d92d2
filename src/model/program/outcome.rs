//! How a run of a program can end.

use std::fmt;

use crate::model::Count;

/// What went wrong in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A condition that was asserted is false.
    Assertion,
    /// A value does not fit into 64 bits.
    Overflow,
    /// A division or remainder by zero.
    DivisionByZero,
    /// A lock was to be released by a thread that does not hold it.
    NotHeld,
    /// More local steps in a row than any program needs: it never ends.
    NeverEnds,
    /// All threads finished, and the final condition is false.
    Ensure,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::Assertion,
        Self::Overflow,
        Self::DivisionByZero,
        Self::NotHeld,
        Self::NeverEnds,
        Self::Ensure,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::Assertion => "the assertion is false",
            Self::Overflow => "the value does not fit into 64 bits",
            Self::DivisionByZero => "division by zero",
            Self::NotHeld => "the thread does not hold that lock",
            Self::NeverEnds => "never ends: a loop without any shared step",
            Self::Ensure => "the final condition is false",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// A thread that cannot go on, and for what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blocked {
    /// The thread's name.
    pub thread: String,
    /// The text of the statement at which it stands.
    pub statement: String,
    /// The threads that could let it go on by what they hold: the owner of the
    /// lock that it wants, itself if it holds it. Empty for a wait or a channel,
    /// which any thread could end.
    pub waits_for: Vec<String>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stands at `{}`", self.thread, self.statement)?;
        match self.waits_for.join(", ") {
            nobody if nobody.is_empty() => Ok(()),
            itself if itself == self.thread => write!(f, " and waits for itself"),
            others => write!(f, " and waits for {others}"),
        }
    }
}

/// How a run ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Every thread came to its end, and the final condition holds.
    Finished,
    /// Somebody is not finished and nobody can go on.
    Deadlock(Vec<Blocked>),
    /// A statement, or the final condition, failed.
    Failed {
        /// The thread; `None` for the final condition.
        thread: Option<String>,
        /// The text of the statement or condition.
        statement: String,
        /// What went wrong.
        fault: Fault,
    },
}

impl Ending {
    /// Whether it is what the program wants.
    #[must_use]
    pub fn is_good(&self) -> bool {
        *self == Self::Finished
    }

    /// Whether nobody can go on.
    #[must_use]
    pub fn is_deadlock(&self) -> bool {
        matches!(self, Self::Deadlock(_))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.pad("finished"),
            Self::Deadlock(blocked) => {
                let blocked: Vec<String> = blocked.iter().map(Blocked::to_string).collect();
                write!(f, "deadlock: {}", blocked.join("; "))
            }
            Self::Failed {
                thread: Some(thread),
                statement,
                fault,
            } => write!(f, "{thread} fails at `{statement}`: {fault}"),
            Self::Failed {
                statement, fault, ..
            } => write!(f, "`{statement}`: {fault}"),
        }
    }
}

/// One way in which runs end, and in how many interleavings they do.
#[derive(Clone, PartialEq)]
pub struct Outcome {
    pub(super) values: Vec<(String, i64)>,
    pub(super) ending: Ending,
    pub(super) interleavings: Count,
    pub(super) share: f64,
}

impl Outcome {
    /// The final values of the shared variables and of the observed registers
    /// (named `thread.register`), in the order in which they were declared.
    #[must_use]
    pub fn values(&self) -> &[(String, i64)] {
        &self.values
    }

    /// The final value of that name; `None` if there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<i64> {
        let found = self.values.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| *value)
    }

    /// How the runs end.
    #[must_use]
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// In how many interleavings.
    #[must_use]
    pub fn interleavings(&self) -> Count {
        self.interleavings.clone()
    }

    /// In which share of all interleavings, between 0 and 1; 0 where there is
    /// no end of them. Schedulers do not draw all interleavings alike: it is
    /// no probability.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.share
    }

    /// A short label: the values, and the word `deadlock` or `failed` if so.
    #[must_use]
    pub fn label(&self) -> String {
        let values = self.values.iter();
        let mut parts: Vec<String> = values.map(|(name, v)| format!("{name} = {v}")).collect();
        match &self.ending {
            Ending::Finished
            | Ending::Failed {
                fault: Fault::Ensure,
                ..
            } if !parts.is_empty() => {}
            Ending::Finished => parts.push("finished".to_owned()),
            Ending::Deadlock(_) => parts.push("deadlock".to_owned()),
            Ending::Failed { .. } => parts.push("failed".to_owned()),
        }
        parts.join(", ")
    }
}

/// `x = 2: 32 interleavings, finished`.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.interleavings == 1 { "" } else { "s" };
        write!(
            f,
            "{}: {} interleaving{plural}, {}",
            self.label(),
            self.interleavings,
            self.ending
        )
    }
}

/// As [`fmt::Display`] has it: a cell that ends in outcomes shows this.
impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

//! One run, step by step.

use std::fmt;

use super::Program;
use super::error::ProgramError;
use super::outcome::Ending;
use super::state::{Change, State};

/// One run of a program: who moved when, and what that changed.
///
/// Shown as a table, one step a line; `⇄` marks a preemption.
#[derive(Clone, PartialEq, Eq)]
pub struct Schedule {
    steps: Vec<ScheduledStep>,
    end: State,
}

/// One step of a [`Schedule`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledStep {
    /// The number of the thread that moves.
    pub thread: usize,
    /// The thread's name.
    pub name: String,
    /// The visible statement, such as `store x = r + 1`.
    pub text: String,
    /// What it wrote, and what else is different after it.
    pub changes: Vec<Change>,
    /// Whether another thread moved before this one and could have gone on.
    pub is_preemption: bool,
}

impl Program {
    /// Runs the program as `threads` says: the numbers of the threads that
    /// move, one for each step. The run may stop before its end.
    ///
    /// # Errors
    /// [`ProgramError::CannotMove`] names the first step that is not possible.
    ///
    /// ```
    /// use twoaxes::model::Program;
    ///
    /// // Both load 0, so both store 1.
    /// let lost = Program::increments(&[1, 1]).replay(&[0, 1, 0, 1])?;
    /// assert_eq!(lost.end().value("x"), Some(1));
    /// # Ok::<(), twoaxes::model::ProgramError>(())
    /// ```
    pub fn replay(&self, threads: &[usize]) -> Result<Schedule, ProgramError> {
        let mut state = self.start();
        let mut steps: Vec<ScheduledStep> = Vec::new();
        for thread in threads {
            let enabled = self.enabled(&state);
            let Some(stepped) = self.step(&state, *thread) else {
                let names = enabled
                    .iter()
                    .map(|t| format!("{t} ({})", self.threads()[*t]));
                let names: Vec<String> = names.collect();
                return Err(ProgramError::CannotMove {
                    step: steps.len(),
                    thread: *thread,
                    enabled: match names.join(", ") {
                        nobody if nobody.is_empty() => "nobody".to_owned(),
                        names => names,
                    },
                });
            };
            let last = steps.last().map(|step| step.thread);
            steps.push(ScheduledStep {
                thread: *thread,
                name: self.threads()[*thread].to_owned(),
                text: stepped.text,
                changes: stepped.changes,
                is_preemption: last.is_some_and(|l| l != *thread && enabled.contains(&l)),
            });
            state = stepped.state;
        }
        Ok(Schedule { steps, end: state })
    }
}

impl Schedule {
    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[ScheduledStep] {
        &self.steps
    }

    /// The numbers of the threads that move, one for each step: what
    /// [`Program::replay`] takes.
    #[must_use]
    pub fn threads(&self) -> Vec<usize> {
        self.steps.iter().map(|step| step.thread).collect()
    }

    /// How often a thread had to stop although it could go on.
    #[must_use]
    pub fn preemptions(&self) -> usize {
        self.steps.iter().filter(|step| step.is_preemption).count()
    }

    /// The state after the last step.
    #[must_use]
    pub fn end(&self) -> &State {
        &self.end
    }

    /// How the run ends; `None` if it could go on.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.end.ending()
    }

    /// The table's rows: number, thread, statement, changes.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 4]> {
        let row = |(number, step): (usize, &ScheduledStep)| {
            let mark = if step.is_preemption { "⇄ " } else { "" };
            let changes: Vec<String> = step.changes.iter().map(Change::to_string).collect();
            [
                (number + 1).to_string(),
                format!("{mark}{}", step.name),
                step.text.clone(),
                changes.join(", "),
            ]
        };
        self.steps.iter().enumerate().map(row).collect()
    }

    /// One sentence: steps, preemptions, ending.
    #[must_use]
    pub fn summary(&self) -> String {
        let ending = self
            .ending()
            .map_or("it could go on".to_owned(), |e| e.to_string());
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        format!(
            "{}, {}: {ending}",
            plural(self.steps.len(), "step"),
            plural(self.preemptions(), "preemption")
        )
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["step", "thread", "does", "changes"].map(str::to_owned);
        f.write_str(&super::show::table(&header, &self.rows()))?;
        f.write_str(&self.summary())
    }
}

/// The table, on lines of its own: a cell that ends in an `Option` of a run
/// shows this.
impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}\n")
    }
}

//! The session of one submission.

use std::time::{Duration, Instant};

use super::kernel::{Cell, Ended, Kernel, KernelCommand};
use crate::plan::{Check, Run, only_defines};

/// Time limits, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Of a cell, from when it is compiled.
    pub cell: f64,
    /// Of all checks of a submission together.
    pub submission: f64,
}

/// How trying the code of one exercise went.
#[derive(Debug)]
pub enum Tried {
    /// The check ran, and this is what came of it. `visible` is the check as
    /// students have it, run where the whole one did not give all points.
    Checked {
        ended: Ended,
        visible: Option<Ended>,
    },
    /// A cell above the check failed: the student's, or one of the notebook's
    /// that builds on it.
    Above {
        /// The answer's index; `None` for a cell of the notebook's.
        answer: Option<usize>,
        ended: Ended,
    },
    /// The kernel itself has ended over this code.
    Gone(String),
    /// The submission's time was up before.
    NoTime,
}

/// A kernel, and what runs in it.
pub struct Session<'a> {
    command: &'a KernelCommand,
    kernel: &'a mut Option<Kernel>,
    limits: Limits,
    begun: Instant,
    /// What each number stands for, from 1.
    numbers: Vec<Option<usize>>,
    is_fresh: bool,
}

impl<'a> Session<'a> {
    /// A session for one submission. `kernel` is kept from one to the next, and
    /// started where there is none.
    pub fn new(command: &'a KernelCommand, kernel: &'a mut Option<Kernel>, limits: Limits) -> Self {
        Self {
            command,
            kernel,
            limits,
            begun: Instant::now(),
            numbers: Vec::new(),
            is_fresh: false,
        }
    }

    /// The answer that the cell of this number in a report is, if it is one.
    pub fn answer_of(&self, number: usize) -> Option<usize> {
        let index = number.checked_sub(1)?;
        self.numbers.get(index).copied().flatten()
    }

    /// Tries an exercise. `answer` has the text of an answer by its index; the
    /// secret is made up here.
    ///
    /// Each attempt has a process of its own: what code leaves behind, threads,
    /// files or a panic hook, meets no other check.
    ///
    /// # Errors
    /// When there is no kernel, or no randomness: nobody can be graded then.
    pub fn check<'t>(
        &mut self,
        check: &Check,
        possible: f64,
        answer: impl Fn(usize) -> &'t str + Copy,
    ) -> anyhow::Result<Tried> {
        let cells = check.cells(answer);
        let mut tried = self.attempt(&cells, &check.code, answer)?;
        if let Tried::Gone(_) = tried {
            // Perhaps over what came before; in a new kernel it is its own.
            tried = self.attempt(&cells, &check.code, answer)?;
        }
        let Tried::Checked { ended, .. } = &tried else {
            return Ok(tried);
        };
        let got_all = ended
            .verdict
            .as_ref()
            .is_some_and(|verdict| verdict.points.is_none_or(|points| points >= possible));
        let visible = match &check.visible {
            Some(code) if !got_all && !ended.ends_process() => {
                match self.attempt(&cells, code, answer)? {
                    Tried::Checked { ended, .. } => Some(ended),
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(match tried {
            Tried::Checked { ended, .. } => Tried::Checked { ended, visible },
            other => other,
        })
    }

    /// Runs an answer by itself, for what a compiler says.
    ///
    /// # Errors
    /// When there is no kernel.
    pub fn alone(&mut self, index: usize, code: &str) -> anyhow::Result<Tried> {
        self.is_fresh = false;
        Ok(match self.run(code, None, Some(index))? {
            Some(Ok(ended)) => Tried::Above {
                answer: Some(index),
                ended,
            },
            Some(Err(gone)) => Tried::Gone(gone),
            None => Tried::NoTime,
        })
    }

    /// Runs a check behind the cells that it needs.
    fn attempt<'t>(
        &mut self,
        cells: &[Run],
        check: &str,
        answer: impl Fn(usize) -> &'t str + Copy,
    ) -> anyhow::Result<Tried> {
        self.is_fresh = false;
        // One compilation instead of two, where the answer only defines what the
        // check calls. When that ends in anything but points, the cells run one
        // by one, so that what is said names their lines.
        if let Some((Run::Answer(index), above)) = cells.split_last()
            && only_defines(answer(*index))
        {
            if let Some(stopped) = self.run_all(above, answer)? {
                return Ok(stopped);
            }
            let code = format!("{}\n{}", answer(*index), with_verdict(check));
            match self.judge(&code)? {
                Tried::Checked { ended, visible } => {
                    let is_judged = ended.verdict.is_some() && ended.error.is_none();
                    // It would end the process once more, or cheat once more.
                    if is_judged || ended.forged || ended.ends_process() {
                        return Ok(Tried::Checked { ended, visible });
                    }
                }
                stopped => return Ok(stopped),
            }
            self.is_fresh = false;
        }
        if let Some(stopped) = self.run_all(cells, answer)? {
            return Ok(stopped);
        }
        self.judge(&with_verdict(check))
    }

    /// Runs a cell that ends in a verdict.
    fn judge(&mut self, code: &str) -> anyhow::Result<Tried> {
        let secret = secret()?;
        Ok(match self.run(code, Some(&secret), None)? {
            Some(Ok(ended)) => Tried::Checked {
                ended,
                visible: None,
            },
            Some(Err(gone)) => Tried::Gone(gone),
            None => Tried::NoTime,
        })
    }

    /// Runs the cells above a check; what stopped them, if something did.
    fn run_all<'t>(
        &mut self,
        cells: &[Run],
        answer: impl Fn(usize) -> &'t str,
    ) -> anyhow::Result<Option<Tried>> {
        for cell in cells {
            let (code, index) = match cell {
                Run::Given(code) => (code.as_str(), None),
                Run::Answer(index) => (answer(*index), Some(*index)),
            };
            match self.run(code, None, index)? {
                Some(Ok(ended)) if ended.error.is_none() => {}
                Some(Ok(ended)) => {
                    return Ok(Some(Tried::Above {
                        answer: index,
                        ended,
                    }));
                }
                Some(Err(gone)) => return Ok(Some(Tried::Gone(gone))),
                None => return Ok(Some(Tried::NoTime)),
            }
        }
        Ok(None)
    }

    /// Runs a cell; `None` when the time is up, an error inside when the kernel
    /// has gone.
    fn run(
        &mut self,
        code: &str,
        secret: Option<&str>,
        answer: Option<usize>,
    ) -> anyhow::Result<Option<Result<Ended, String>>> {
        let left = self.limits.submission - self.begun.elapsed().as_secs_f64();
        if left <= 0.0 {
            return Ok(None);
        }
        self.freshen();
        let kernel = match &mut self.kernel {
            Some(kernel) => kernel,
            empty => empty.insert(self.command.start()?),
        };
        self.numbers.push(answer);
        let number = u32::try_from(self.numbers.len())?;
        let cell = Cell {
            code,
            number,
            seconds: self.limits.cell.min(left),
            secret,
        };
        match kernel.run(&cell) {
            Ok(ended) => Ok(Some(Ok(ended))),
            Err(gone) => {
                *self.kernel = None;
                // A new kernel has nothing of anybody's.
                self.is_fresh = true;
                Ok(Some(Err(format!("{gone:#}"))))
            }
        }
    }

    /// Clears what the submission before has left. A kernel that does not do
    /// that is given up.
    fn freshen(&mut self) {
        if std::mem::replace(&mut self.is_fresh, true) {
            return;
        }
        let clear = Cell {
            code: ":clear",
            number: 0,
            seconds: 30.0,
            secret: None,
        };
        if let Some(kernel) = &mut self.kernel {
            let cleared = kernel.run(&clear).is_ok_and(|ended| ended.error.is_none());
            if !cleared {
                *self.kernel = None;
            }
        }
    }

    /// How long the session has lasted.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// The check as one expression, whose value is the verdict. Its own lines begin
/// at the second.
fn with_verdict(code: &str) -> String {
    format!(
        "match {{\n{code}\n}} {{ __twoaxes_points => unsafe {{ ::twoaxes::cell::verdict(__twoaxes_points) }} }};"
    )
}

/// What nobody can guess.
fn secret() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system has no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

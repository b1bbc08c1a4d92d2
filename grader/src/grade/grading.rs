//! Grading one submission after another with a kernel that is kept.

use std::panic::AssertUnwindSafe;

use crate::plan::Plan;
use crate::results::Graded;
use crate::run::{Kernel, KernelCommand, Limits, Session};
use crate::score::{self, Handed};

/// The stack of a thread that grades: parsers of code recurse.
pub const STACK: usize = 256 << 20;

pub struct Grading<'a> {
    command: &'a KernelCommand,
    limits: Limits,
    /// Started when the first code is to be run.
    kernel: Option<Kernel>,
}

impl<'a> Grading<'a> {
    pub fn new(command: &'a KernelCommand, limits: Limits) -> Self {
        Self {
            command,
            limits,
            kernel: None,
        }
    }

    /// Grades; a fault of the grader's own costs nobody else their points.
    pub fn grade(&mut self, handed: &Handed, plan: &Plan) -> anyhow::Result<Graded> {
        let graded = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut session = Session::new(self.command, &mut self.kernel, self.limits);
            score::grade(handed, plan, &mut session)
        }));
        graded.unwrap_or_else(|_| {
            self.kernel = None;
            let why = "The grader itself failed over this file, which is a fault of the grader: \
                       please report it.";
            let nothing = Handed {
                content: Err(why.to_owned()),
                ..handed.clone()
            };
            let mut session = Session::new(self.command, &mut self.kernel, self.limits);
            score::grade(&nothing, plan, &mut session)
        })
    }
}

//! What the commands at the top of a cell have the engine do.

use serde_json::{Map, Value};

use super::commands::{Commands, Limit};
use super::interface::{Failure, Notice, Output};
use super::worker::{DRAIN_TIME, Worker};
use super::{commands, failure, programs};
use crate::toolchain::toolbox;

impl Worker {
    /// Answers and obeys all that does not run with the cell.
    pub(super) fn follow(&mut self, commands: &Commands) -> Result<(), Failure> {
        if self.is_wrapped
            && let Some(command) = commands.reaches_out
        {
            // Cells and the compiler are confined. The kernel is not, nor would this be.
            let text = format!("`{command}` is not available where cells run in a sandbox");
            return Err(failure::failure("CommandError", &text, None));
        }
        if let Some(asked) = &commands.help {
            (self.notify)(Notice::Output(commands::page(asked)));
        }
        if let Some(level) = &commands.opt
            && let Err(error) = self.choose_level(level.as_deref())
        {
            let text = format!("{error:#}");
            return Err(failure::failure("CommandError", &text, None));
        }
        if let Some(limit) = commands.limit {
            self.choose_limit(limit);
        }
        if let Some(shown) = commands.warnings {
            // Nobody reads them where a grader runs cells, whatever these say.
            self.warns = !self.is_wrapped && shown.unwrap_or(self.warns);
            self.say(commands::describe_warnings(self.warns).to_owned());
        }
        Ok(())
    }

    /// Runs the `!` lines of a cell, in order, until one fails.
    pub(super) fn run_programs(&mut self, programs: &[String]) -> Result<(), Failure> {
        (self.notify)(Notice::Started);
        for program in programs {
            if let Some(stop) = self.control.stopped() {
                return Err(failure::stopped(stop, None));
            }
            let result = programs::run(program, self.bridge.paths(), &self.control);
            self.bridge.drain(DRAIN_TIME);
            self.orphans.reap();
            if let Some(stop) = self.control.stopped() {
                return Err(failure::stopped(stop, None));
            }
            result?;
        }
        Ok(())
    }

    /// Changes how long cells may run, or tells how long.
    fn choose_limit(&mut self, limit: Option<Limit>) {
        match limit {
            Some(Limit::After(time)) => self.limit = Some(time),
            Some(Limit::Off) => self.limit = None,
            None => {}
        }
        self.say(commands::describe_limit(self.limit));
    }

    /// Shows `text`, which answers a command.
    fn say(&self, text: String) {
        (self.notify)(Notice::Output(Output::Display {
            data: Map::from_iter([("text/plain".to_owned(), Value::from(text))]),
            metadata: Map::new(),
            display_id: None,
        }));
    }

    /// Changes how cells are optimised, or tells how they are.
    fn choose_level(&self, level: Option<&str>) -> anyhow::Result<()> {
        let directory = toolbox::directory().unwrap_or_default();
        if let Some(level) = level {
            toolbox::set_opt_level(&directory, commands::fixed(level))?;
        }
        self.say(commands::describe(
            toolbox::opt_level(&directory).as_deref(),
        ));
        Ok(())
    }
}

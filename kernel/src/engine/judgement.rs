//! How a cell went: what evcxr says, what was heard meanwhile, and what of it is undone.

use evcxr::{Error, EvalOutputs};

use super::control::Stop;
use super::failure::Aftermath;
use super::interface::Failure;
use super::listener::Ended;
use super::worker::{DRAIN_TIME, Worker};
use super::{advice, diagnostics, failure, hints};

/// What is judged: a cell, a user expression or a comm's handlers.
pub(super) struct Cell<'a> {
    pub(super) code: &'a str,
    pub(super) count: u32,
    pub(super) had_variables: bool,
    /// Whether it begins with `:clear`.
    pub(super) clears: bool,
    /// Whether it is a comm's handlers.
    pub(super) is_handler: bool,
}

impl Worker {
    /// How a cell went, by what evcxr says and what was heard.
    pub(super) fn judge(
        &mut self,
        result: Result<EvalOutputs, Error>,
        ended: Ended,
        stop: Option<Stop>,
        cell: &Cell<'_>,
    ) -> Result<EvalOutputs, Failure> {
        let status = ended.replaced.and_then(|replaced| {
            let status = self.orphans.status(replaced.ended);
            self.orphans.adopt(replaced.by);
            status
        });
        // Whoever has gone on may have ended as well.
        let is_over = matches!(result, Err(Error::SubprocessTerminated(_)));
        let aftermath = match ended.replaced {
            Some(_) if !is_over && cell.is_handler => Aftermath::UndoneHandler,
            Some(_) if !is_over && cell.clears => Aftermath::UndoneToClear,
            Some(_) if !is_over && ended.again => Aftermath::UndoneButRetyped,
            Some(_) if !is_over => Aftermath::Undone,
            _ => Aftermath::Lost {
                had_variables: cell.had_variables,
                left: ended.left,
            },
        };
        // One that has come to its end stays, however soon it was to be stopped.
        let is_whole = result.is_ok() && ended.failure.is_none() && ended.replaced.is_none();
        if let Some(stop) = stop.filter(|_| !is_whole) {
            let note = match (ended.started || is_over, cell.clears) {
                (true, _) => Some(aftermath.of_process()),
                (false, false) => Some(failure::NOT_BEGUN.to_owned()),
                (false, true) => None,
            };
            return Err(failure::stopped(stop, note.as_deref()));
        }
        match (result, ended.failure) {
            (Err(Error::SubprocessTerminated(status)), _) => {
                // evcxr only knows the process that it has started.
                let runtime = self.control.runtime();
                let adopted = runtime.filter(|process| self.orphans.has(*process));
                let own = adopted.and_then(|process| self.orphans.status(process));
                let status = own.unwrap_or_else(|| self.told(status));
                Err(match ended.started {
                    true => failure::process_ended(&status, &aftermath),
                    false => failure::process_had_ended(&status, &aftermath),
                })
            }
            (_, Some(failure)) if ended.started => {
                // A sandbox has no copies, and is only for graders.
                let without_copy = || (!self.is_wrapped).then(|| failure::NOT_UNDONE.to_owned());
                let note = aftermath.of_panic().or_else(without_copy);
                Err(failure.followed_by(note))
            }
            (_, Some(failure)) => Err(failure),
            (_, None) if ended.replaced.is_some() => {
                let status = status.unwrap_or_else(|| "the system".to_owned());
                Err(failure::process_ended(&status, &aftermath))
            }
            (Ok(outputs), None) => Ok(outputs),
            (Err(error), None) => Err(self.report(&error, cell)),
        }
    }

    /// What is said of a process that has ended.
    fn told(&self, status: String) -> String {
        match self.is_wrapped {
            true => failure::unwrapped(&status).unwrap_or(status),
            false => status,
        }
    }

    /// After the process has died, nobody ends the cell and its output.
    pub(super) fn settle(&self, result: &Result<EvalOutputs, Error>) {
        if matches!(result, Err(Error::SubprocessTerminated(_))) {
            self.control.end_cell();
            self.bridge.drain(DRAIN_TIME);
        }
    }

    fn report(&self, error: &Error, cell: &Cell<'_>) -> Failure {
        match error {
            Error::CompilationErrors(errors) => {
                let mut variables = self.variables();
                variables.extend(hints::variables(cell.code));
                let cell = diagnostics::Cell {
                    source: cell.code,
                    count: cell.count,
                    variables: &variables,
                };
                diagnostics::report(errors, cell)
            }
            Error::TypeRedefinedVariablesLost(names) => failure::failure(
                "TypeRedefined",
                &format!(
                    "a type was defined anew, and with it these variables are lost: {}",
                    names.join(", ")
                ),
                None,
            ),
            Error::Message(text) | Error::SubprocessTerminated(text) => {
                advice::failure(text, "").unwrap_or_else(|| failure::failure("Error", text, None))
            }
        }
    }
}

//! What a team leaves when its work is done.

use crate::machine::PinError;

/// What threads that worked together returned, and what the system did not
/// grant them.
#[derive(Debug)]
pub(crate) struct Crew<T, B = ()> {
    /// What each thread returned, in the order of their numbers. One that
    /// panicked is missing.
    pub(crate) results: Vec<T>,
    /// What the calling thread returned, beside them.
    pub(crate) beside: B,
    /// How many threads there were.
    pub(crate) started: usize,
    /// How many were asked for.
    pub(super) wanted: usize,
    /// Why there are no more, in the system's words.
    pub(crate) refused: Option<String>,
    /// Who was not kept on its CPU, and why.
    pub(super) unpinned: Vec<(String, PinError)>,
}

impl<T, B> Crew<T, B> {
    /// What the system did not grant, in sentences.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.anywhere().into_iter().chain(self.fewer()).collect()
    }

    fn anywhere(&self) -> Option<String> {
        let (name, error) = self.unpinned.first()?;
        Some(match self.unpinned.len() {
            1 => format!("{name} ran wherever the system put it: {error}."),
            _ => format!("Threads ran wherever the system put them: {error}."),
        })
    }

    fn fewer(&self) -> Option<String> {
        let (started, wanted) = (self.started, self.wanted);
        let reason = self.refused.as_ref()?;
        let threads = if started == 1 { "thread" } else { "threads" };
        Some(format!(
            "The system started {started} {threads} of {wanted}, then it refused: {reason}."
        ))
    }
}

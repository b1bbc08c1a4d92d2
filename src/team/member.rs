//! A thread of a team.

use std::num::NonZero;
use std::thread::Builder;

use crate::machine::{self, PinError, Pinned};

/// A thread that is to be: its name, and where it is to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(super) name: String,
    pub(super) cpu: Option<u16>,
    /// Bytes of its stack, where they are not to be the usual ones.
    pub(super) stack: Option<NonZero<usize>>,
}

impl Member {
    /// One that runs wherever the system puts it.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            cpu: None,
            stack: None,
        }
    }

    /// The same, kept on `cpu`; anywhere if that is `None`.
    pub(crate) fn on(mut self, cpu: Option<u16>) -> Self {
        self.cpu = cpu;
        self
    }

    pub(super) fn thread(&self) -> Builder {
        let builder = Builder::new().name(self.name.clone());
        match self.stack {
            Some(bytes) => builder.stack_size(bytes.get()),
            None => builder,
        }
    }

    /// Keeps the calling thread on its CPU. Where there is no other one,
    /// nothing has to be asked of the system, which might refuse.
    pub(super) fn take_place(&self) -> Result<Option<Pinned>, PinError> {
        match self.cpu {
            None => Ok(None),
            Some(cpu) if machine::allowed() == [cpu] => Ok(None),
            Some(cpu) => machine::pin(&[cpu]).map(Some),
        }
    }
}

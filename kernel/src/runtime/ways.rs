//! The connections to the kernel.

use std::os::unix::net::UnixStream;

use anyhow::Context;
use rustix::fd::{AsFd, AsRawFd, RawFd};

use super::children;
use super::library::CellLibrary;
use crate::bridge::{Client, Paths, Said};

/// Our ways to the kernel.
pub struct Ways {
    /// What the library has been given.
    channel: RawFd,
    /// For what we say about cells.
    pub kernel: Client,
    /// For what comes on comms; there is none in a sandbox, where nobody moves a slider.
    pub ear: Option<Client>,
}

impl Ways {
    /// Gives the library a channel to the kernel, and us some of our own.
    pub fn open(paths: &Paths, library: &CellLibrary, has_ear: bool) -> anyhow::Result<Self> {
        let reach = || Client::connect(&paths.socket()).context("cannot reach the kernel");
        let channel = UnixStream::connect(paths.socket()).context("cannot reach the kernel")?;
        let number = channel.as_raw_fd();
        library.attach(channel);
        let kernel = reach()?;
        let mut ear = has_ear.then(reach).transpose()?;
        if let Some(ear) = &mut ear {
            ear.tell(&Said::Attend)?;
        }
        Ok(Self {
            channel: number,
            kernel,
            ear,
        })
    }

    /// Leads them nowhere in children that cells fork, and `answers` with them.
    pub fn keep_from_children(&self, answers: &impl AsFd) {
        let number = |way: &dyn AsFd| way.as_fd().as_raw_fd();
        children::keep_from([
            Some(number(answers)),
            Some(self.channel),
            Some(number(&self.kernel)),
            self.ear.as_ref().map(|ear| number(ear)),
        ]);
    }
}

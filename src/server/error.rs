//! Why a run cannot be made as asked.

/// A run that cannot be made as asked, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// A number for which there is no run.
    #[error("a server with {value} {what} cannot be run: use {least} to {most}")]
    Range {
        /// What the number counts, in the plural.
        what: &'static str,
        /// The number that was given.
        value: u64,
        /// The smallest number that can be run.
        least: u64,
        /// The largest number that can be run.
        most: u64,
    },
    /// Each request needs an open file in this process, and may not have one.
    #[error(
        "{requests} requests in flight need as many open sockets, and only {room} can be opened here \
         (limit of open files {limit}, {open} of them open): ask for at most {room} requests, \
         or raise the limit with `ulimit -n` before the notebook starts"
    )]
    OpenFiles {
        /// How many requests were asked for.
        requests: u64,
        /// How many are possible.
        room: u64,
        /// How many files this process may have open, at most.
        limit: u64,
        /// How many it has open.
        open: u64,
    },
    /// The system refused something that every run needs.
    #[error("the system refused to {what}: {reason}; without it there is no run")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's reason.
        reason: String,
    },
}

impl ServerError {
    /// For a call of the system that failed.
    pub(super) fn system(what: &'static str) -> impl Fn(nix::errno::Errno) -> Self {
        move |reason| Self::System {
            what,
            reason: reason.desc().to_owned(),
        }
    }

    /// For a call of the standard library that failed.
    pub(super) fn io(what: &'static str) -> impl Fn(std::io::Error) -> Self {
        move |reason| Self::System {
            what,
            reason: reason.to_string(),
        }
    }
}

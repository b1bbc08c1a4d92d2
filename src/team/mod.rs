//! Threads for real runs: a team that begins together, a pool, and a thread of
//! one's own. All have ended when a call returns, also when it fails.
//!
//! Whoever runs something for real has the same needs: no thread begins before
//! all are there, each is on its CPU if that may be, what the system refuses
//! is told, no wait is without an end, and nothing is left behind. They are met
//! here once.
//!
//! This room uses [`crate::machine`] to keep threads on CPUs. It knows nothing
//! of what the threads do: recordings, the work with its own deadline and the
//! words of an error belong to the room that runs something. It has sentences
//! only for what a run did without ([`Crew::notes`]).

mod alone;
mod crew;
mod deadline;
mod error;
mod gate;
mod member;
mod pool;
#[cfg(test)]
pub(crate) mod tests;
mod together;

pub(crate) use alone::alone;
pub(crate) use crew::Crew;
pub(crate) use deadline::Deadline;
pub(crate) use error::TeamError;
pub(crate) use gate::Gate;
pub(crate) use member::Member;
pub(crate) use pool::with_pool;
pub(crate) use together::Team;

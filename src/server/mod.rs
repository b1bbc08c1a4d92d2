//! The opening question for real: how can one core have 10,000 requests in
//! flight at once, and what do more cores change?
//!
//! A server with real sockets on the loopback interface reads one request from
//! each of thousands of connections, awaits a backend that takes a second, and
//! answers. [`measure`] runs it four times:
//!
//! | run | what it shows |
//! |---|---|
//! | one thread | all requests are in flight together, and never do two handlers run at once |
//! | all cores | the computing is shared out; the waiting is as long as before |
//! | a hog in the way | a handler that computes for long holds up everybody behind it |
//! | the hog offloaded | `spawn_blocking` takes it to a thread of its own |
//!
//! [`Load`] is one run with other numbers. Clients live in a child process, so
//! that they neither use up this process's open files nor its threads; they
//! send when all are connected, and each has a connection of its own, so that a
//! late answer to one delays no other's question. The server counts what it
//! has in flight itself; latencies are those that the clients saw.
//!
//! Every run has a deadline, and leaves no thread, socket or process behind.
//! (tokio makes one pair of sockets for signals with the first runtime of a
//! process that does input and output, and keeps it for all that follow.)
//! This room uses [`crate::trace`], [`crate::machine`] and [`crate::record`].
//! It opens no port beyond the loopback interface, and never draws.

mod answers;
mod clients;
mod desk;
mod error;
mod latency;
mod load;
mod question;
mod run;
mod serve;
#[cfg(test)]
mod tests;

pub use error::ServerError;
pub use latency::Latency;
pub use load::Load;
pub use question::{OpeningQuestion, measure, try_measure};
pub use run::{Failures, Run};

//! Why a shop was not simulated.

use crate::trace::TraceError;

use super::shop::{MAX_BARISTAS, MAX_TURNS};

/// What is wrong with a [`crate::barista::Shop`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShopError {
    /// There is nothing to do.
    #[error("the shop has no orders: add one with .order(Order::new(\"A\").work(20))")]
    NoOrders,
    /// There is nobody to do it.
    #[error("the shop has no barista: give it at least one with .baristas(1)")]
    NoBaristas,
    /// More baristas than a simulation holds.
    #[error("the shop has {0} baristas and at most {MAX_BARISTAS} are simulated")]
    TooManyBaristas(usize),
    /// Round robin with slices of no length never gets anything done.
    #[error("a time slice of 0 gets nothing done: use a slice of 1 or more")]
    ZeroSlice,
    /// More turns than a simulation holds.
    #[error("the run needs more than {MAX_TURNS} turns: use longer slices or fewer orders")]
    TooManyTurns,
    /// The times do not fit into 64 bits.
    #[error("the times add up to more than {max} ticks: use smaller numbers", max = u64::MAX)]
    TimeOverflow,
    /// The simulator broke a rule of traces, which is a mistake in twoaxes.
    #[error("the simulation contradicts itself, please report it: {0}")]
    Inconsistent(#[from] TraceError),
}

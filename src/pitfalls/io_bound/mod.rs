//! More cores for a program that waits.
//!
//! A request that spends 95% of its time waiting for a backend gets at most
//! 1/0.95 times as fast by cores: 64 of them make it 1.052 times as fast.
//! Overlapping the waits of many requests on one worker raises the throughput,
//! until the backend has no place left. It answers at most
//! `capacity / latency` requests per tick, whoever asks. [`measure`] and
//! [`fixed`] do it for real, with a backend that has so many places and really
//! waits.

mod measure;
mod simulate;

pub use measure::{
    Answered, Fixed, Measured, MeasuredPoint, fixed, measure, try_fixed, try_measure,
};
pub use simulate::{IoBound, Service, simulate, speedup_by_cores, try_simulate};

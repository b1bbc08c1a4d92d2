//! The instructor's side of twoaxes: from one source notebook to the students'
//! edition of it, and later from the students' answers to points.
//!
//! - [`notebook`] reads and writes notebooks and says what each cell is for.
//! - [`release`] makes the students' edition from the instructor's source.
//! - [`cli`] is the command line over both.
//!
//! What a student hands in is hostile until it is graded, so nothing here
//! panics on input. The workspace's lints keep `unwrap`, `expect` and `panic!`
//! out; this crate adds indexing.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod cli;
pub mod notebook;
pub mod release;

//! The instructor's side of twoaxes: from one source notebook to the students'
//! edition of it, and later from the students' answers to points.
//!
//! - [`notebook`] reads and writes notebooks and says what each cell is for.
//! - [`course`] is a folder of source notebooks with their questions.
//! - [`format`](mod@format) gives source notebooks the one form that they have.
//! - [`release`] makes the students' edition from the instructor's source.
//! - [`gradebook`] keeps what everybody earned, and why.
//! - [`cli`] is the command line over all.
//!
//! What a student hands in is hostile until it is graded, so nothing here
//! panics on input. The workspace's lints keep `unwrap`, `expect` and `panic!`
//! out; this crate adds indexing.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod cli;
pub mod course;
pub mod format;
pub mod gradebook;
pub mod notebook;
pub mod release;
pub mod score;

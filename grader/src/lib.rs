//! The instructor's side of twoaxes: from one source notebook to the students'
//! edition of it, and from the students' answers to points.
//!
//! - [`notebook`] reads and writes notebooks and says what each cell is for.
//! - [`course`] is a folder of source notebooks with their questions.
//! - [`format`](mod@format) gives source notebooks the one form that they have.
//! - [`release`] makes the students' edition from the instructor's source.
//! - [`plan`] is what a notebook asks for, and what has to run for each check.
//! - [`submissions`] is a folder of what was handed in.
//! - [`run`] runs code in the kernel's sandbox.
//! - [`results`] is what grading finds out: tasks, and what was earned at each.
//! - [`score`] turns answers into points.
//! - [`grade`] does all of that for a folder of submissions, in parallel.
//! - [`proof`] grades the course itself: all points for its solutions, none for
//!   what students start from.
//! - [`gradebook`] keeps what everybody earned, and why.
//! - [`report`] brings it to students, the instructor and learning platforms.
//! - [`cli`] is the command line over all.
//!
//! What a student hands in is hostile until it is graded, so nothing here
//! panics on input. The workspace's lints keep `unwrap`, `expect` and `panic!`
//! out; this crate adds indexing.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod cli;
pub mod course;
pub mod format;
pub mod grade;
pub mod gradebook;
pub mod notebook;
pub mod plan;
pub mod proof;
pub mod release;
pub mod report;
pub mod results;
pub mod run;
pub mod score;
pub mod submissions;

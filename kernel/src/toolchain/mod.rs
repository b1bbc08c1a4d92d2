//! How the source of a cell becomes a shared object.
//!
//! evcxr calls `cargo` for everything. Here is the `cargo` that it finds: a
//! stand-in (this very binary under another name, first on `PATH`) that
//!
//! * compiles a cell with one direct call of rustc, linked to the helper
//!   library that was built at installation ([`library`]),
//! * has the real cargo compile further crates (`:dep`) once, and links cells to
//!   the result (`dependencies`),
//! * answers `cargo metadata`, so that rust-analyzer knows the helper crate,
//! * keeps compiled objects for the next time ([`cache`]),
//! * moves what evcxr would generate into every cell into the library
//!   (`rewrite`),
//! * tells the engine what rustc warns of in a cell that compiles (`warnings`).
//!
//! A library that does not fit the compiler or the helper crate's sources is
//! built anew ([`rebuild`]).
//!
//! May use `bridge` (to announce a compilation, so that it can be interrupted).
//! It must never run a cell.

mod answers;
mod build;
pub mod cache;
mod cargo;
mod compiler;
mod dependencies;
mod level;
pub mod libraries;
pub mod library;
mod metadata;
mod normal;
mod parts;
mod prune;
pub mod rebuild;
mod rewrite;
mod rust_src;
mod second_look;
mod shadow;
mod slim;
pub mod source;
mod sources;
mod tied;
pub mod toolbox;
mod trailing;
mod user_cache;
mod versions;
mod warnings;

#[cfg(test)]
mod tests;

pub use build::has_added_crates;
pub use cargo::{Name, run};
pub use rewrite::FUNCTION;
pub use sources::Sources;

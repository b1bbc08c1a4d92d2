//! How the source of a cell becomes a shared object.
//!
//! evcxr calls `cargo` for everything. Here is the `cargo` that it finds: a
//! stand-in (this very binary under another name, first on `PATH`) that
//!
//! * compiles a cell with one direct call of rustc, linked to the helper
//!   library that was built at installation ([`library`]),
//! * leaves cells with further dependencies (`:dep`) to the real cargo, and
//!   only adds the helper library,
//! * answers `cargo metadata`, so that rust-analyzer knows the helper crate,
//! * moves what evcxr would generate into every cell into the library
//!   (`rewrite`).
//!
//! May use `bridge` (to announce a compilation, so that it can be interrupted).
//! It must never run a cell.

mod build;
mod cargo;
mod compiler;
pub mod library;
mod metadata;
mod rewrite;
mod rust_src;
mod shadow;
mod slim;
mod sources;
pub mod toolbox;

pub use cargo::{Name, run};
pub use sources::Sources;

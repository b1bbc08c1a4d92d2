//! The directory of tools that evcxr and rust-analyzer find before all others.
//!
//! It holds `bin/cargo`, `bin/rustc` and `bin/rustup`, links to this executable, and
//! serves as `CARGO_HOME`, where rust-analyzer looks first. The real tools and
//! the user's own environment are remembered in `toolbox.json`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::cache::Location;
use crate::sandbox::Sandbox;

/// Names the toolbox's directory in our environment.
const VARIABLE: &str = "TWOAXES_TOOLBOX";

/// The crate that evcxr writes cells into.
const CRATE: &str = "crate";

/// Where rust-analyzer reads the standard library's source: a link, at first to
/// a directory without any, so that a session starts at once.
const RUST_SRC: &str = "rust-src";
const NO_SOURCES: &str = "no-sources";

/// The environment variables that the kernel changes for itself.
const CHANGED: [&str; 5] = [
    "PATH",
    "CARGO_HOME",
    "EVCXR_TMPDIR",
    "EVCXR_CONFIG_DIR",
    "RUST_SRC_PATH",
];

/// Whether the kernel would not work with another value of the variable `name`.
pub fn is_ours(name: &str) -> bool {
    // The loader's would be for the process that runs cells, too, which finds the library by one.
    CHANGED.contains(&name) || name.starts_with("TWOAXES_") || name.starts_with("LD_")
}

/// What the stand-in for cargo needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Toolbox {
    /// The real cargo.
    pub cargo: PathBuf,
    /// The real rustc.
    pub rustc: PathBuf,
    /// Where the helper library is installed.
    pub library: PathBuf,
    /// The bridge's directory.
    pub bridge: PathBuf,
    /// Where compiled cells are kept.
    pub cache: Location,
    /// What confines the compiler, if something shall.
    #[serde(default)]
    pub sandbox: Option<Sandbox>,
}

/// The environment as the user set it, as bytes: it need not be UTF-8.
#[derive(Debug, Serialize, Deserialize)]
struct Environment(Vec<(String, Option<Vec<u8>>)>);

/// Makes the toolbox in `directory` and points this process's environment to
/// it. Processes that it starts find `executable`, the kernel, instead of cargo.
///
/// # Safety
///
/// No other thread may run: the environment is not safe to change beside one.
pub unsafe fn enter(executable: &Path, directory: &Path) -> anyhow::Result<()> {
    let bin = directory.join("bin");
    fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
    for name in ["cargo", "rustc", "rustup"] {
        std::os::unix::fs::symlink(executable, bin.join(name))
            .with_context(|| format!("cannot make a link in {}", bin.display()))?;
    }
    // rust-analyzer does not accept a library without a `core`.
    fs::create_dir_all(directory.join(NO_SOURCES).join("core"))?;
    std::os::unix::fs::symlink(NO_SOURCES, directory.join(RUST_SRC))
        .with_context(|| format!("cannot make a link in {}", directory.display()))?;
    let old = Environment(
        CHANGED
            .map(|name| {
                let value = std::env::var_os(name).map(OsString::into_vec);
                (name.to_owned(), value)
            })
            .to_vec(),
    );
    fs::write(
        directory.join("environment.json"),
        serde_json::to_vec(&old)?,
    )?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)))?;
    // SAFETY: the caller's promise.
    unsafe {
        std::env::set_var("PATH", path);
        std::env::set_var("CARGO_HOME", directory);
        std::env::set_var("EVCXR_TMPDIR", directory.join(CRATE));
        std::env::set_var("EVCXR_CONFIG_DIR", directory);
        std::env::set_var("RUST_SRC_PATH", directory.join(RUST_SRC));
        std::env::set_var(VARIABLE, directory);
    }
    Ok(())
}

/// The toolbox that this process was started with, if any.
pub fn directory() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// The directory of the crate that evcxr writes cells into.
pub fn crate_directory() -> PathBuf {
    directory().unwrap_or_default().join(CRATE)
}

/// Where the student's `:opt` is remembered.
const OPT_LEVEL: &str = "opt-level";

/// The level that the student has chosen; `None` when a cell's content decides.
pub fn opt_level(directory: &Path) -> Option<String> {
    fs::read_to_string(directory.join(OPT_LEVEL)).ok()
}

/// Remembers the level that the student has chosen.
pub fn set_opt_level(directory: &Path, level: Option<&str>) -> anyhow::Result<()> {
    let path = directory.join(OPT_LEVEL);
    let done = match level {
        Some(level) => fs::write(&path, level),
        None => match fs::remove_file(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            done => done,
        },
    };
    done.with_context(|| format!("cannot change {}", path.display()))
}

/// Lets rust-analyzer, when it loads the project next, find the sources that
/// come with `library`, and the crates in it.
pub fn show_sources(library: &Path, directory: &Path) -> anyhow::Result<()> {
    let new = directory.join("rust-src.new");
    std::os::unix::fs::symlink(super::library::rust_src(library), &new)
        .and_then(|()| fs::rename(&new, directory.join(RUST_SRC)))
        .with_context(|| format!("cannot make a link in {}", directory.display()))
}

/// Whether [`show_sources`] was called.
pub(super) fn shows_sources(directory: &Path) -> bool {
    fs::read_link(directory.join(RUST_SRC)).is_ok_and(|to| to != Path::new(NO_SOURCES))
}

impl Toolbox {
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("toolbox.json");
        let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    pub fn write(&self, directory: &Path) -> anyhow::Result<()> {
        let path = directory.join("toolbox.json");
        fs::write(&path, serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Finds the real `tool` (cargo or rustc) as the user would: through rustup,
/// which would otherwise decide anew at every call, else on the user's `PATH`.
pub fn find(tool: &str, directory: &Path) -> anyhow::Result<PathBuf> {
    // Looked up here: our own PATH would find the stand-in.
    let path = old_value(directory, "PATH")?.unwrap_or_default();
    let on_path = |name: &str| {
        std::env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|candidate| candidate.is_file())
    };
    if let Some(program) = on_path("rustup") {
        let mut rustup = Command::new(program);
        rustup.args(["which", tool]);
        use_old_environment(&mut rustup, directory)?;
        let output = rustup.output().context("cannot run rustup")?;
        if output.status.success() {
            let found = String::from_utf8(output.stdout)?;
            return Ok(PathBuf::from(found.trim()));
        }
    }
    on_path(tool)
        .with_context(|| format!("there is no {tool} on PATH (install Rust from rustup.rs)"))
}

/// Gives `command` the user's own environment.
pub fn use_old_environment(command: &mut Command, directory: &Path) -> anyhow::Result<()> {
    for (name, value) in old_environment(directory)?.0 {
        match value {
            Some(value) => command.env(name, OsString::from_vec(value)),
            None => command.env_remove(name),
        };
    }
    command.env_remove(VARIABLE);
    Ok(())
}

/// Gives this process the user's own environment.
///
/// # Safety
///
/// No other thread may run.
pub unsafe fn restore_environment() -> anyhow::Result<()> {
    let Some(directory) = directory() else {
        return Ok(());
    };
    for (name, value) in old_environment(&directory)?.0 {
        // SAFETY: the caller's promise.
        unsafe {
            match value {
                Some(value) => std::env::set_var(name, OsString::from_vec(value)),
                None => std::env::remove_var(name),
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { std::env::remove_var(VARIABLE) };
    Ok(())
}

pub(super) fn old_value(directory: &Path, name: &str) -> anyhow::Result<Option<OsString>> {
    let environment = old_environment(directory)?;
    Ok(environment
        .0
        .into_iter()
        .find(|(known, _)| known == name)
        .and_then(|(_, value)| value)
        .map(OsString::from_vec))
}

fn old_environment(directory: &Path) -> anyhow::Result<Environment> {
    let path = directory.join("environment.json");
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice(&text)?)
}

/// A path as text for a message or a JSON string; paths of ours are UTF-8.
pub fn text(path: &Path) -> String {
    String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned()
}

//! The stand-in that answers when evcxr or rust-analyzer calls `cargo` or
//! `rustup`.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;

use super::answers::Answers;
use super::toolbox::Toolbox;
use super::{build, metadata, toolbox};

/// The tools that this executable can stand in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Cargo,
    Rustc,
    Rustup,
}

impl Name {
    /// Which tool was called, from how this process was called.
    pub fn of_process() -> Option<Self> {
        toolbox::directory()?;
        let called = std::env::args_os().next()?;
        match Path::new(&called).file_name()?.to_str()? {
            "cargo" => Some(Self::Cargo),
            "rustc" => Some(Self::Rustc),
            "rustup" => Some(Self::Rustup),
            _ => None,
        }
    }
}

/// Does what `name` was called for.
pub fn run(name: Name) -> anyhow::Result<ExitCode> {
    let directory = toolbox::directory().context("the toolbox is not set")?;
    let tools = Toolbox::read(&directory)?;
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match name {
        Name::Cargo => cargo(&tools, &directory, &arguments),
        Name::Rustc => rustc(&tools, &directory, &arguments),
        Name::Rustup => rustup(&tools, &directory, &arguments),
    }
}

fn cargo(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let subcommand = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .find(|argument| !argument.starts_with(['-', '+']) && *argument != "unstable-options");
    // rust-analyzer also asks about the standard library's workspace.
    let is_cell = manifest_path(arguments)?.starts_with(directory);
    match subcommand {
        Some(step @ ("build" | "check")) if is_cell => build::run(tools, directory, step),
        Some("metadata") if is_cell => metadata::run(tools, directory, arguments),
        // rust-analyzer asks for the workspace of a cell's crate: it is its own.
        Some("locate-project") if is_cell => locate_project(arguments),
        // ... and for the user's cargo configuration, which cells do not use.
        Some("config") if is_cell => Ok(ExitCode::FAILURE),
        Some("rustc") | None if is_cell => answer(&tools.cargo, tools, directory, arguments),
        _ => {
            let mut command = Command::new(&tools.cargo);
            command.args(arguments);
            toolbox::use_old_environment(&mut command, directory)?;
            Err(command.exec()).context("cannot run cargo")
        }
    }
}

/// rust-analyzer finds this rustc; evcxr and the real cargo do not.
fn rustc(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    answer(&tools.rustc, tools, directory, arguments)
}

/// Says what `program` would say: from memory, else by running it.
fn answer(
    program: &Path,
    tools: &Toolbox,
    directory: &Path,
    arguments: &[OsString],
) -> anyhow::Result<ExitCode> {
    let answers = Answers::read(&tools.library).unwrap_or_else(|error| {
        tracing::warn!("{error:#}");
        Answers::default()
    });
    if let Some(answer) = answers.get(arguments) {
        print!("{answer}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = Command::new(program);
    command.args(arguments);
    toolbox::use_old_environment(&mut command, directory)?;
    Err(command.exec()).with_context(|| format!("cannot run {}", program.display()))
}

fn rustup(tools: &Toolbox, directory: &Path, arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    match words.as_slice() {
        ["which", "cargo"] => {
            println!("{}", directory.join("bin/cargo").display());
            Ok(ExitCode::SUCCESS)
        }
        ["which", "rustc"] => {
            println!("{}", tools.rustc.display());
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            let mut command = Command::new("env");
            command.arg("rustup").args(arguments);
            toolbox::use_old_environment(&mut command, directory)?;
            Err(command.exec()).context("cannot run rustup")
        }
    }
}

fn locate_project(arguments: &[OsString]) -> anyhow::Result<ExitCode> {
    let manifest = manifest_path(arguments)?;
    println!("{}", serde_json::json!({"root": toolbox::text(&manifest)}));
    Ok(ExitCode::SUCCESS)
}

/// The value of `--manifest-path`, or the manifest of this directory.
pub(super) fn manifest_path(arguments: &[OsString]) -> anyhow::Result<PathBuf> {
    let given = arguments
        .iter()
        .skip_while(|argument| *argument != OsStr::new("--manifest-path"))
        .nth(1);
    match given {
        Some(path) => Ok(PathBuf::from(path)),
        None => Ok(std::env::current_dir()?.join("Cargo.toml")),
    }
}

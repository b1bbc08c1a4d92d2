//! Compiles a cell.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use toml::Table;

use super::dependencies::{self, Set};
use super::library::{BUILT_IN, Manifest};
use super::toolbox::{self, Toolbox};
use super::{Sources, rewrite};
use crate::bridge::{Client, Paths, Reply, Said};

/// `cargo build` or `cargo check` of the crate in this directory.
pub fn run(tools: &Toolbox, directory: &Path, step: &str) -> anyhow::Result<ExitCode> {
    let mut kernel = announce(tools)?;
    let crate_directory = std::env::current_dir()?;
    let cell = Cell::read(&crate_directory)?;
    let set = if cell.dependencies.is_empty() {
        None
    } else {
        let table = &cell.dependencies;
        Some(with_progress(&mut kernel, |progress| {
            dependencies::resolve(tools, directory, table, progress)
        })?)
    };
    cell.compile_directly(tools, directory, step, set.as_ref())
}

/// Tells the kernel that this process and those that it starts can be
/// interrupted while the connection is open.
pub(super) fn announce(tools: &Toolbox) -> anyhow::Result<Client> {
    // A process group, so that an interrupt ends rustc and the linker, too.
    rustix::process::setpgid(None, None)?;
    let mut kernel =
        Client::connect(&Paths::new(&tools.bridge).socket()).context("cannot reach the kernel")?;
    let compile = Said::Compile {
        pid: std::process::id(),
    };
    match kernel.say(&compile)? {
        Reply::Refused { reason } => bail!("not compiled: {reason}"),
        _ => Ok(kernel),
    }
}

/// Does `work`, whose progress the student reads until it is over.
pub(super) fn with_progress<T>(
    kernel: &mut Client,
    work: impl FnOnce(dependencies::Progress<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut said = false;
    let result = work(&mut |text| {
        said = true;
        let text = Some(text.to_owned());
        // Without a kernel this process is about to end anyway.
        let _ = kernel.say(&Said::Progress { text });
    });
    if said {
        kernel.say(&Said::Progress { text: None })?;
    }
    result
}

struct Cell {
    directory: PathBuf,
    opt_level: String,
    /// What the student added with `:dep`.
    dependencies: Table,
    /// What is compiled instead of evcxr's source; relative to `directory`.
    source: PathBuf,
}

impl Cell {
    fn read(directory: &Path) -> anyhow::Result<Self> {
        let manifest: Table = toml::from_str(&fs::read_to_string(directory.join("Cargo.toml"))?)?;
        let written = fs::read_to_string(directory.join("src/lib.rs"))?;
        Ok(Self {
            source: Sources::of(directory).add(&rewrite::rewrite(&written))?,
            directory: directory.to_owned(),
            opt_level: opt_level(&manifest),
            dependencies: added_dependencies(&manifest),
        })
    }

    /// One call of rustc; its messages are passed on in cargo's form.
    fn compile_directly(
        &self,
        tools: &Toolbox,
        directory: &Path,
        step: &str,
        set: Option<&Set>,
    ) -> anyhow::Result<ExitCode> {
        if let Some(set) = set {
            tracing::debug!("linking to the crates {}", set.identity());
        }
        let manifest = Manifest::read(&tools.library)?;
        let out = self.directory.join("target/cells");
        fs::create_dir_all(&out)?;
        let emit = if step == "check" { "metadata" } else { "link" };
        let mut command = Command::new(&tools.rustc);
        command
            .current_dir(&self.directory)
            .args(["--crate-name", "ctx", "--edition=2024"])
            .arg(&self.source)
            .args(["--crate-type", "cdylib", "--emit", emit])
            .args(["--error-format=json", "--json=artifacts"])
            .args(self.code_generation())
            .args(["-C", "prefer-dynamic", "-C", "strip=debuginfo"])
            .arg("--out-dir")
            .arg(&out)
            .args(manifest.rustc_arguments(&tools.library))
            .args(set.map(Set::rustc_arguments).unwrap_or_default())
            .env_remove("RUSTFLAGS")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        toolbox::use_old_environment(&mut command, directory)?;
        let mut rustc = command.spawn().context("cannot run rustc")?;
        if let Some(messages) = rustc.stderr.take() {
            forward(messages)?;
        }
        let status = rustc.wait()?;
        if status.success() && emit == "link" {
            println!("{}", artifact(&out.join("libctx.so")));
        }
        Ok(exit_code(status))
    }

    /// As evcxr has it, but not incremental: the sources have nothing in common
    /// that is worth the files.
    fn code_generation(&self) -> Vec<String> {
        let opt_level = format!("opt-level={}", self.opt_level);
        [
            opt_level.as_str(),
            "codegen-units=16",
            "debug-assertions=on",
            "overflow-checks=on",
        ]
        .iter()
        .flat_map(|option| ["-C".to_owned(), (*option).to_owned()])
        .collect()
    }
}

/// Passes rustc's messages on, each as cargo would wrap it.
fn forward(messages: impl std::io::Read) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for line in BufReader::new(messages).lines() {
        let line = line?;
        match serde_json::from_str::<Value>(&line) {
            Ok(message) if message["$message_type"] == "diagnostic" => {
                let wrapped = json!({
                    "reason": "compiler-message",
                    "target": {"name": "ctx"},
                    "message": message,
                });
                writeln!(stdout, "{wrapped}")?;
            }
            Ok(_) => {}
            // A crash of the compiler is told in plain text.
            Err(_) => eprintln!("{line}"),
        }
    }
    Ok(())
}

fn artifact(file: &Path) -> Value {
    json!({
        "reason": "compiler-artifact",
        "target": {"name": "ctx"},
        "filenames": [toolbox::text(file)],
    })
}

fn opt_level(manifest: &Table) -> String {
    let level = &manifest
        .get("profile")
        .and_then(|profile| profile.get("dev"))
        .and_then(|dev| dev.get("opt-level"));
    match level {
        Some(toml::Value::Integer(level)) => level.to_string(),
        Some(toml::Value::String(level)) => level.clone(),
        _ => "2".to_owned(),
    }
}

/// The manifest's dependencies without those that the library has built in.
pub(super) fn added_dependencies(manifest: &Table) -> Table {
    let mut dependencies = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    for name in BUILT_IN {
        dependencies.remove(name);
    }
    dependencies
}

fn exit_code(status: std::process::ExitStatus) -> ExitCode {
    if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

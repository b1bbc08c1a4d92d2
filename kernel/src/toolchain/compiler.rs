//! rustc and the linker for a cell.
//!
//! rustc's own way to a shared object starts cc, which starts collect2, which
//! starts the linker. A cell is one object file, and whatever it lacks is in
//! the two libraries that its process has loaded, so the linker that comes with
//! rustc is called directly. Where there is none, or where a cell names functions
//! of other libraries, rustc links.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use serde_json::Value;

use super::level::Plan;
use super::library::Manifest;
use super::tied;
use super::toolbox::{self, Toolbox};
use crate::bridge::Warning;
use crate::sandbox::CompilerPlaces;

/// How a cell's crate is called; evcxr looks for this name.
pub const CRATE: &str = "ctx";

/// Where rustc tells what it has read.
const DEPENDENCIES: &str = "cell.d";

/// What is compiled, and how.
pub struct Compiler<'a> {
    pub tools: &'a Toolbox,
    pub library: &'a Manifest,
    /// Where the user's own environment is remembered.
    pub toolbox: &'a Path,
    /// The crate's directory: sources are named relative to it, so that a
    /// panic's place does not depend on where the session's files are.
    pub directory: &'a Path,
    /// Arguments for crates beyond the helper library.
    pub crates: &'a [String],
}

/// How rustc ended.
pub struct Compiled {
    pub succeeded: bool,
    /// rustc itself said no; a process that is killed does not.
    pub refused: bool,
    /// rustc's diagnostics, as it wrote them.
    pub diagnostics: Vec<Value>,
    /// What of them is told of a cell that has compiled.
    pub warnings: Vec<Warning>,
    /// What it said otherwise: a crash of the compiler is told in plain text.
    pub rest: String,
    /// Whether the object depends on nothing but the source that it was made
    /// from: no other file and no environment variable.
    pub is_pure: bool,
}

impl Compiled {
    /// The errors, without "aborting due to 2 previous errors" and the like.
    pub fn errors(&self) -> impl Iterator<Item = &Value> {
        self.diagnostics.iter().filter(|message| {
            let text = message["message"].as_str().unwrap_or_default();
            message["level"] == "error" && !text.starts_with("aborting due to")
        })
    }

    /// Whether it failed because of what the source says, and for nothing else:
    /// rustc was not killed, and neither the linker nor the disk had a part in it.
    pub fn is_about_the_source(&self) -> bool {
        let in_source = |message: &Value| {
            let spans = message["spans"].as_array();
            spans.is_some_and(|spans| {
                spans.iter().any(|span| {
                    let file = span["file_name"].as_str().unwrap_or_default();
                    span["is_primary"] == true && file.starts_with("cells/")
                })
            })
        };
        self.refused
            && self.rest.is_empty()
            && self.errors().next().is_some()
            && self.errors().all(in_source)
    }

    /// What is there already.
    pub fn before() -> Self {
        Self {
            succeeded: true,
            refused: false,
            diagnostics: Vec::new(),
            warnings: Vec::new(),
            rest: String::new(),
            is_pure: true,
        }
    }
}

impl Compiler<'_> {
    /// Only checks `source`, relative to the crate's directory.
    pub fn check(&self, source: &Path, out: &Path) -> anyhow::Result<Compiled> {
        let dependencies = out.join(DEPENDENCIES);
        let mut command = self.rustc(source, out)?;
        command
            .arg("--emit=metadata")
            .arg(format!("--emit=dep-info={}", dependencies.display()));
        self.run(command, source, out)
    }

    /// Compiles `source` to the shared object `object`.
    pub fn build(&self, source: &Path, plan: &Plan, object: &Path) -> anyhow::Result<Compiled> {
        let out = object.parent().context("an object without a folder")?;
        let dependencies = out.join(DEPENDENCIES);
        let file = out.join("cell.o");
        let compile = |emit: String, units: usize| -> anyhow::Result<Compiled> {
            let mut command = self.rustc(source, out)?;
            command
                .arg(format!("--emit={emit}"))
                .arg(format!("--emit=dep-info={}", dependencies.display()))
                .args(["-C", &format!("opt-level={}", plan.level)])
                .args(["-C", &format!("codegen-units={units}")]);
            self.run(command, source, out)
        };
        let is_plain = !plan.parallel && !plan.links && self.crates.is_empty();
        if let Some(linker) = self.linker().filter(|_| is_plain) {
            let compiled = compile(format!("obj={}", file.display()), 1)?;
            if !compiled.succeeded || self.link(&linker, &file, object)? {
                return Ok(compiled);
            }
        }
        compile(format!("link={}", object.display()), units(plan.parallel))
    }

    /// What is the same for every cell. evcxr compiles with the same checks.
    fn rustc(&self, source: &Path, out: &Path) -> anyhow::Result<Command> {
        let mut command = match &self.tools.sandbox {
            None => Command::new(&self.tools.rustc),
            Some(sandbox) => sandbox.compiler(&self.places(source, out, &self.files_of_crates())),
        };
        command
            .current_dir(self.directory)
            .args(["--crate-name", CRATE, "--edition=2024"])
            .arg(source)
            .args(["--crate-type", "cdylib"])
            .arg("--error-format=json")
            .args(["-C", "debug-assertions=on", "-C", "overflow-checks=on"])
            .args(["-C", "prefer-dynamic", "-C", "strip=debuginfo"])
            .arg("--out-dir")
            .arg(out)
            .args(self.library.rustc_arguments(&self.tools.library))
            .args(self.crates)
            .env_remove("RUSTFLAGS")
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        toolbox::use_old_environment(&mut command, self.toolbox)?;
        Ok(command)
    }

    /// Runs rustc, confined if it shall be.
    fn run(&self, mut command: Command, source: &Path, out: &Path) -> anyhow::Result<Compiled> {
        let started = match &self.tools.sandbox {
            None => tied::tie(&mut command).spawn().map_err(Into::into),
            Some(sandbox) => {
                let crates = self.files_of_crates();
                sandbox.start(&self.places(source, out, &crates), &mut command)
            }
        };
        let rustc = started.context("cannot run rustc")?;
        finish(rustc, &out.join(DEPENDENCIES))
    }

    /// What a confined rustc sees.
    fn places<'a>(
        &'a self,
        source: &'a Path,
        out: &'a Path,
        crates: &'a [PathBuf],
    ) -> CompilerPlaces<'a> {
        CompilerPlaces {
            rustc: &self.tools.rustc,
            library: &self.tools.library,
            directory: self.directory,
            source,
            out,
            crates,
        }
    }

    /// The folders that the arguments for crates name.
    fn files_of_crates(&self) -> Vec<PathBuf> {
        let files = self.crates.iter().filter_map(|argument| {
            let (_, path) = argument.rsplit_once('=')?;
            let path = Path::new(path).is_absolute().then_some(path)?;
            Some(PathBuf::from(path))
        });
        files.filter(|path| path.exists()).collect()
    }

    /// Links `file`, or says that it cannot be done this way.
    fn link(&self, linker: &Path, file: &Path, object: &Path) -> anyhow::Result<bool> {
        let mut command = Command::new(linker);
        command
            .args(["-flavor", "gnu", "-shared", "--threads=1"])
            .args(["--gc-sections", "--eh-frame-hdr", "-z", "now"])
            .arg("--strip-debug")
            // Objects stay loaded, and a process may have some 65,000 mapped regions: two for
            // each cell instead of four.
            .args(["--no-rosegment", "-z", "norelro"])
            .arg(file)
            .arg(self.library.library_path(&self.tools.library)?)
            .arg(&self.library.std_path)
            .args(self.intrinsics())
            .arg("-o")
            .arg(object)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let linked = command
            .output()
            .with_context(|| format!("cannot run {}", linker.display()))?;
        if !linked.status.success() {
            let words = String::from_utf8_lossy(&linked.stderr);
            tracing::debug!("rustc links this cell, because the linker said: {words}");
        }
        Ok(linked.status.success())
    }

    /// What compiled code may call without naming it, such as a division of
    /// 128 bits.
    fn intrinsics(&self) -> Option<PathBuf> {
        let folder = self.library.std_path.parent()?;
        let files = std::fs::read_dir(folder).ok()?;
        files
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("libcompiler_builtins-") && name.ends_with(".rlib")
            })
    }

    /// The linker that comes with rustc, if it does.
    fn linker(&self) -> Option<PathBuf> {
        let linker = self
            .library
            .std_path
            .parent()?
            .parent()?
            .join("bin/rust-lld");
        linker.is_file().then_some(linker)
    }
}

/// Into how many parts rustc cuts a cell. Parts are compiled side by side, which
/// pays when much generic code is optimised.
fn units(parallel: bool) -> usize {
    if !parallel {
        return 1;
    }
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 16))
}

fn finish(mut rustc: Child, dependencies: &Path) -> anyhow::Result<Compiled> {
    let mut diagnostics = Vec::new();
    let mut rest = String::new();
    if let Some(messages) = rustc.stderr.take() {
        read(messages, &mut diagnostics, &mut rest)?;
    }
    let status = rustc.wait()?;
    if status.code().is_none() && diagnostics.iter().all(|told| told["level"] != "error") {
        // Warnings alone would pass for the reason.
        diagnostics.clear();
        rest.push_str(&killed(&status.to_string()));
    }
    Ok(Compiled {
        succeeded: status.success(),
        refused: status.code() == Some(1),
        diagnostics,
        warnings: Vec::new(),
        rest,
        is_pure: is_pure(dependencies),
    })
}

/// What is said of a rustc that did not live to say anything.
fn killed(status: &str) -> String {
    format!(
        "error: rustc was ended by {status} before it had compiled the cell\n\
         run the cell again; the system ends programs when memory is short\n"
    )
}

fn read(
    messages: impl Read,
    diagnostics: &mut Vec<Value>,
    rest: &mut String,
) -> anyhow::Result<()> {
    for line in BufReader::new(messages).lines() {
        let line = line?;
        match serde_json::from_str::<Value>(&line) {
            Ok(message) if message["$message_type"] == "diagnostic" => diagnostics.push(message),
            Ok(_) => {}
            Err(_) => {
                rest.push_str(&line);
                rest.push('\n');
            }
        }
    }
    Ok(())
}

/// Whether rustc read one source file and no environment variable.
fn is_pure(dependencies: &Path) -> bool {
    std::fs::read_to_string(dependencies).is_ok_and(|text| names_one_source(&text))
}

fn names_one_source(dependencies: &str) -> bool {
    // A rule for each output, a rule without inputs for each source, and a
    // comment for each environment variable.
    let environment = dependencies.contains("# env-dep:");
    let sources = dependencies
        .lines()
        .filter(|line| line.ends_with(':') && !line.starts_with('#'))
        .count();
    sources == 1 && !environment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_reads_anything_else_is_not_pure() {
        let rows = [
            ("cell.o: cells/1/lib.rs\n\ncells/1/lib.rs:\n", true),
            ("cell.o: lib.rs data.txt\n\nlib.rs:\ndata.txt:\n", false),
            ("cell.o: lib.rs\n\nlib.rs:\n\n# env-dep:HOME=/root\n", false),
            ("", false),
        ];
        for (text, expected) in rows {
            assert_eq!(names_one_source(text), expected, "{text}");
        }
    }
}

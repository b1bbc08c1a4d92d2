//! The helper library for the compiler and the sources as they are now.
//!
//! That is the installed one, as a rule. After an upgrade of the compiler or a
//! change of the helper crate it is one in the user's cache, built there the
//! first time. A process of its own builds, in the user's own environment and
//! with the compiler that cells will get, so that an interrupt can end it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::libraries::{self, Libraries, Wanted};
use super::library::{self, Manifest};
use super::source;
use super::toolbox::{self, Toolbox};

/// A build that takes longer is given up. It takes half a minute as a rule.
pub const LIMIT: Duration = Duration::from_secs(600);

/// The last lines of a failed build that are worth a look.
const REPORT_LINES: usize = 40;

/// Who waits for the library.
pub trait Watch {
    /// What is waited for; `None` when the wait is over.
    fn progress(&self, text: Option<String>);
    /// The process group `pid` builds. `Err` says why it must not.
    fn begin(&self, pid: u32) -> Result<(), String>;
    /// Nothing builds any more.
    fn end(&self);
}

/// Finds or builds a library.
pub struct Search<'a> {
    /// The real tools, and the installed library.
    pub tools: &'a Toolbox,
    /// The toolbox's directory, which knows the user's environment.
    pub directory: &'a Path,
    /// The kernel's executable, which builds.
    pub executable: &'a Path,
    /// Where the user's libraries are; `Err` when nowhere.
    pub libraries: anyhow::Result<Libraries>,
    pub limit: Duration,
}

/// The library for `tools.rustc`, for an engine that starts.
pub fn fitting(
    tools: &Toolbox,
    directory: &Path,
    executable: &Path,
    watch: &impl Watch,
) -> anyhow::Result<PathBuf> {
    let search = Search {
        tools,
        directory,
        executable,
        libraries: Libraries::of_user(),
        limit: LIMIT,
    };
    search.run(watch)
}

impl Search<'_> {
    pub fn run(self, watch: &impl Watch) -> anyhow::Result<PathBuf> {
        let installed = &self.tools.library;
        let manifest = Manifest::read(installed)?;
        let rustc = library::rustc_version(&self.tools.rustc)?;
        let begin = Instant::now();
        let workspace = libraries::check_workspace(&manifest.workspace, installed)
            .and_then(|()| Ok(source::digest(&manifest.workspace)?));
        tracing::debug!("the helper crate's sources read in {:?}", begin.elapsed());
        let wanted = Wanted {
            rustc,
            // Without the sources only the compiler can have changed.
            source: match &workspace {
                Ok(digest) => digest.clone(),
                Err(_) => manifest.source.clone(),
            },
            features: manifest.features.clone(),
        };
        if wanted.fits(&manifest) {
            return Ok(installed.clone());
        }
        let name = compiler_name(&wanted.rustc);
        let built = match (self.libraries.as_ref(), workspace) {
            (Ok(libraries), workspace) => match (libraries.find(&wanted), workspace) {
                (Some(found), _) => return Ok(found),
                (None, Ok(_)) => self.build(libraries, &manifest.workspace, &wanted, watch),
                (None, Err(error)) => Err(error.context(format!(
                    "its sources at {} cannot be read",
                    manifest.workspace.display()
                ))),
            },
            (Err(error), _) => Err(anyhow::anyhow!("{error:#}")),
        };
        match built {
            // The compiler fits: cells work as they did before the change.
            Err(error) if manifest.rustc == wanted.rustc => {
                tracing::warn!(
                    "the helper crate has changed, and the library from before is used: {error:#}"
                );
                Ok(installed.clone())
            }
            Err(error) => Err(error.context(format!(
                "the helper library is for {} and could not be built for {name} \
                 (restart the kernel to try again, or run ./install.sh)",
                compiler_name(&manifest.rustc)
            ))),
            built => built,
        }
    }

    fn build(
        &self,
        libraries: &Libraries,
        workspace: &Path,
        wanted: &Wanted,
        watch: &impl Watch,
    ) -> anyhow::Result<PathBuf> {
        libraries.create()?;
        let mut child = self.start(libraries, workspace, wanted)?;
        // Its end tells the builder that this process has died.
        let _alive = child.stdin.take();
        let lines = child.stderr.take().map(read_lines).transpose()?;
        if let Err(reason) = watch.begin(child.id()) {
            end(&mut child);
            bail!("{reason}");
        }
        let what = format!(
            "building the helper library for {}, once",
            compiler_name(&wanted.rustc)
        );
        watch.progress(Some(what.clone()));
        let ended = self.follow(&lines, &what, watch);
        watch.end();
        watch.progress(None);
        if ended.is_err() {
            end(&mut child);
        }
        let report = ended?;
        // The streams of the builder have closed: it has ended, or is about to.
        let status = child.wait().context("cannot wait for the builder")?;
        if status.signal().is_some() {
            bail!("the build was interrupted");
        }
        if !status.success() {
            tracing::error!("building the helper library:\n{}", report.join("\n"));
            let reason = report.iter().find(|line| line.starts_with("error"));
            bail!(
                "{}",
                reason.map_or("the builder gave no reason", |line| line)
            );
        }
        libraries
            .find(wanted)
            .context("the library that was built does not fit (did its sources change meanwhile?)")
    }

    fn start(
        &self,
        libraries: &Libraries,
        workspace: &Path,
        wanted: &Wanted,
    ) -> anyhow::Result<Child> {
        let mut command = Command::new(self.executable);
        toolbox::use_old_environment(&mut command, self.directory)?;
        let target = libraries.target(wanted);
        command
            .arg("rebuild-library")
            .arg("--workspace")
            .arg(workspace)
            .arg("--place")
            .arg(libraries.place(wanted))
            .args(wanted.features.iter().flat_map(|name| ["--features", name]))
            .env("PATH", self.path()?)
            .env("RUSTC", &self.tools.rustc)
            // The checkout may belong to somebody else.
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_BUILD_BUILD_DIR", &target)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().context("cannot start the builder")
    }

    /// The user's PATH, with the tools that were found in front: rustup would
    /// choose by the directory, and the workspace is another one than ours.
    fn path(&self) -> anyhow::Result<std::ffi::OsString> {
        let tools = [&self.tools.rustc, &self.tools.cargo];
        let first = tools.iter().filter_map(|tool| tool.parent());
        let users = toolbox::old_value(self.directory, "PATH")?.unwrap_or_default();
        let all = first
            .map(Path::to_owned)
            .chain(std::env::split_paths(&users));
        Ok(std::env::join_paths(all)?)
    }

    /// Tells what the builder does until it ends; returns its last lines.
    fn follow(
        &self,
        lines: &Option<Receiver<String>>,
        what: &str,
        watch: &impl Watch,
    ) -> anyhow::Result<Vec<String>> {
        let deadline = Instant::now() + self.limit;
        let mut report = Vec::new();
        let mut crates = 0;
        let Some(lines) = lines else {
            return Ok(report);
        };
        loop {
            let line = match lines.recv_deadline(deadline) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return Ok(report),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("the build took longer than {:?} and was ended", self.limit)
                }
            };
            let words = line.trim();
            if let Some(name) = words.strip_prefix("Compiling ") {
                crates += 1;
                let name = name.split(" (").next().unwrap_or(name);
                watch.progress(Some(format!("{what}: {name}, crate {crates}")));
            } else if words.starts_with(WAITING) {
                watch.progress(Some(words.to_owned()));
            }
            if report.len() == REPORT_LINES {
                report.remove(0);
            }
            report.push(line);
        }
    }
}

/// What the builder says when another one is at work.
const WAITING: &str = "waiting for another kernel";

/// `twoaxes-kernel rebuild-library`: builds the library of `workspace` with
/// `features` in `place`. It ends when its standard input does.
pub fn run(workspace: &Path, features: &[String], place: &Path) -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("parent".to_owned())
        .spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            // The kernel has died: cargo and the compilers go with this process.
            let group = rustix::process::getpgrp();
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        })
        .context("cannot start the thread that watches the kernel")?;
    let directory = place.parent().context("a library needs a folder")?;
    Libraries::at(directory.to_owned()).build(workspace, features, place, || {
        eprintln!("{WAITING}, which builds the helper library");
    })
}

fn read_lines(stderr: ChildStderr) -> anyhow::Result<Receiver<String>> {
    let (sender, lines) = bounded(64);
    std::thread::Builder::new()
        .name("builder".to_owned())
        .spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                tracing::info!("builder: {line}");
                if sender.send(line).is_err() {
                    return;
                }
            }
        })
        .context("cannot start the thread that reads the build")?;
    Ok(lines)
}

/// Ends the builder with all that it started.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok();
    if let Some(group) = group.and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait();
}

/// `rustc 1.95.0` of what `rustc -vV` says.
fn compiler_name(version: &str) -> String {
    let line = version.lines().next().unwrap_or_default();
    line.split(" (").next().unwrap_or_default().to_owned()
}

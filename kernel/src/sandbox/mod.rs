//! Where code runs that nobody has read: what a grader runs.
//!
//! Two programs are confined, the process that runs cells and rustc. Which
//! files they see, and that they see no network and no other process, is
//! bubblewrap's work, or Landlock's where namespaces are not to be had. On top of
//! either, the process that runs cells gives up most system calls and gets limits
//! before the first cell comes ([`Inside::confine`]).
//!
//! May use nothing inside the kernel. It must never decide what a cell is worth.

mod bubblewrap;
mod filter;
mod inside;
mod landlocked;
mod limits;

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

pub use inside::{Inside, VARIABLE};
pub use limits::Limits;

/// What a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Wish {
    /// The best there is, and an error if there is none.
    Auto,
    Bubblewrap,
    Landlock,
    /// Limits, and nothing else: code can read and send what this user can.
    None,
}

/// A way to confine, found to work on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    pub kind: Kind,
    pub limits: Limits,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// bubblewrap, at this path.
    Bubblewrap(PathBuf),
    Landlock,
    Bare,
}

/// What the process that runs cells needs to see.
#[derive(Debug)]
pub struct RuntimePlaces<'a> {
    /// Our own executable.
    pub executable: &'a Path,
    /// The helper library's directory and that of the standard library.
    pub library: &'a Path,
    pub std: &'a Path,
    /// The directory of the bridge.
    pub bridge: &'a Path,
}

/// What rustc needs to see.
#[derive(Debug)]
pub struct CompilerPlaces<'a> {
    pub rustc: &'a Path,
    pub library: &'a Path,
    /// The working directory, and in it:
    pub directory: &'a Path,
    /// the one source, relative to it or not,
    pub source: &'a Path,
    /// and where the object goes.
    pub out: &'a Path,
    /// Files of crates beyond the helper library.
    pub crates: &'a [PathBuf],
}

impl Sandbox {
    /// Finds what `wish` asks for, or says what is missing.
    pub fn find(wish: Wish, limits: Limits) -> anyhow::Result<Self> {
        let kind = match wish {
            Wish::None => Kind::Bare,
            Wish::Bubblewrap => Kind::Bubblewrap(bubblewrap::find()?),
            Wish::Landlock => {
                landlocked::probe()?;
                Kind::Landlock
            }
            Wish::Auto => match bubblewrap::find() {
                Ok(program) => Kind::Bubblewrap(program),
                Err(first) => match landlocked::probe() {
                    Ok(()) => Kind::Landlock,
                    Err(second) => bail!(
                        "code cannot be confined here, so it is not run: {first:#}; {second:#}"
                    ),
                },
            },
        };
        Ok(Self { kind, limits })
    }

    /// The sandbox's name, for people.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Bubblewrap(_) => "bubblewrap",
            Kind::Landlock => "landlock",
            Kind::Bare => "none",
        }
    }

    /// The command that starts the process that runs cells, with `variables` in
    /// its environment.
    pub fn runtime(&self, places: &RuntimePlaces<'_>, variables: &[(&str, &Path)]) -> Command {
        let mut command = match &self.kind {
            Kind::Bubblewrap(program) => bubblewrap::runtime(program, places, variables),
            Kind::Landlock | Kind::Bare => {
                let mut command = Command::new(places.executable);
                command.envs(variables.iter().copied());
                command
            }
        };
        command.arg("runtime");
        command
    }

    /// The command that starts rustc; its arguments are to be added, and it is to
    /// be started by [`Self::start`].
    pub fn compiler(&self, places: &CompilerPlaces<'_>) -> Command {
        match &self.kind {
            Kind::Bubblewrap(program) => bubblewrap::compiler(program, places),
            Kind::Landlock => {
                let mut command = Command::new(places.rustc);
                command.env("TMPDIR", places.out);
                command
            }
            Kind::Bare => Command::new(places.rustc),
        }
    }

    /// Starts rustc.
    pub fn start(
        &self,
        places: &CompilerPlaces<'_>,
        command: &mut Command,
    ) -> anyhow::Result<Child> {
        // What is started from here inherits them.
        self.limits.of_compiler().apply()?;
        if self.kind != Kind::Landlock {
            return Ok(command.spawn()?);
        }
        // Landlock holds for a thread, and for what that starts.
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                landlocked::compiler(places)?;
                Ok(command.spawn()?)
            });
            thread
                .join()
                .unwrap_or_else(|_| bail!("the thread that starts rustc has panicked"))
        })
    }
}

/// The directory of the toolchain that `rustc` belongs to.
fn sysroot(rustc: &Path) -> &Path {
    rustc.parent().and_then(Path::parent).unwrap_or(rustc)
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .with_context(|| format!("the path {} is not UTF-8", path.display()))
}

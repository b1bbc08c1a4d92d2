//! The process that runs cells.
//!
//! evcxr starts it (`twoaxes-kernel runtime`), writes `LOAD_AND_RUN <shared
//! object> <function>` to its standard input and reads its standard output until
//! `EVCXR_EXECUTION_COMPLETE`. Both are put aside at the start: a cell's own
//! standard streams are the bridge's pipes, so nothing that a cell prints can
//! reach evcxr.
//!
//! While a cell runs, a copy of the process keeps the state from before it
//! (`checkpoint`). When the cell panics or the process dies, the copy goes on.
//!
//! May use `bridge` (to speak), `toolchain` (where the library is) and `sandbox`
//! (when it is in one). It must never see `protocol` or `session`.

mod checkpoint;
mod library;
mod loader;
mod process;
mod stopwatch;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, bail};
use rustix::process::Pid;

use self::checkpoint::{Beginning, Checkpoint, Taken};
use self::library::{CellLibrary, Loaded};
use self::loader::Loader;
use self::process::ControlPipes;
use self::stopwatch::Stopwatch;
use crate::bridge::{Client, Left, Paths, Reply, Said};
use crate::sandbox::Inside;

/// Names the directory of the bridge; set by the engine.
pub const BRIDGE_VARIABLE: &str = "TWOAXES_BRIDGE";
/// Names the directory of the helper library; set by the engine.
pub const LIBRARY_VARIABLE: &str = "TWOAXES_RUNTIME_LIBRARY";

// Private to evcxr 0.22; `engine` has a test that fails when they change.
const LOAD_AND_RUN: &str = "LOAD_AND_RUN ";
const EXECUTION_COMPLETE: &str = "EVCXR_EXECUTION_COMPLETE";
const PANIC_NOTIFICATION: &str = "EVCXR_PANIC_NOTIFICATION";
const USER_ERROR: &str = "EVCXR_ERROR_OCCURRED";
const VARIABLE_LOST: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
/// No text at all. evcxr gives the cell up and takes nothing of it over: its
/// variables, items and imports are those from before.
const UNDONE: &[u8] = b"\xff\n";

/// Gives the library a channel to the kernel, and us one of our own.
fn reach(paths: &Paths, library: &CellLibrary) -> anyhow::Result<Client> {
    let socket = paths.socket();
    library.attach(UnixStream::connect(&socket).context("cannot reach the kernel")?);
    Client::connect(&socket).context("cannot reach the kernel")
}

/// Runs cells until standard input ends.
pub fn run() -> anyhow::Result<()> {
    let paths = Paths::new(process::take_variable(BRIDGE_VARIABLE)?);
    let library = process::take_variable(LIBRARY_VARIABLE)?;
    let inside = Inside::find()?;
    let control = process::set_up(&paths, inside.is_some())
        .context("cannot set up the process that runs cells")?;
    let mut runtime = Runtime::start(paths, Path::new(&library), control)?;
    let commands = runtime.control.take_commands()?;
    if let Some(inside) = &inside {
        runtime.enter(inside)?;
    }
    for line in BufReader::new(commands).lines() {
        runtime.obey(&line?)?;
    }
    Ok(())
}

struct Runtime {
    paths: Paths,
    library: CellLibrary,
    kernel: Client,
    /// Loads cells where they must not see their own objects.
    loader: Option<Loader>,
    control: ControlPipes,
    /// Whether cells are undone when they fail: not in a sandbox, which ends with
    /// its first process, and whose cells have a process each.
    undoes: bool,
    beginning: Beginning,
    /// The variable store, owned by generated code; null before the first cell.
    variables: *mut std::ffi::c_void,
}

impl Runtime {
    fn start(paths: Paths, library: &Path, control: ControlPipes) -> anyhow::Result<Self> {
        let library = CellLibrary::open(library)?;
        let kernel = reach(&paths, &library)?;
        Ok(Self {
            paths,
            library,
            kernel,
            loader: None,
            control,
            undoes: true,
            beginning: Beginning::now(),
            variables: std::ptr::null_mut(),
        })
    }

    /// Does without what no cell needs, as the sandbox has it.
    fn enter(&mut self, inside: &Inside) -> anyhow::Result<()> {
        self.undoes = false;
        if inside.hides_cells() {
            self.loader = Some(Loader::start(inside)?);
        }
        inside.confine()
    }

    fn load(&self, object: &Path) -> anyhow::Result<Loaded> {
        match &self.loader {
            Some(loader) => loader.load(object),
            None => Loaded::open(object),
        }
    }

    fn obey(&mut self, line: &str) -> anyhow::Result<()> {
        // The function has the same name in all cells.
        let Some((object, _)) = line
            .strip_prefix(LOAD_AND_RUN)
            .and_then(|arguments| arguments.rsplit_once(' '))
        else {
            bail!("evcxr sent `{line}`, which this version of the kernel does not know");
        };
        let cell = match self.load(Path::new(object)) {
            Ok(cell) => cell,
            Err(error) => return self.refuse(&error),
        };
        let left = match self.undoes {
            true => self.beginning.left(),
            false => Left::default(),
        };
        // Before the kernel hears that the cell begins: from then on it may end
        // this process.
        let checkpoint = match self.undoes && left.is_nothing() {
            true => match self.checkpoint() {
                Ok(Taken::Here(checkpoint)) => Some(checkpoint),
                Ok(Taken::Instead { lost }) => return self.take_over(lost),
                Err(error) => {
                    tracing::warn!("if this cell fails, it is not undone: {error:#}");
                    None
                }
            },
            false => None,
        };
        let (name, secret) = match self.kernel.say(&Said::Begin { left })? {
            Reply::Refused { reason } => {
                tracing::debug!("the cell does not run: {reason}");
                if let Some(checkpoint) = checkpoint {
                    checkpoint.dismiss();
                }
                return self.undo();
            }
            Reply::Run { cell, secret } => (cell, secret),
            Reply::Ack | Reply::Line { .. } => (None, None),
        };
        self.library.begin(name.as_deref(), secret.as_deref());
        let stopwatch = Stopwatch::start();
        self.variables = cell.run(self.variables);
        let spent = stopwatch.spent();
        let reports = self.library.end();
        self.kernel.say(&Said::End { spent })?;
        let is_failure = |report: &String| [PANIC_NOTIFICATION, USER_ERROR].contains(&&**report);
        match checkpoint {
            Some(checkpoint) if reports.iter().any(is_failure) => checkpoint.restore(),
            // Before evcxr knows of it: there must not be two words on one cell.
            Some(checkpoint) => checkpoint.dismiss(),
            None => {}
        }
        self.report(&reports)
    }

    fn checkpoint(&self) -> anyhow::Result<Taken> {
        // What a thread has printed meanwhile would be printed by both.
        self.library.flush();
        Checkpoint::take()
    }

    /// Goes on in the place of the process `lost`, which has run the cell.
    fn take_over(&mut self, lost: Pid) -> anyhow::Result<()> {
        // The connections so far are those of that process, which may have ended
        // in the middle of a word.
        self.kernel = reach(&self.paths, &self.library)?;
        self.beginning = Beginning::now();
        if let Reply::Refused { reason } = self.kernel.say(&Said::TakeOver)? {
            bail!("the kernel does without the cell's state: {reason}");
        }
        process::follow_kernel(lost)?;
        self.undo()
    }

    /// Fails the cell whose object cannot be loaded: a function that it declares
    /// is nowhere to be found. Variables are as they were.
    fn refuse(&mut self, error: &anyhow::Error) -> anyhow::Result<()> {
        let failure = Said::Error {
            name: "LinkError".to_owned(),
            message: format!("{error:#}"),
        };
        self.kernel.say(&failure)?;
        self.undo()
    }

    /// Makes evcxr forget the cell.
    fn undo(&mut self) -> anyhow::Result<()> {
        Ok(self.control.answers.write_all(UNDONE)?)
    }

    /// Tells evcxr how the cell ended.
    fn report(&mut self, reports: &[String]) -> anyhow::Result<()> {
        let mut text = String::new();
        for report in reports {
            text.push_str(report);
            text.push('\n');
        }
        text.push_str(EXECUTION_COMPLETE);
        text.push('\n');
        self.control.answers.write_all(text.as_bytes())?;
        Ok(())
    }
}

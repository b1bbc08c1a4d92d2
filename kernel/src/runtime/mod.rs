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
//! What a thread prints belongs to the cell that has started it, also when another one
//! runs (`attribution`).
//!
//! May use `bridge` (to speak), `toolchain` (where the library is) and `sandbox`
//! (when it is in one). It must never see `protocol` or `session`.

mod attribution;
mod checkpoint;
mod children;
mod library;
mod loader;
mod objects;
mod process;
mod reserve;
mod standard;
mod stopwatch;
mod ways;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags};
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::process::Pid;

use self::attribution::Streams;
use self::checkpoint::{Beginning, Checkpoint, Taken};
use self::library::{CellLibrary, Loaded};
use self::loader::Loader;
use self::objects::Objects;
use self::process::ControlPipes;
use self::reserve::Reserve;
use self::stopwatch::Stopwatch;
use self::ways::Ways;
use crate::bridge::{Client, FrameError, Left, Paths, Reply, Said};
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

/// Runs cells until standard input ends.
pub fn run() -> anyhow::Result<()> {
    let paths = Paths::new(process::take_variable(BRIDGE_VARIABLE)?);
    let library = process::take_variable(LIBRARY_VARIABLE)?;
    let inside = Inside::find()?;
    let control = process::set_up(&paths, inside.is_some())
        .context("cannot set up the process that runs cells")?;
    if inside.is_none() {
        Streams::lead_to(process::open_earlier(&paths)?)?;
    }
    let mut runtime = Runtime::start(paths, Path::new(&library), control, inside.is_none())?;
    let mut commands = BufReader::new(runtime.control.take_commands()?);
    if let Some(inside) = &inside {
        runtime.enter(inside)?;
    }
    loop {
        let has_read = !commands.buffer().is_empty();
        if !has_read && runtime.waits_for(commands.get_ref())? == Next::Comm {
            runtime.hear_comm()?;
            continue;
        }
        let mut line = String::new();
        if commands.read_line(&mut line)? == 0 {
            return Ok(());
        }
        runtime.obey(line.trim_end_matches('\n'))?;
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Command,
    Comm,
}

/// How a run went, when it is over.
enum Ran {
    /// The lines that tell evcxr about it.
    Whole(Vec<String>),
    /// It was not to run.
    Refused,
    /// This is the copy from before it.
    Undone,
}

/// What there is of the state before a cell.
enum Before {
    Kept(Checkpoint),
    /// None of it, because of what is left or for the reason that it gives.
    NotKept(Left),
    /// The cell has run and failed, and this is the state from before it.
    BackThere,
}

struct Runtime {
    paths: Paths,
    library: CellLibrary,
    ways: Ways,
    /// Loads cells where they must not see their own objects.
    loader: Option<Loader>,
    objects: Objects,
    control: ControlPipes,
    /// Whether this is a session, whose cells are undone when they fail and whose threads are
    /// told apart by cells. In a sandbox each attempt has a process of its own, which ends
    /// with its first process.
    is_session: bool,
    beginning: Beginning,
    reserve: Reserve,
    /// The variable store, owned by generated code; null before the first cell.
    variables: *mut std::ffi::c_void,
}

impl Runtime {
    fn start(
        paths: Paths,
        library: &Path,
        control: ControlPipes,
        is_session: bool,
    ) -> anyhow::Result<Self> {
        let library = CellLibrary::open(library)?;
        library.attribute();
        if is_session {
            library.prepare();
        }
        let ways = Ways::open(&paths, &library, is_session)?;
        children::watch()?;
        ways.keep_from_children(&control.answers);
        Ok(Self {
            paths,
            library,
            ways,
            loader: None,
            objects: Objects::default(),
            control,
            is_session,
            beginning: Beginning::now(),
            reserve: Reserve::default(),
            variables: std::ptr::null_mut(),
        })
    }

    /// Does without what no cell needs, as the sandbox has it.
    fn enter(&mut self, inside: &Inside) -> anyhow::Result<()> {
        if inside.hides_cells() {
            self.loader = Some(Loader::start(inside)?);
        }
        inside.confine()
    }

    fn load(&mut self, object: &Path) -> anyhow::Result<Loaded> {
        if let Some(loader) = &self.loader {
            return loader.load(object);
        }
        let loaded = Loaded::open(object)?;
        self.objects.add(object);
        Ok(loaded)
    }

    fn obey(&mut self, line: &str) -> anyhow::Result<()> {
        // The function has the same name in all cells.
        let Some((object, _)) = line
            .strip_prefix(LOAD_AND_RUN)
            .and_then(|arguments| arguments.rsplit_once(' '))
        else {
            bail!("evcxr sent `{line}`, which this version of the kernel does not know");
        };
        self.reserve.release();
        let cell = match self.load(Path::new(object)) {
            Ok(cell) => cell,
            Err(error) => return self.refuse(&error),
        };
        let ran = self.transact(|this| this.variables = cell.run(this.variables))?;
        match ran {
            Ran::Whole(reports) => self.report(&reports),
            Ran::Refused | Ran::Undone => self.undo(),
        }
    }

    /// Waits for a line of evcxr's, or for something on a comm.
    fn waits_for(&mut self, commands: &impl AsFd) -> anyhow::Result<Next> {
        let Some(ear) = &self.ways.ear else {
            return Ok(Next::Command);
        };
        let mut polled = [
            PollFd::from_borrowed_fd(commands.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(ear.as_fd(), PollFlags::IN),
        ];
        loop {
            match rustix::event::poll(&mut polled, None) {
                // evcxr may have ended meanwhile, and waits for nothing.
                Ok(_) if !polled[0].revents().is_empty() => return Ok(Next::Command),
                Ok(_) => return Ok(Next::Comm),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error).context("cannot wait for cells"),
            }
        }
    }

    /// Lets handlers hear what has come on a comm.
    fn hear_comm(&mut self) -> anyhow::Result<()> {
        let Some(ear) = &mut self.ways.ear else {
            return Ok(());
        };
        match ear.hear() {
            Ok(Reply::Comm { event }) => {
                // What the front end has set stays, also when a handler fails over it.
                let wants_to_run = self.library.receive(&serde_json::to_string(&event)?);
                if wants_to_run && let Ran::Undone = self.transact(|this| this.library.handle())? {
                    return Ok(());
                }
                self.attend()
            }
            Ok(_) => self.attend(),
            Err(FrameError::Unknown(error)) => {
                tracing::warn!("something on a comm cannot be read: {error}");
                self.attend()
            }
            // Without the kernel there is nothing to hear; evcxr's end of the pipe says
            // when it is over.
            Err(error) => {
                tracing::warn!("the connection for comms has ended: {error}");
                self.ways.ear = Client::connect(&self.paths.socket()).ok();
                if let Some(ear) = &self.ways.ear {
                    self.beginning.allow(ear);
                }
                self.ways.keep_from_children(&self.control.answers);
                self.attend()
            }
        }
    }

    fn attend(&mut self) -> anyhow::Result<()> {
        if let Some(ear) = &mut self.ways.ear {
            ear.tell(&Said::Attend)?;
        }
        Ok(())
    }

    /// Runs a cell's code or a comm's handlers; where they fail they are undone, if that
    /// is possible.
    fn transact(&mut self, run: impl FnOnce(&mut Self)) -> anyhow::Result<Ran> {
        self.reserve.release();
        // Before the kernel hears that the cell begins: from then on it may end
        // this process.
        let (checkpoint, left) = match self.keep()? {
            Before::Kept(checkpoint) => (Some(checkpoint), Left::default()),
            Before::NotKept(left) => (None, left),
            Before::BackThere => return Ok(Ran::Undone),
        };
        let (number, name, secret, request) = match self.ways.kernel.say(&Said::Begin { left })? {
            Reply::Refused { reason } => {
                tracing::debug!("the cell does not run: {reason}");
                if let Some(checkpoint) = checkpoint {
                    checkpoint.dismiss();
                }
                return Ok(Ran::Refused);
            }
            Reply::Run {
                number,
                cell,
                secret,
                request,
            } => (number, cell, secret, request),
            Reply::Ack | Reply::Line { .. } | Reply::Comm { .. } => (0, None, None, None),
        };
        if self.is_session {
            attribution::begin_cell(number);
        }
        self.library.begin(
            number,
            name.as_deref(),
            secret.as_deref(),
            request.as_deref(),
        );
        if self.is_session {
            self.reserve.take();
        }
        let runner = rustix::process::getpid();
        let stopwatch = Stopwatch::start();
        run(self);
        children::end_unless(runner);
        let spent = stopwatch.spent();
        if self.is_session {
            standard::mend(&self.paths)?;
        }
        let reports = self.library.end();
        attribution::end_cell();
        if let Err(error) = self.ways.kernel.say(&Said::End { spent }) {
            bail!("the cell has closed what leads to the kernel, or the kernel has ended: {error}");
        }
        let is_failure = |report: &String| [PANIC_NOTIFICATION, USER_ERROR].contains(&&**report);
        match checkpoint {
            Some(checkpoint) if reports.iter().any(is_failure) => checkpoint.restore(),
            // Before evcxr knows of it: there must not be two words on one cell.
            Some(checkpoint) => checkpoint.dismiss(),
            None => {}
        }
        Ok(Ran::Whole(reports))
    }

    /// Keeps the state of now, if that is possible.
    fn keep(&mut self) -> anyhow::Result<Before> {
        if !self.is_session {
            return Ok(Before::NotKept(Left::default()));
        }
        let left = self.beginning.left();
        if !left.is_nothing() {
            return Ok(Before::NotKept(left));
        }
        // What a thread has printed meanwhile would be printed by both.
        self.library.flush();
        Ok(match Checkpoint::take() {
            Ok(Taken::Here(checkpoint)) => Before::Kept(checkpoint),
            Ok(Taken::Instead { lost }) => {
                self.take_over(lost)?;
                Before::BackThere
            }
            Err(error) => Before::NotKept(Left {
                uncopied: Some(format!("{error:#}")),
                ..left
            }),
        })
    }

    /// Goes on in the place of the process `lost`, which has run the cell.
    fn take_over(&mut self, lost: Pid) -> anyhow::Result<()> {
        // The connections so far are those of that process, which may have ended
        // in the middle of a word.
        attribution::begin_anew();
        let has_ear = self.ways.ear.is_some();
        self.ways = Ways::open(&self.paths, &self.library, has_ear)?;
        self.ways.keep_from_children(&self.control.answers);
        self.beginning = Beginning::now();
        if let Reply::Refused { reason } = self.ways.kernel.say(&Said::TakeOver)? {
            bail!("the kernel does without the cell's state: {reason}");
        }
        process::follow_kernel(lost)
    }

    /// Fails the cell whose object cannot be loaded: a function that it declares
    /// is nowhere to be found. Variables are as they were.
    fn refuse(&mut self, error: &anyhow::Error) -> anyhow::Result<()> {
        let failure = Said::NotLoaded {
            reason: match objects::why_full() {
                Some(reason) => reason.to_owned(),
                None => format!("{error:#}"),
            },
        };
        self.ways.kernel.say(&failure)?;
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

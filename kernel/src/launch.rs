//! `twoaxes-kernel run` and `batch`: everything that a session needs, and the
//! session.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use crossbeam_channel::Receiver;
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use twoaxes_kernel::batch;
use twoaxes_kernel::engine::{Engine, Evaluator};
use twoaxes_kernel::protocol::connection::Connection;
use twoaxes_kernel::sandbox::Sandbox;
use twoaxes_kernel::session::{self, HistoryLocation, Signal};
use twoaxes_kernel::toolchain::library;

use crate::place::Place;

/// Serves the front end of `connection_file` until it or a signal ends it.
pub fn launch(
    connection_file: &Path,
    library: Option<PathBuf>,
    output_mib: Option<usize>,
) -> anyhow::Result<ExitCode> {
    let connection = Connection::from_file(connection_file)?;
    let place = Place::prepare(library)?;
    let rust_version = library::Manifest::read(&place.settings.library)?.rust_version();
    let settings = session::Settings {
        connection,
        history: HistoryLocation::standard(),
        rust_version,
        signals: signals()?,
        stall: session::STALL,
        limits: output_mib.map_or_else(session::Limits::default, session::Limits::of_text),
    };
    session::run(settings, |notify| {
        Box::new(Engine::start(place.settings.clone(), notify))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Runs cells for a grader, confined by `sandbox`.
pub fn batch(sandbox: Sandbox, library: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let mut place = Place::prepare(library)?;
    let name = sandbox.name();
    place.settings.sandbox = Some(sandbox);
    place.settings.prepares = false;
    // Nobody looks, and what a report quotes stays the same.
    place.settings.warns = false;
    let start =
        |notify| -> Box<dyn Evaluator> { Box::new(Engine::start(place.settings.clone(), notify)) };
    batch::run(name, start, std::io::stdin().lock(), std::io::stdout())?;
    Ok(ExitCode::SUCCESS)
}

fn signals() -> anyhow::Result<Receiver<Signal>> {
    let mut arriving =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen to signals")?;
    let (to_session, signals) = crossbeam_channel::unbounded();
    watch_parent(to_session.clone())?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in arriving.forever() {
                let meaning = if signal == SIGINT {
                    Signal::Interrupt
                } else {
                    Signal::Terminate
                };
                if to_session.send(meaning).is_err() {
                    return;
                }
            }
        })
        .context("cannot start the thread that listens to signals")?;
    Ok(signals)
}

/// Ends the session when the process that started the kernel is gone: a server
/// that is killed says no goodbye. Jupyter names itself in `JPY_PARENT_PID`.
fn watch_parent(to_session: crossbeam_channel::Sender<Signal>) -> anyhow::Result<()> {
    let named = std::env::var("JPY_PARENT_PID").ok();
    let parent = named.and_then(|pid| Pid::from_raw(pid.parse().ok()?));
    let Some(parent) = parent.filter(|pid| rustix::process::getppid() == Some(*pid)) else {
        return Ok(());
    };
    let parent = rustix::process::pidfd_open(parent, PidfdFlags::empty())
        .context("cannot watch the process that started the kernel")?;
    std::thread::Builder::new()
        .name("parent".to_owned())
        .spawn(move || {
            let mut gone = [PollFd::new(&parent, PollFlags::IN)];
            while rustix::event::poll(&mut gone, None) == Err(rustix::io::Errno::INTR) {}
            // The session may have ended by itself.
            let _ = to_session.send(Signal::Terminate);
        })
        .context("cannot start the thread that watches the kernel's parent")?;
    Ok(())
}

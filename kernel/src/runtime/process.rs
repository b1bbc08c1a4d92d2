//! Sets up the process before any cell runs: streams, environment, kinship.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::fs::{Mode, OFlags};
use rustix::process::Pid;

use super::standard;
use crate::bridge::Paths;
use crate::toolchain::toolbox;

/// A process that has closed its files is gone within this time, however much
/// memory it had.
const ADOPTION: Duration = Duration::from_secs(2);

/// The pipes to evcxr, away from the standard descriptors.
pub struct ControlPipes {
    commands: Option<File>,
    pub answers: File,
}

impl ControlPipes {
    /// The pipe that commands come from; it can be taken once.
    pub fn take_commands(&mut self) -> anyhow::Result<File> {
        self.commands.take().context("the command pipe is taken")
    }
}

/// The value of `name`, which cells will not see.
pub fn take_variable(name: &str) -> anyhow::Result<OsString> {
    let value = std::env::var_os(name)
        .with_context(|| format!("{name} is not set: this process is started by the kernel"))?;
    // SAFETY: no other thread runs yet.
    unsafe { std::env::remove_var(name) };
    Ok(value)
}

/// Opens the pipe for what threads of earlier cells print.
pub fn open_earlier(paths: &Paths) -> anyhow::Result<OwnedFd> {
    let path = paths.earlier();
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let pipe = rustix::fs::open(&path, flags, Mode::empty())
        .with_context(|| format!("cannot open {}", path.display()))?;
    keep(&pipe)
}

/// Puts evcxr's pipes aside, gives cells the bridge's pipes and the user's own
/// environment (none, when it is confined: it may hold secrets), and ties this
/// process to the kernel.
pub fn set_up(paths: &Paths, is_confined: bool) -> anyhow::Result<ControlPipes> {
    let control = ControlPipes {
        commands: Some(File::from(keep(&rustix::stdio::stdin())?)),
        answers: File::from(keep(&rustix::stdio::stdout())?),
    };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let nothing = rustix::fs::open("/dev/null", flags, Mode::empty());
    rustix::stdio::dup2_stdin(nothing.context("cannot open /dev/null")?)?;
    standard::lead_to_bridge(paths)?;
    // SAFETY: no other thread runs yet.
    unsafe {
        if is_confined {
            for (name, _) in std::env::vars_os() {
                std::env::remove_var(name);
            }
            std::env::set_var("HOME", "/tmp");
        } else {
            toolbox::restore_environment()?;
        }
        std::env::remove_var("EVCXR_IS_RUNTIME");
        std::env::remove_var("LD_LIBRARY_PATH");
    }
    // A group of its own, so that an interrupt ends what a cell started, too.
    rustix::process::setsid()?;
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(control)
}

/// Ties this process to the kernel, now that its parent `lost` has ended and the
/// kernel, which takes orphans in, is about to be its parent.
pub fn follow_kernel(lost: Pid) -> anyhow::Result<()> {
    let end = Instant::now() + ADOPTION;
    while rustix::process::getppid() == Some(lost) {
        if Instant::now() > end {
            bail!("the process {lost:?} does not end");
        }
        thread::sleep(ADOPTION / 20_000);
    }
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

/// A copy of `fd` that programs started by a cell do not inherit.
pub fn keep(fd: &impl std::os::fd::AsFd) -> anyhow::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(fd, 10)?)
}

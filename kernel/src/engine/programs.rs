//! `!` lines: programs that run beside the cells.
//!
//! Each is a shell in a session of its own, and so in a group of its own that an
//! interrupt ends. It writes to the bridge's pipes, as cells do, so what it prints is
//! shown as it comes. It ends with the kernel. What it leaves in the background goes on
//! beside later cells, until the kernel shuts down.

use std::fs::File;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::control::Control;
use super::failure;
use super::interface::Failure;
use crate::bridge::Paths;
use crate::toolchain::toolbox;

/// The most characters of a command that an error repeats.
const REPEATED: usize = 60;

/// Runs `command` until its shell ends. The failure is that of the cell.
pub fn run(command: &str, paths: &Paths, control: &Control) -> Result<(), Failure> {
    let failed = |text: &str| failure::failure("CommandFailed", text, None);
    let status = start(command, paths)
        .and_then(|child| finish(child, control))
        .map_err(|error| failed(&format!("`{}`: {error:#}", shortened(command))))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(&describe(command, status))),
    }
}

fn start(command: &str, paths: &Paths) -> anyhow::Result<Child> {
    let directory = toolbox::directory().context("the toolbox was not set up")?;
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(pipe(&paths.stdout())?)
        .stderr(pipe(&paths.stderr())?);
    toolbox::use_old_environment(&mut shell, &directory)?;
    let kernel = rustix::process::getpid();
    // SAFETY: between fork and exec it makes system calls, and nothing else.
    unsafe {
        shell.pre_exec(move || {
            rustix::process::setsid()?;
            rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
            // The kernel may have ended before it was asked for that.
            match rustix::process::getppid() == Some(kernel) {
                true => Ok(()),
                false => Err(Errno::SRCH.into()),
            }
        });
    }
    shell.spawn().context("cannot start /bin/sh")
}

fn pipe(path: &Path) -> anyhow::Result<File> {
    // Without a reader an error, and not a wait.
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let open = || -> rustix::io::Result<File> {
        let pipe = rustix::fs::open(path, flags, Mode::empty())?;
        rustix::fs::fcntl_setfl(&pipe, OFlags::WRONLY)?;
        Ok(File::from(pipe))
    };
    open().with_context(|| format!("cannot open {}", path.display()))
}

/// Waits for the shell, and for nobody else who may have its pipes.
fn finish(mut child: Child, control: &Control) -> anyhow::Result<ExitStatus> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let group = group.context("a program without a number")?;
    if control.begin_program(group).is_err() {
        // An interrupt was faster.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
        let _ = child.kill();
        return Ok(child.wait()?);
    }
    // Its number stays its own until the control has forgotten it.
    let ended = || rustix::process::waitid(WaitId::Pid(group), ENDED);
    while matches!(ended(), Err(Errno::INTR)) {}
    control.end_program();
    let status = child.wait()?;
    if rustix::process::test_kill_process_group(group).is_ok() {
        control.leave_program(group);
    }
    Ok(status)
}

const ENDED: WaitIdOptions = WaitIdOptions::EXITED.union(WaitIdOptions::NOWAIT);

fn describe(command: &str, status: ExitStatus) -> String {
    let command = shortened(command);
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("`{command}` ended with exit code {code}"),
        (None, Some(_)) => format!("`{command}` was ended by {status}"),
        (None, None) => format!("`{command}` did not end as a program does: {status}"),
    }
}

fn shortened(command: &str) -> String {
    match command.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{} ...", &command[..end]),
        None => command.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_program_ended_is_one_sentence() {
        let long = "x".repeat(REPEATED + 1);
        for (command, raw, expected) in [
            ("false", 1 << 8, "`false` ended with exit code 1"),
            ("a | b", 127 << 8, "`a | b` ended with exit code 127"),
            (
                "kill -9 $$",
                9,
                "`kill -9 $$` was ended by signal: 9 (SIGKILL)",
            ),
            (&long, 2 << 8, "x ...` ended with exit code 2"),
        ] {
            let said = describe(command, ExitStatus::from_raw(raw));
            assert!(said.ends_with(expected), "{said}");
        }
    }

    #[test]
    fn a_program_that_an_interrupt_forbids_does_not_go_on() {
        let control = Control::default();
        control.expect_job();
        control.interrupt();
        let child = Command::new("sleep").arg("100").spawn().unwrap();
        let status = finish(child, &control).unwrap();
        assert_eq!(status.signal(), Some(9));
    }
}

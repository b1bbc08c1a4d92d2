//! The real cargo, and what it says while it works.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::{Progress, Request, words};
use crate::toolchain::{tied, toolbox};

/// The student is told no more often than this.
const PAUSE: Duration = Duration::from_millis(100);

/// What would lead cargo's output elsewhere, or make it another.
const UNWANTED: [&str; 8] = [
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TERM_QUIET",
    "CARGO_TERM_VERBOSE",
    "CARGO_UNSTABLE_BUILD_STD",
    "RUSTC_WORKSPACE_WRAPPER",
    "EVCXR_CORE_EXTERN",
];

/// Makes the crates of a set other crates than those inside of the helper
/// library: rustc refuses two that differ and have the same name and mark.
const FLAGS: &str = "-C metadata=twoaxes-dep";

/// Calls cargo in `folder` and returns its standard output. `total` is the
/// number of crates that it may compile.
pub fn call(
    request: &Request<'_>,
    folder: &Path,
    arguments: &[&str],
    total: usize,
    progress: Progress<'_>,
) -> anyhow::Result<Output> {
    let mut command = Command::new(&request.tools.cargo);
    command.current_dir(folder).args(arguments);
    // `:offline 1` reaches this process as an argument.
    if std::env::args_os().any(|argument| argument == "--offline") {
        command.arg("--offline");
    }
    toolbox::use_old_environment(&mut command, request.directory)?;
    for name in UNWANTED {
        command.env_remove(name);
    }
    command
        .env("RUSTC", &request.tools.rustc)
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", request.store.target())
        .env("CARGO_BUILD_BUILD_DIR", request.store.target())
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = tied::tie(&mut command)
        .spawn()
        .with_context(|| format!("cannot run {}", request.tools.cargo.display()))?;
    let (sender, lines) = mpsc::channel();
    let stdout = child.stdout.take().map(|mut stdout| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            stdout.read_to_end(&mut text).map(|_| text)
        })
    });
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    let stderr = listen(&lines, total, progress);
    let stdout = match stdout.map(std::thread::JoinHandle::join) {
        Some(Ok(text)) => text.context("cannot read what cargo says")?,
        _ => Vec::new(),
    };
    if child.wait()?.success() {
        Ok(Output { stdout, stderr })
    } else {
        Err(words::error(&stderr, request.wanted.table()))
    }
}

/// What a cargo that succeeded has said.
pub struct Output {
    pub stdout: Vec<u8>,
    pub stderr: String,
}

/// Collects cargo's lines and passes on what they tell of its progress: the
/// latest, when the one before has stood for a moment.
fn listen(lines: &mpsc::Receiver<String>, total: usize, progress: Progress<'_>) -> String {
    let mut said = String::new();
    let mut steps = Steps { done: 0, total };
    let mut waiting: Option<String> = None;
    let mut told: Option<Instant> = None;
    loop {
        let rest = told.map_or(Duration::ZERO, |told| PAUSE.saturating_sub(told.elapsed()));
        let line = match &waiting {
            Some(text) if rest.is_zero() => {
                progress(text);
                told = Some(Instant::now());
                waiting = None;
                continue;
            }
            Some(_) => match lines.recv_timeout(rest) {
                Err(mpsc::RecvTimeoutError::Timeout) => continue,
                other => other.ok(),
            },
            None => lines.recv().ok(),
        };
        let Some(line) = line else {
            return said;
        };
        if let Some(text) = steps.read(&line) {
            waiting = Some(text);
        }
        said.push_str(&line);
        said.push('\n');
    }
}

/// Counts what cargo does.
struct Steps {
    done: usize,
    total: usize,
}

impl Steps {
    /// What the student reads when cargo says `line`.
    fn read(&mut self, line: &str) -> Option<String> {
        let mut words = line.split_whitespace();
        let (verb, what) = (words.next()?, words.next().unwrap_or_default());
        match verb {
            "Updating" => Some("looking for crates".to_owned()),
            "Downloading" => Some("downloading crates".to_owned()),
            "Downloaded" => Some(format!("downloading {what}")),
            "Blocking" => Some("waiting for another cargo".to_owned()),
            // Our own, empty crate.
            "Compiling" if what == "ctx" => None,
            "Compiling" => {
                self.done += 1;
                Some(if self.total > 1 && self.done <= self.total {
                    format!("compiling {} of {}: {what}", self.done, self.total)
                } else {
                    format!("compiling {what}")
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_lines_become_short_words() {
        let mut steps = Steps { done: 0, total: 2 };
        for (line, expected) in [
            ("    Updating crates.io index", Some("looking for crates")),
            (" Downloading crates ...", Some("downloading crates")),
            ("  Downloaded itoa v1.0.19", Some("downloading itoa")),
            ("   Compiling a v1.0.0", Some("compiling 1 of 2: a")),
            ("   Compiling b v1.0.0 (/x)", Some("compiling 2 of 2: b")),
            ("   Compiling c v1.0.0", Some("compiling c")),
            ("   Compiling ctx v1.0.0 (/y)", None),
            ("    Finished `dev` profile", None),
            ("", None),
        ] {
            assert_eq!(steps.read(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn the_last_of_many_lines_is_told_and_few_of_the_rest() {
        let (sender, lines) = mpsc::channel();
        for number in 0..1000 {
            sender
                .send(format!("   Compiling c{number} v1.0.0"))
                .unwrap();
        }
        // cargo says no more before the last line was told.
        let mut sender = Some(sender);
        let mut told = Vec::new();
        let said = listen(&lines, 0, &mut |text| {
            if text == "compiling c999" {
                sender = None;
            }
            told.push(text.to_owned());
        });
        assert!(said.starts_with("   Compiling c0 v1.0.0\n"), "{said}");
        assert_eq!(told.last().map(String::as_str), Some("compiling c999"));
        assert!(told.len() < 10, "{told:?}");
    }
}

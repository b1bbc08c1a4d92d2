//! The kernel as the grader has it: `twoaxes-kernel batch`, a line of JSON for
//! each cell and one for how it ended.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// The kernel is up within this time; it may have to build the helper library.
const START: Duration = Duration::from_secs(1000);

/// Beyond a cell's own limit: for compiling it, and for ending it.
const BEYOND: Duration = Duration::from_secs(100);

/// A kernel that gets no more cells ends within this time.
const END: Duration = Duration::from_secs(5);

/// The longest line that the kernel says.
const LONGEST: u64 = 64 << 20;

/// How to start a kernel.
#[derive(Debug, Clone)]
pub struct KernelCommand {
    pub program: PathBuf,
    /// `auto`, `bubblewrap`, `landlock` or `none`.
    pub sandbox: String,
    /// The most address space of the process that runs cells, in MiB.
    pub memory: u64,
    /// The most CPU time of such a process, in seconds.
    pub cpu: u64,
}

/// A running kernel.
pub struct Kernel {
    child: Child,
    /// `None` when no more cells come.
    cells: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Where its files are, whatever becomes of it.
    _directory: TempDir,
    /// How cells are confined.
    pub sandbox: String,
}

#[derive(Debug, Serialize)]
pub struct Cell<'a> {
    pub code: &'a str,
    pub number: u32,
    pub seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<&'a str>,
}

/// How a cell ended.
#[derive(Debug, Clone, Deserialize)]
pub struct Ended {
    pub error: Option<CellError>,
    pub verdict: Option<Verdict>,
    /// Whether somebody made up a verdict; then there is none.
    #[serde(default)]
    pub forged: bool,
    pub shown: Vec<Display>,
    pub printed: String,
    pub cut: bool,
    pub timed_out: bool,
    pub seconds: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Verdict {
    /// `None` for all points.
    pub points: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct CellError {
    pub name: String,
    pub value: String,
    pub report: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Display {
    pub text: String,
}

#[derive(Deserialize)]
struct First {
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    sandbox: String,
}

impl Ended {
    /// Whether the process that runs cells has ended with this one.
    #[must_use]
    pub fn ends_process(&self) -> bool {
        let names = ["Crash", "Exit", "Interrupted"];
        let error = self.error.as_ref();
        error.is_some_and(|error| names.contains(&error.name.as_str()))
    }
}

impl KernelCommand {
    /// The kernel beside this executable, or on the `PATH`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(named: Option<&Path>) -> anyhow::Result<PathBuf> {
        if let Some(named) = named {
            if named.is_file() {
                return Ok(named.to_owned());
            }
            bail!("{} is no file, so it cannot be the kernel", named.display());
        }
        let own = std::env::current_exe().context("cannot find this executable")?;
        let beside = own.with_file_name("twoaxes-kernel");
        if beside.is_file() {
            return Ok(beside);
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .map(|folder| folder.join("twoaxes-kernel"))
            .find(|file| file.is_file())
            .ok_or_else(|| {
                anyhow!(
                    "there is no twoaxes-kernel beside {} or on the PATH; run ./install.sh --no-lab",
                    own.display()
                )
            })
    }

    /// Starts a kernel and waits until it is up.
    ///
    /// # Errors
    /// What the kernel says, when it does not come up.
    pub fn start(&self) -> anyhow::Result<Kernel> {
        let directory = tempfile::Builder::new()
            .prefix("twoaxes-grading-")
            // It will hold hidden tests.
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("cannot make a temporary directory (is the disk full?)")?;
        let mut child = Command::new(&self.program)
            .args(["batch", "--sandbox", &self.sandbox])
            .args(["--memory", &self.memory.to_string()])
            .args(["--cpu", &self.cpu.to_string()])
            .env("TWOAXES_LOG", "off")
            .env("TMPDIR", directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(cells), Some(output), Some(errors)) = pipes else {
            bail!("the kernel was started without pipes");
        };
        let (said, lines) = mpsc::channel();
        std::thread::Builder::new()
            .name("kernel".to_owned())
            .spawn(move || pass_on(output, &said))
            .context("cannot start the thread that listens to the kernel")?;
        let words = std::thread::Builder::new()
            .name("errors".to_owned())
            .spawn(move || last_words(errors))
            .context("cannot start the thread that listens to the kernel")?;
        let first = lines.recv_timeout(START);
        let mut kernel = Kernel {
            child,
            cells: Some(cells),
            lines,
            _directory: directory,
            sandbox: String::new(),
        };
        let Ok(first) = first else {
            // It has ended, or will now.
            drop(kernel);
            let words = words.join().unwrap_or_default();
            bail!("the kernel does not start: {}", words.trim());
        };
        let first: First =
            serde_json::from_str(&first).context("the kernel begins with what is not its own")?;
        kernel.sandbox = first.ready.sandbox;
        Ok(kernel)
    }
}

impl Kernel {
    /// Runs a cell to its end.
    ///
    /// # Errors
    /// When the kernel itself has ended, which some code may bring about.
    pub fn run(&mut self, cell: &Cell<'_>) -> anyhow::Result<Ended> {
        let mut line = serde_json::to_vec(cell)?;
        line.push(b'\n');
        let gone = "the compiler or the kernel gave up over this code";
        let cells = self.cells.as_mut().ok_or_else(|| anyhow!(gone))?;
        cells
            .write_all(&line)
            .and_then(|()| cells.flush())
            .map_err(|_| anyhow!(gone))?;
        let limit = Duration::try_from_secs_f64(cell.seconds).unwrap_or_default() + BEYOND;
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(serde_json::from_str(&line)?),
            Err(RecvTimeoutError::Timeout) => bail!("the kernel does not answer"),
            Err(RecvTimeoutError::Disconnected) => bail!(gone),
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        // It ends by itself when no more cells come, unless something is wrong.
        self.cells = None;
        let deadline = Instant::now() + END;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        let _ = self.child.wait();
    }
}

fn pass_on(output: impl Read, said: &mpsc::Sender<String>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = String::new();
        match output.by_ref().take(LONGEST).read_line(&mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if said.send(line).is_err() {
                    return;
                }
            }
        }
    }
}

/// The end of what the kernel says on standard error.
fn last_words(errors: impl Read) -> String {
    let mut words = String::new();
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        if words.len() > 4_000 {
            words.clear();
        }
        words.push_str(&line);
        words.push('\n');
    }
    words
}

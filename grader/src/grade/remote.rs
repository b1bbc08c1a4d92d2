//! Grading on a Dask cluster: what is read here is graded there.
//!
//! A small program in Python, the driver, speaks Dask's protocol; see
//! `grader/dask/driver.py`. It takes jobs from its input only as fast as the
//! cluster can use them, so that few submissions are in memory at a time.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use serde::Serialize;

use super::grading::Grading;
use super::intake::Taken;
use super::line::{self, Answer, Job};
use super::{News, Results, Work};
use crate::results::Graded;

/// The program that speaks with the cluster.
const DRIVER: &str = include_str!("../../dask/driver.py");

/// It is read from standard input, so that no list of processes shows it whole.
const READ_DRIVER: &str = "import json, sys; exec(compile(json.loads(sys.stdin.buffer.readline()), \
                           'twoaxes-driver', 'exec'))";

/// Python starts and imports its packages within this time, also from a network
/// file system.
const IMPORT: Duration = Duration::from_secs(120);

/// The end of what the driver says on standard error is kept, so many bytes.
const LAST_WORDS: usize = 4_000;

/// An existing cluster, and how to reach it.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Of the scheduler: `tcp://HOST:PORT` or `tls://HOST:PORT`.
    pub address: String,
    /// A Python that has the package `distributed`.
    pub python: PathBuf,
    /// The grader on the machines of the cluster, unless it is to be found.
    pub grader: Option<String>,
    /// How long to wait for the scheduler, and for a worker if there is none.
    pub wait: Duration,
}

/// The line to the driver after its own text.
#[derive(Serialize)]
struct Opening<'a> {
    address: &'a str,
    grader: Option<&'a str>,
    wait: f64,
    /// The first line to each grader, as it is.
    setup: &'a str,
}

pub struct Remote<'a> {
    cluster: &'a Cluster,
    /// The first line to each grader.
    setup: String,
    driver: Mutex<Driver>,
    /// What the cluster has, by number.
    waiting: Mutex<HashMap<u64, Waiting>>,
}

enum Driver {
    NotNeededYet,
    Running(Child),
    /// Nobody waits for its results.
    Stopped,
}

/// A submission that is being graded: enough to know the answer by.
struct Waiting {
    student: String,
    notebook: String,
    digest: String,
    submitted: Option<String>,
}

impl<'a> Remote<'a> {
    pub fn new(cluster: &'a Cluster, setup: &line::Setup) -> anyhow::Result<Self> {
        Ok(Self {
            cluster,
            setup: serde_json::to_string(setup)?,
            driver: Mutex::new(Driver::NotNeededYet),
            waiting: Mutex::new(HashMap::new()),
        })
    }

    /// Sends what has changed to the cluster, which is not asked for anything
    /// before. Results come by threads that are started in `scope`.
    pub fn send<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        work: &Work<'_>,
        results: &Results,
    ) {
        if let Err(error) = self.send_all(scope, work, results) {
            let _ = results.send(Err(error));
        }
    }

    /// Ends the driver, if it runs still, and whoever waits for it.
    pub fn stop(&self) {
        let driver = std::mem::replace(&mut *self.driver(), Driver::Stopped);
        if let Driver::Running(mut child) = driver {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn send_all<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        work: &Work<'_>,
        results: &Results,
    ) -> anyhow::Result<()> {
        let intake = work.intake()?;
        let (kernel, limits) = (&work.settings.kernel, work.settings.limits);
        let mut pipe = None;
        let mut number = 0;
        while let Some(submission) = work.next() {
            let news = match intake.take(&submission)? {
                None => continue,
                Some(Taken::Unchanged) => News::unchanged(submission),
                Some(Taken::Moved(late)) => News::moved(submission, late),
                Some(Taken::Changed(handed, plan)) => {
                    number += 1;
                    match Job::new(number, handed, &plan.notebook) {
                        Ok(job) => match self.put(&job, &mut pipe, scope, results)? {
                            true => continue,
                            false => return Ok(()),
                        },
                        // What is no notebook at all needs no other machine.
                        Err(handed) => {
                            let graded = Grading::new(kernel, limits).grade(&handed, plan)?;
                            News::Graded(Box::new(graded))
                        }
                    }
                }
            };
            if results.send(Ok(news)).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Gives the driver a job; whether it takes any more.
    fn put<'scope>(
        &'scope self,
        job: &Job,
        pipe: &mut Option<ChildStdin>,
        scope: &'scope Scope<'scope, '_>,
        results: &Results,
    ) -> anyhow::Result<bool> {
        let pipe = match pipe {
            Some(pipe) => pipe,
            empty => match self.start(scope, results)? {
                Some(pipe) => empty.insert(pipe),
                None => return Ok(false),
            },
        };
        self.waiting().insert(job.number, Waiting::for_answer(job));
        // When it has ended, whoever listens to it says why.
        Ok(pipe.write_all(&line::written(job)?).is_ok())
    }

    /// Starts the driver; `None` if nobody wants its results any more.
    fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        results: &Results,
    ) -> anyhow::Result<Option<ChildStdin>> {
        let mut driver = self.driver();
        if matches!(*driver, Driver::Stopped) {
            return Ok(None);
        }
        let python = &self.cluster.python;
        let mut child = Command::new(python)
            .args(["-c", READ_DRIVER])
            // No package is taken from the folder that we happen to be in.
            .env("PYTHONSAFEPATH", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!(
                    "cannot run {}; name a Python that has the package `distributed` with \
                     --dask-python",
                    python.display()
                )
            })?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        *driver = Driver::Running(child);
        drop(driver);
        let (Some(mut input), Some(output), Some(errors)) = pipes else {
            bail!("the driver was started without pipes");
        };
        let words = std::thread::Builder::new()
            .name("errors".to_owned())
            .spawn_scoped(scope, move || last_words(errors))
            .context("cannot start a thread")?;
        let results = results.clone();
        std::thread::Builder::new()
            .name("listening".to_owned())
            .spawn_scoped(scope, move || self.listen(scope, output, words, &results))
            .context("cannot start a thread")?;
        let opening = Opening {
            address: &self.cluster.address,
            grader: self.cluster.grader.as_deref(),
            wait: self.cluster.wait.as_secs_f64(),
            setup: &self.setup,
        };
        // If it fails, the driver has ended, which is noticed.
        let first = [line::written(&DRIVER)?, line::written(&opening)?].concat();
        let _ = input.write_all(&first);
        Ok(Some(input))
    }

    /// Passes on what the driver says, until it has ended.
    fn listen<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        output: ChildStdout,
        words: ScopedJoinHandle<'scope, String>,
        results: &Results,
    ) {
        let (said, lines) = mpsc::sync_channel(1);
        let reader = std::thread::Builder::new()
            .name("reading".to_owned())
            .spawn_scoped(scope, move || {
                let mut output = BufReader::new(output);
                while let Ok(Some(line)) = line::read(&mut output) {
                    if said.send(line).is_err() {
                        return;
                    }
                }
            });
        let heard = match reader {
            Ok(_) => self.hear(&lines, results),
            Err(error) => Err(anyhow!(error).context("cannot start a thread")),
        };
        // It has nothing more to say, or nobody listens.
        drop(lines);
        self.stop();
        let words = words.join().unwrap_or_default();
        let ended = match heard {
            Ok(()) if self.waiting().is_empty() => return,
            Ok(()) => Err(anyhow!(
                "the program that speaks with the cluster has ended too early: {}",
                words.trim()
            )),
            Err(error) => Err(error),
        };
        let _ = results.send(ended);
    }

    fn hear(&self, lines: &Receiver<String>, results: &Results) -> anyhow::Result<()> {
        let mut limit = Some(self.cluster.wait + IMPORT);
        loop {
            let line = match limit.take() {
                Some(limit) => lines.recv_timeout(limit),
                None => lines.recv().map_err(RecvTimeoutError::from),
            };
            let line = match line {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => bail!(
                    "{} does not come to speak with the cluster",
                    self.cluster.python.display()
                ),
            };
            let answer =
                serde_json::from_str(&line).context("the driver says what is not its own")?;
            let news = match answer {
                Answer::Ready { .. } => continue,
                Answer::Graded { number, graded } => {
                    self.expected(number)?.check(&graded)?;
                    News::Graded(graded)
                }
                Answer::Lost { number, why } => {
                    let Waiting {
                        student, notebook, ..
                    } = self.expected(number)?;
                    News::Lost {
                        student,
                        notebook,
                        why,
                    }
                }
                Answer::Notice { text } => News::Notice(text),
                Answer::Unable { why } | Answer::Failed { why } => bail!(why),
            };
            if results.send(Ok(news)).is_err() {
                return Ok(());
            }
        }
    }

    fn expected(&self, number: u64) -> anyhow::Result<Waiting> {
        let waiting = self.waiting().remove(&number);
        waiting.with_context(|| format!("the cluster answers to number {number}, which is none"))
    }

    fn driver(&self) -> MutexGuard<'_, Driver> {
        self.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn for_answer(job: &Job) -> Self {
        Self {
            student: job.student.clone(),
            notebook: job.notebook.clone(),
            digest: job.digest.clone(),
            submitted: job.submitted.clone(),
        }
    }

    /// Refuses an answer to something else.
    fn check(&self, graded: &Graded) -> anyhow::Result<()> {
        let is_ours = self.student == graded.student
            && self.notebook == graded.notebook
            && self.digest == graded.digest
            && self.submitted == graded.submitted;
        if !is_ours {
            bail!(
                "the cluster answers for {} of {} with {} of {}",
                self.notebook,
                self.student,
                graded.notebook,
                graded.student
            );
        }
        Ok(())
    }
}

/// The end of what is said on standard error.
fn last_words(mut errors: impl Read) -> String {
    let mut words = Vec::new();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = errors.read(&mut part) {
        words.extend_from_slice(part.get(..length).unwrap_or_default());
        let excess = words.len().saturating_sub(LAST_WORDS);
        words.drain(..excess);
    }
    String::from_utf8_lossy(&words).into_owned()
}

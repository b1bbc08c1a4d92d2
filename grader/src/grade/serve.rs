//! The grader on a machine of a cluster: it grades what comes in line by line,
//! and keeps its kernel.
//!
//! It ends when its input does, also while it grades: then whoever wanted the
//! answer has gone.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};

use anyhow::{Context as _, bail};

use super::grading::{Grading, STACK};
use super::line::{self, Answer, Job, Setup, Version};
use super::rules;
use crate::course::Course;
use crate::plan::Plan;
use crate::run::{KernelCommand, Limits};

/// Grades what `input` brings and writes the answers to `output`.
///
/// # Errors
/// When a line is none of ours. That nothing can be graded here is an answer.
pub fn serve(
    kernel: Option<&Path>,
    mut input: impl BufRead,
    mut output: impl Write + Send + 'static,
) -> anyhow::Result<()> {
    let Some(setup) = line::read(&mut input)? else {
        return Ok(());
    };
    // Goes with this function, whatever still runs then.
    let folder = tempfile::Builder::new()
        .prefix("twoaxes-")
        .tempdir()
        .context("cannot make a temporary directory (is the disk full?)")?;
    let _ = tempfile::env::override_temp_dir(folder.path());
    let server = match Server::new(&setup, kernel) {
        Ok(server) => server,
        Err(error) => {
            let why = format!("{error:#}");
            return say(&mut output, &Answer::Unable { why });
        }
    };
    drop(setup);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    say(&mut output, &Answer::Ready { version })?;

    let (jobs, to_grade) = mpsc::sync_channel(1);
    let open = Arc::new(AtomicUsize::new(0));
    let grader = std::thread::Builder::new()
        .name("grading".to_owned())
        .stack_size(STACK)
        .spawn({
            let open = Arc::clone(&open);
            move || server.grade_all(&to_grade, &open, output)
        })
        .context("cannot start a thread to grade with")?;
    while let Ok(Some(line)) = line::read(&mut input) {
        open.fetch_add(1, Ordering::SeqCst);
        if jobs.send(line).is_err() {
            break;
        }
    }
    drop(jobs);
    if open.load(Ordering::SeqCst) > 0 && !grader.is_finished() {
        // The process ends now, and what it runs with it.
        return Ok(());
    }
    match grader.join() {
        Ok(result) => result,
        Err(_) => bail!("the thread that grades has failed"),
    }
}

/// Everything but the submissions.
struct Server {
    plans: Vec<Plan>,
    kernel: KernelCommand,
    limits: Limits,
}

impl Server {
    fn new(setup: &str, kernel: Option<&Path>) -> anyhow::Result<Self> {
        let own = env!("CARGO_PKG_VERSION");
        let Version { version } = serde_json::from_str(setup).context("this is no setup")?;
        if version != own {
            bail!(
                "its twoaxes-grader is version {own}, and the one that asks is {version}: install \
                 the same on both"
            );
        }
        let setup: Setup = serde_json::from_str(setup).context("this is no setup")?;
        let course = read_course(&setup.files)?;
        let kernel = KernelCommand {
            program: KernelCommand::find(kernel)?,
            sandbox: setup.sandbox,
            memory: setup.memory,
            cpu: setup.cpu,
        };
        let limits = Limits {
            cell: setup.cell,
            submission: setup.submission,
        };
        let plans = Plan::of_course(&course)?;
        let rules = rules::of(&course, &plans, &kernel, limits)?;
        if rules.together() != setup.rules {
            bail!(
                "its twoaxes-grader understands the course in another way than the one that asks, \
                 though both are version {own}: install the same on both"
            );
        }
        Ok(Self {
            plans,
            kernel,
            limits,
        })
    }

    fn grade_all(
        &self,
        jobs: &Receiver<String>,
        open: &AtomicUsize,
        mut output: impl Write,
    ) -> anyhow::Result<()> {
        let mut grading = Grading::new(&self.kernel, self.limits);
        for line in jobs {
            let answer = self.grade(&line, &mut grading)?;
            drop(line);
            // Before it can be read, so that nobody is taken to wait for it.
            open.fetch_sub(1, Ordering::SeqCst);
            say(&mut output, &answer)?;
        }
        Ok(())
    }

    fn grade(&self, line: &str, grading: &mut Grading<'_>) -> anyhow::Result<Answer> {
        let job: Job = serde_json::from_str(line).context("this is no job")?;
        let (number, handed, notebook) = job.into_parts();
        let plan = self.plans.iter().find(|plan| plan.notebook == notebook);
        let plan = plan.with_context(|| format!("the course has no {notebook:?}"))?;
        Ok(match grading.grade(&handed, plan) {
            Ok(graded) => Answer::Graded {
                number,
                graded: Box::new(graded),
            },
            Err(error) => Answer::Unable {
                why: format!("{error:#}"),
            },
        })
    }
}

/// The course, by way of a folder that is gone at once: it has every key.
fn read_course(files: &[(String, String)]) -> anyhow::Result<Course> {
    let folder = tempfile::Builder::new()
        .prefix("twoaxes-course-")
        .tempdir()
        .context("cannot make a temporary directory (is the disk full?)")?;
    for (name, text) in files {
        let is_plain = Path::new(name)
            .file_name()
            .is_some_and(|file| file == &**name);
        if !is_plain {
            bail!("{name:?} is no name of a file");
        }
        std::fs::write(folder.path().join(name), text)
            .context("cannot write the course (is the disk full?)")?;
    }
    Course::read(folder.path())
}

fn say(output: &mut impl Write, answer: &Answer) -> anyhow::Result<()> {
    output
        .write_all(&line::written(answer)?)
        .and_then(|()| output.flush())
        .context("nobody reads the answer")
}

//! `twoaxes-grader grade`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::cluster::Dask;
use crate::grade::{self, Event, Settings, Summary};
use crate::gradebook::Gradebook;
use crate::report;
use crate::run::{KernelCommand, Limits};
use crate::score::Lateness;
use crate::submissions::time;

/// Where no terminal shows a bar, a line is written this often.
const A_LINE: Duration = Duration::from_secs(10);

/// Of those that could not be graded this time, so many are named.
const MOST_LOST: usize = 20;

#[derive(Debug, Args)]
pub struct Grade {
    /// The folder with what was handed in: STUDENT/NOTEBOOK.ipynb, or nbgrader's
    /// STUDENT/ASSIGNMENT/NOTEBOOK.ipynb
    submissions: PathBuf,
    /// The folder with the source notebooks, and question files beside them
    #[arg(long, value_name = "DIR")]
    source: PathBuf,
    /// The folder that receives gradebook and reports
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many submissions are graded at once; by default as many as there are
    /// CPUs
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Grade only this student; may be given several times
    #[arg(long, value_name = "NAME")]
    student: Vec<String>,
    /// Grade only this notebook, such as 01-barista; may be given several times
    #[arg(long, value_name = "NAME")]
    notebook: Vec<String>,
    /// Grade also what has not changed since
    #[arg(long)]
    again: bool,
    /// When notebooks are due, for one notebook or for all: [NOTEBOOK=]TIME, such
    /// as 2026-12-01T23:59Z
    #[arg(long, value_name = "[NOTEBOOK=]TIME")]
    due: Vec<String>,
    /// What each day late takes of the points, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, requires = "due")]
    late_a_day: f64,
    /// The most that lateness takes, in per cent
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 100.0,
        requires = "due"
    )]
    late_most: f64,
    /// So many minutes are not late yet
    #[arg(long, value_name = "MINUTES", default_value_t = 0, requires = "due")]
    grace: u64,
    /// How long one cell may run, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    cell_time: f64,
    /// How long the checks of one notebook may take together, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    time: f64,
    /// The most memory (address space) of a student's code, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    memory: u64,
    /// What confines students' code
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        conflicts_with = "no_sandbox"
    )]
    sandbox: SandboxWish,
    /// Run students' code as yourself, with limits and nothing else: it can read
    /// and send whatever you can
    #[arg(long)]
    no_sandbox: bool,
    /// The kernel; by default that beside this program
    #[arg(long, value_name = "FILE", env = "TWOAXES_KERNEL")]
    kernel: Option<PathBuf>,
    #[command(flatten)]
    dask: Dask,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SandboxWish {
    /// bubblewrap, else Landlock, else nothing is run
    Auto,
    Bubblewrap,
    Landlock,
}

impl Grade {
    pub fn run(&self) -> anyhow::Result<()> {
        let settings = self.settings()?;
        let mut bar = Bar::new();
        let begun = Instant::now();
        let summary = grade::run(&settings, |event| bar.show(event));
        bar.end();
        let summary = summary?;
        say(&summary, begun.elapsed());
        self.tell()?;
        match summary.lost.len() {
            0 => Ok(()),
            1 => bail!("1 submission is left to grade; the same command goes on with it"),
            lost => {
                bail!("{lost} submissions are left to grade; the same command goes on with them")
            }
        }
    }

    /// Writes the pages, those that are new or changed.
    fn tell(&self) -> anyhow::Result<()> {
        let book = Gradebook::existing(&self.out)?;
        let written = report::write_pages(&self.out, &book.read()?)?;
        if written.changed > 0 {
            println!(
                "{} pages written: {} for the class, the others for students in {}",
                written.changed,
                self.out.join(report::OVERVIEW).display(),
                self.out.join(report::FEEDBACK).display()
            );
        }
        Ok(())
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        for (what, value) in [("--cell-time", self.cell_time), ("--time", self.time)] {
            if !(value > 0.0 && value <= 86_400.0) {
                bail!("{what} is {value}: give seconds, more than 0 and no more than a day");
            }
        }
        let cpus = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let jobs = match self.jobs {
            Some(0) => bail!("--jobs is 0: at least one submission has to be graded at a time"),
            Some(jobs) => jobs,
            None => cpus(),
        };
        let sandbox = match (self.no_sandbox, self.sandbox) {
            (true, _) => "none",
            (_, SandboxWish::Auto) => "auto",
            (_, SandboxWish::Bubblewrap) => "bubblewrap",
            (_, SandboxWish::Landlock) => "landlock",
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let cpu = (self.time.ceil() as u64).saturating_mul(4);
        let cluster = self.dask.cluster()?;
        Ok(Settings {
            submissions: self.submissions.clone(),
            source: self.source.clone(),
            out: self.out.clone(),
            jobs,
            kernel: KernelCommand {
                // A cluster's workers have kernels of their own.
                program: match &cluster {
                    None => KernelCommand::find(self.kernel.as_deref())?,
                    Some(_) => PathBuf::new(),
                },
                sandbox: sandbox.to_owned(),
                memory: self.memory,
                cpu,
            },
            cluster,
            limits: Limits {
                cell: self.cell_time,
                submission: self.time,
            },
            lateness: self.lateness()?,
            students: self.student.clone(),
            notebooks: self.notebook.clone(),
            again: self.again,
        })
    }

    fn lateness(&self) -> anyhow::Result<Lateness> {
        let share = |what: &str, percent: f64| match (0.0..=100.0).contains(&percent) {
            true => Ok(percent / 100.0),
            false => bail!("{what} is {percent}: give a number from 0 to 100"),
        };
        let mut lateness = Lateness {
            a_day: share("--late-a-day", self.late_a_day)?,
            most: share("--late-most", self.late_most)?,
            grace: self.grace.saturating_mul(60),
            ..Lateness::default()
        };
        for due in &self.due {
            match due.split_once('=') {
                Some((notebook, due)) => {
                    lateness.due_of.insert(notebook.to_owned(), when(due)?);
                }
                None => lateness.due = Some(when(due)?),
            }
        }
        Ok(lateness)
    }
}

fn when(text: &str) -> anyhow::Result<Timestamp> {
    time(text).with_context(|| {
        format!("--due {text:?} is no time; write one like 2026-12-01T23:59Z (in UTC)")
    })
}

/// How far it is: a bar on a terminal, else a line now and then.
struct Bar {
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    begun: Instant,
    said: Instant,
}

impl Bar {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            bar: None,
            total: 0,
            done: 0,
            begun: now,
            said: now,
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Found(total) => {
                self.total = *total;
                if std::io::stderr().is_terminal() {
                    let bar = ProgressBar::new(*total as u64);
                    let style = "{bar:30} {pos} of {len}, {per_sec}, {eta} left  {wide_msg}";
                    if let Ok(style) = ProgressStyle::with_template(style) {
                        bar.set_style(style);
                    }
                    self.bar = Some(bar);
                }
            }
            Event::Done { student, notebook } => {
                self.done += 1;
                match &self.bar {
                    Some(bar) => {
                        bar.inc(1);
                        bar.set_message(format!("{} {notebook}", visible(student)));
                    }
                    None if self.said.elapsed() >= A_LINE => self.line(),
                    None => {}
                }
            }
            Event::Notice(text) => match &self.bar {
                Some(bar) => bar.suspend(|| eprintln!("{}", visible(text))),
                None => eprintln!("{}", visible(text)),
            },
        }
    }

    fn line(&mut self) {
        self.said = Instant::now();
        let seconds = self.begun.elapsed().as_secs_f64();
        #[allow(clippy::cast_precision_loss)]
        let (done, left) = (
            self.done as f64,
            self.total.saturating_sub(self.done) as f64,
        );
        eprintln!(
            "{} of {}, {:.1} a second, {:.0} s left",
            self.done,
            self.total,
            done / seconds,
            left * seconds / done
        );
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn say(summary: &Summary, took: Duration) {
    for one in &summary.strange {
        eprintln!("not graded: {}", visible(one));
    }
    for one in &summary.problems {
        eprintln!("no points: {}", visible(one));
    }
    for one in summary.lost.iter().take(MOST_LOST) {
        eprintln!("not graded this time: {}", visible(one));
    }
    let (graded, unchanged) = (summary.graded, summary.unchanged);
    match (graded, unchanged) {
        (0, 0) if !summary.lost.is_empty() => {}
        (0, 0) => println!("nothing to grade: there is no submission"),
        (0, _) => println!("nothing to grade: all {unchanged} submissions are as they were"),
        _ => println!(
            "{graded} submissions graded in {:.1} s, {unchanged} were as before",
            took.as_secs_f64()
        ),
    }
}

/// A name of somebody else's choosing, without what a terminal would obey.
fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect()
}

//! `twoaxes-grader grade`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::cluster::Dask;
use super::say;
use crate::grade::{self, Event, Settings, Stop, Summary};
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
    /// The folder with what was handed in: STUDENT/NOTEBOOK.ipynb, nbgrader's
    /// STUDENT/ASSIGNMENT/NOTEBOOK.ipynb, or a download from Moodle or Canvas,
    /// unpacked
    ///
    /// Names of notebooks may have other capitals and a browser's number
    /// ("Exam (1).ipynb") where there is none with the very name; of several, the
    /// newest is graded.
    ///
    /// A student is called as the folder is. Moodle's folders
    /// NAME_NUMBER_assignsubmission_file and Canvas's files
    /// NAME_USER_SUBMISSION_FILE.ipynb are those of NAME, or of NAME_NUMBER and
    /// NAME_USER where several in the folder have one name: the numbers of Moodle
    /// are others for each assignment.
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
    /// When notebooks are due, for one notebook or for all others, in UTC:
    /// [NOTEBOOK=]TIME, such as 2026-12-01T23:59Z
    ///
    /// A time without a zone is in UTC (2026-12-01T23:59+02:00 has one), and a
    /// day without a time is due when it ends. When a notebook was handed in is
    /// what nbgrader's timestamp.txt beside it says, else when the file was
    /// written: unpack what you download so that files keep their times. Give the
    /// same each time: lateness is reckoned anew for all that is looked at, and
    /// without --due nothing is late. Nothing is run for that.
    #[arg(long, value_name = "[NOTEBOOK=]TIME")]
    due: Vec<String>,
    /// What each day late takes of the points, in per cent; a day that has begun
    /// counts whole
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
    /// So many minutes are not late yet; after them, lateness counts from when it
    /// was due
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
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let settings = self.settings()?;
        let mut bar = Bar::new();
        let begun = Instant::now();
        let summary = grade::run(&settings, |event| bar.show(event));
        bar.end();
        let summary = summary?;
        if summary.stopped {
            let recorded = summary.graded + summary.moved + summary.unchanged;
            eprintln!(
                "stopped: {} recorded; the same command goes on",
                match recorded {
                    1 => "1 result is".to_owned(),
                    recorded => format!("{recorded} results are"),
                }
            );
            return Ok(ExitCode::from(grade::STOPPED));
        }
        // From here on, nothing is lost when it ends at once.
        settings.stop.ask();
        conclude(&summary, begun.elapsed());
        self.tell()?;
        match summary.lost.len() {
            0 => Ok(ExitCode::SUCCESS),
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
            say(format_args!(
                "{} written: {} for the class, the others for students in {}",
                count(written.changed, "page"),
                self.out.join(report::OVERVIEW).display(),
                self.out.join(report::FEEDBACK).display()
            ));
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
            stop: Stop::on_interrupt()?,
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
            let before = match due.split_once('=') {
                Some((notebook, due)) => lateness.due_of.insert(notebook.to_owned(), when(due)?),
                None => lateness.due.replace(when(due)?),
            };
            if let Some(before) = before {
                bail!("--due {due:?} is the second for the same: {before} was given before");
            }
        }
        Ok(lateness)
    }
}

fn when(text: &str) -> anyhow::Result<Timestamp> {
    // A day is over when it ends.
    let is_day = !text.contains([':', 'T', 't', ' ']);
    let found = match is_day {
        true => time(&format!("{text}T23:59:59Z")),
        false => time(text),
    };
    found.with_context(|| {
        format!("--due {text:?} is no time; write one like 2026-12-01T23:59Z (in UTC)")
    })
}

/// How far it is: a bar on a terminal, else a line now and then.
struct Bar {
    bar: Option<ProgressBar>,
    total: usize,
    done: usize,
    /// Those for which there was something to do: only they take time.
    new: usize,
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
            new: 0,
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
                    let style = "{bar:30} {pos} of {len}{wide_msg}";
                    if let Ok(style) = ProgressStyle::with_template(style) {
                        bar.set_style(style);
                    }
                    self.bar = Some(bar);
                }
            }
            Event::Done {
                student,
                notebook,
                is_new,
            } => {
                self.done += 1;
                self.new += usize::from(*is_new);
                match &self.bar {
                    Some(bar) => {
                        bar.inc(1);
                        let student = visible(student);
                        bar.set_message(format!("{}  {student} {notebook}", self.pace()));
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
        eprintln!("{} of {}{}", self.done, self.total, self.pace());
    }

    /// How fast it goes, if that is known yet.
    fn pace(&self) -> String {
        if self.new == 0 {
            return String::new();
        }
        #[allow(clippy::cast_precision_loss)]
        let (new, left) = (self.new as f64, self.total.saturating_sub(self.done) as f64);
        let seconds = self.begun.elapsed().as_secs_f64();
        let left = Duration::try_from_secs_f64(left * seconds / new).unwrap_or_default();
        format!(
            ", {:.1} a second, {} left",
            new / seconds,
            HumanDuration(left)
        )
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What came of it, and what an instructor has to know beside it.
fn conclude(summary: &Summary, took: Duration) {
    for one in &summary.strange {
        eprintln!("not graded: {}", visible(one));
    }
    for one in &summary.problems {
        eprintln!("no points: {}", visible(one));
    }
    for one in &summary.lapsed {
        eprintln!(
            "mark again: the answer has changed after you gave {}",
            visible(one)
        );
    }
    for one in summary.lost.iter().take(MOST_LOST) {
        eprintln!("not graded this time: {}", visible(one));
    }
    say(outcome(summary, took));
}

/// What came of it, in a line.
fn outcome(summary: &Summary, took: Duration) -> String {
    let (graded, unchanged) = (summary.graded, summary.unchanged);
    let as_before = match unchanged {
        1 => "1 was as before".to_owned(),
        _ => format!("{unchanged} were as before"),
    };
    let mut line = match (graded, summary.moved, unchanged) {
        (0, 0, 0) if !summary.lost.is_empty() => "nothing was graded".to_owned(),
        (0, 0, 0) => "nothing to grade: there is no submission".to_owned(),
        (0, 0, 1) => "nothing to grade: the only submission is as it was".to_owned(),
        (0, 0, _) => format!("nothing to grade: all {unchanged} submissions are as they were"),
        (0, moved, _) => {
            let moved = count(moved, "submission");
            format!("lateness reckoned anew for {moved}, nothing was run, {as_before}")
        }
        (_, moved, _) => {
            let (graded, seconds) = (count(graded, "submission"), took.as_secs_f64());
            let moved = match moved {
                0 => String::new(),
                moved => format!("lateness reckoned anew for {moved} more, "),
            };
            format!("{graded} graded in {seconds:.1} s, {moved}{as_before}")
        }
    };
    match summary.strange.len() {
        0 => {}
        1 => line.push_str("; 1 file was not graded, see above"),
        strange => line.push_str(&format!("; {strange} files were not graded, see above")),
    }
    line
}

/// So many of something.
fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_due_when_it_ends() {
        let check = |text: &str, expected: Option<&str>| {
            let found = when(text).ok().map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("2026-11-20", Some("2026-11-20T23:59:59Z"));
        check("2026-11-20T00:00", Some("2026-11-20T00:00:00Z"));
        check("2026-11-20 12:00+02:00", Some("2026-11-20T10:00:00Z"));
        check("2026-11-31", None);
        check("tomorrow", None);
        check("", None);
    }

    #[test]
    fn what_came_of_it_is_said_in_words() {
        let check = |(graded, moved, unchanged), strange: &[&str], expected: &str| {
            let summary = Summary {
                graded,
                moved,
                unchanged,
                strange: strange.iter().map(|one| (*one).to_owned()).collect(),
                ..Summary::default()
            };
            assert_eq!(outcome(&summary, Duration::from_secs(1)), expected);
        };
        check(
            (1, 0, 1),
            &[],
            "1 submission graded in 1.0 s, 1 was as before",
        );
        check(
            (2, 3, 0),
            &[],
            "2 submissions graded in 1.0 s, lateness reckoned anew for 3 more, 0 were as before",
        );
        check(
            (0, 1, 0),
            &[],
            "lateness reckoned anew for 1 submission, nothing was run, 0 were as before",
        );
        check(
            (0, 0, 1),
            &["a"],
            "nothing to grade: the only submission is as it was; 1 file was not graded, see above",
        );
        check(
            (0, 0, 0),
            &["a", "b", "c"],
            "nothing to grade: there is no submission; 3 files were not graded, see above",
        );
    }
}

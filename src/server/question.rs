//! The four runs of the opening question, beside each other.

use std::fmt;

use super::error::ServerError;
use super::load::{Load, thousands};
use super::run::{Run, in_ms};
use crate::machine::allowed;

/// What each handler computes, in microseconds: reading a request, writing an
/// answer, what services do.
const COMPUTE: u64 = 20;
/// The handler in the way computes for so many milliseconds.
const HOG: u64 = 300;

/// The same requests four times; see [`measure`].
#[derive(Debug, Clone)]
pub struct OpeningQuestion {
    /// All handlers on one thread.
    pub one_thread: Run,
    /// A thread for each CPU.
    pub all_cores: Run,
    /// One thread, and one handler that computes for 300 ms on it.
    pub in_the_way: Run,
    /// The same handler hands its computation to another thread.
    pub offloaded: Run,
}

/// So many requests at once, four times: on one thread, on all cores, with a
/// handler in the way that computes, and with that handler's computation on a
/// thread of its own.
///
/// Each request waits a second for its backend and computes for 20
/// microseconds; the handler in the way computes for 300 ms. The whole takes
/// six to eight seconds for 10,000 requests. 1 to 50,000 can be run, as far as
/// the limit of open files goes; with a note there are fewer.
///
/// ```no_run
/// use twoaxes::prelude::*;
///
/// let question = server::measure(10_000);
/// assert_eq!(question.one_thread.trace.peak_parallelism(), 1);
/// question
/// # ;
/// ```
#[must_use]
pub fn measure(requests: usize) -> OpeningQuestion {
    let [one_thread, all_cores, in_the_way, offloaded] = loads(requests).map(Load::measure);
    OpeningQuestion {
        one_thread,
        all_cores,
        in_the_way,
        offloaded,
    }
}

/// [`measure`], but it refuses what it cannot run as asked.
///
/// # Errors
///
/// [`ServerError`] for a number of requests outside of its range, for more
/// than files may be open, and when the system refuses a socket, a process or
/// a thread.
pub fn try_measure(requests: usize) -> Result<OpeningQuestion, ServerError> {
    let [one_thread, all_cores, in_the_way, offloaded] = loads(requests);
    Ok(OpeningQuestion {
        one_thread: one_thread.try_measure()?,
        all_cores: all_cores.try_measure()?,
        in_the_way: in_the_way.try_measure()?,
        offloaded: offloaded.try_measure()?,
    })
}

fn loads(requests: usize) -> [Load; 4] {
    let one = Load::new(requests).compute_us(COMPUTE);
    let hog = one.hog_ms(HOG);
    [one, one.threads(allowed().len()), hog, hog.offloaded()]
}

impl OpeningQuestion {
    /// The runs with their names, in order.
    #[must_use]
    pub fn runs(&self) -> [(String, &Run); 4] {
        let cores = match self.all_cores.threads() {
            1 => "1 thread again".to_owned(),
            many => format!("{many} threads"),
        };
        [
            ("one thread".to_owned(), &self.one_thread),
            (cores, &self.all_cores),
            ("hog in the way".to_owned(), &self.in_the_way),
            ("hog offloaded".to_owned(), &self.offloaded),
        ]
    }

    /// What is counted, and its value with its unit in each of the runs.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, Vec<String>)> {
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        for (_, run) in self.runs() {
            for (index, (what, value)) in run.rows().into_iter().enumerate() {
                match rows.get_mut(index) {
                    Some((_, values)) => values.push(value),
                    None => rows.push((what, vec![value])),
                }
            }
        }
        rows
    }

    /// What to notice, in full sentences.
    #[must_use]
    pub fn what_to_notice(&self) -> Vec<String> {
        let [one, all] = [&self.one_thread, &self.all_cores];
        let late = |run: &Run| in_ms(run.latency().percentile(99.0));
        if self.runs().iter().any(|(_, run)| run.answered() == 0) {
            // What is missing is in the notes.
            return Vec::new();
        }
        let mut told = vec![format!(
            "{} in flight at once, and never more than {} of their handlers ran at one instant: \
             a request that waits for its backend is a small record in memory, and needs no thread.",
            match one.peak_in_flight() {
                1 => "1 request was".to_owned(),
                many => format!(
                    "{} requests were",
                    thousands(u64::try_from(many).unwrap_or(u64::MAX))
                ),
            },
            one.trace.peak_parallelism(),
        )];
        told.push(match all.threads() {
            1 => "There is one CPU here, so \"all cores\" is one thread as well: nothing more can be seen of them.".to_owned(),
            many => format!(
                "With {many} threads up to {} ran at once, {}. The {} of waiting for the backend are as long as before; the wall-clock time, which has them in it, is {} on one thread and {} on {many}.",
                match all.trace.peak_parallelism() {
                    1 => "1 handler".to_owned(),
                    more => format!("{more} handlers"),
                },
                match all.trace.peak_parallelism() {
                    1 => "so they took turns here as well".to_owned(),
                    _ => format!("so the {} of CPU time are shared out", in_ms(all.cpu_time())),
                },
                in_ms(all.delay()),
                in_ms(one.trace.makespan()),
                in_ms(all.trace.makespan()),
            ),
        });
        let hog = &self.in_the_way;
        if hog.latency().count() == 0 {
            // The only request is the hog, and nobody is behind it.
            return told;
        }
        told.push(format!(
            "One handler that computes for long holds up everybody behind it: the 99th percentile is {} with it in the way, \
             {} with `spawn_blocking`, and {} without it.",
            late(hog),
            late(&self.offloaded),
            late(one),
        ));
        let later = |percent| {
            let [hog, one] = [hog, one].map(|run| run.latency().percentile(percent));
            hog.saturating_sub(one)
        };
        if later(50.0) < later(99.0) / 2 {
            told.push(format!(
                "The median tells little of that: it is {} with the hog in the way and {} without.",
                in_ms(hog.latency().median()),
                in_ms(one.latency().median()),
            ));
        }
        told
    }

    /// What a reader should know about the runs, each sentence with the run
    /// that it is about. Usually none.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let runs = self.runs();
        let mut told: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, run) in &runs {
            for note in run.notes() {
                match told.iter_mut().find(|(said, _)| *said == note) {
                    Some((_, names)) => names.push(name),
                    None => told.push((note, vec![name])),
                }
            }
        }
        told.into_iter()
            .map(|(note, names)| match names.len() {
                4 => format!("All runs: {note}"),
                _ => format!("{}: {note}", names.join(", ")),
            })
            .collect()
    }
}

impl fmt::Display for OpeningQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs = self.runs();
        let rows = self.rows();
        let letters = |text: &String| text.chars().count();
        let first = rows.iter().map(|(what, _)| letters(what)).max();
        let first = first.unwrap_or(0);
        write!(f, "{:first$}", "")?;
        for (name, _) in &runs {
            write!(f, "  {name:>15}")?;
        }
        writeln!(f)?;
        for (what, values) in &rows {
            write!(f, "{what:first$}")?;
            for value in values {
                write!(f, "  {value:>15}")?;
            }
            writeln!(f)?;
        }
        for sentence in self.what_to_notice().iter().chain(&self.notes()) {
            writeln!(f, "{sentence}")?;
        }
        Ok(())
    }
}

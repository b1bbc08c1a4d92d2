//! How long a piece of code takes, when it runs many times: [`timeit`], which the kernel's
//! `:timeit` command calls.
//!
//! One reading of the clock takes about as long as a hundred instructions, so code that
//! is faster than that runs several times between two readings. May use `notebook`, to be
//! shown.

use std::fmt::{self, Display, Formatter};
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::notebook::{self, MimeBundle, Rich};

/// A run takes at least as long, so that reading the clock adds less than a hundredth.
const SHORTEST_RUN: Duration = Duration::from_micros(10);

/// The most repetitions in a run: code that takes no time at all never fills one.
const MOST_REPETITIONS: u64 = 1 << 24;

/// After this much time there are no more runs, if there have been [`FEWEST_RUNS`].
const TIME: Duration = Duration::from_secs(1);

const FEWEST_RUNS: usize = 5;
const MOST_RUNS: usize = 1000;

/// Runs `body` again and again, for up to a second: at least 5 times, and in at most 1000
/// runs. What it returns goes through [`black_box`], so that the compiler can't leave
/// out what makes it.
///
/// ```
/// let timing = twoaxes::timeit(|| (1..100_u64).map(|n| n * n).sum::<u64>());
/// assert!(timing.min() <= timing.median() && timing.median() <= timing.max());
/// assert!(timing.runs() >= 5);
/// ```
pub fn timeit<T>(mut body: impl FnMut() -> T) -> Timing {
    measure(&mut |repetitions| {
        let begun = Instant::now();
        for _ in 0..repetitions {
            black_box(body());
        }
        begun.elapsed()
    })
}

/// What [`timeit`] has found: times of `body`, run by run.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    /// Seconds for one repetition, the shortest first. There is at least one.
    seconds: Vec<f64>,
    repetitions: u64,
}

impl Timing {
    /// The shortest time, in seconds: the one that other programs have disturbed least.
    pub fn min(&self) -> f64 {
        self.seconds.first().copied().unwrap_or_default()
    }

    /// Half of the runs took longer than this, in seconds.
    pub fn median(&self) -> f64 {
        let (low, high) = ((self.runs() - 1) / 2, self.runs() / 2);
        let at = |index: usize| self.seconds.get(index).copied().unwrap_or_default();
        (at(low) + at(high)) / 2.0
    }

    /// The longest time, in seconds.
    pub fn max(&self) -> f64 {
        self.seconds.last().copied().unwrap_or_default()
    }

    /// How many times were measured.
    pub fn runs(&self) -> usize {
        self.seconds.len()
    }

    /// How often the code ran for each of them; its time is the mean of these.
    pub fn repetitions(&self) -> u64 {
        self.repetitions
    }

    /// Shows it as the value of a cell.
    pub fn evcxr_display(&self) {
        notebook::display(self);
    }

    fn rows(&self) -> [(&'static str, String); 4] {
        let runs = match self.repetitions {
            1 => self.runs().to_string(),
            many => format!("{}, each of {many} repetitions", self.runs()),
        };
        [
            ("min", time(self.min())),
            ("median", time(self.median())),
            ("max", time(self.max())),
            ("runs", runs),
        ]
    }
}

impl Display for Timing {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let lines = self.rows().map(|(name, value)| format!("{name:<8}{value}"));
        formatter.write_str(&lines.join("\n"))
    }
}

impl Rich for Timing {
    fn mime_bundle(&self) -> MimeBundle {
        let rows = self.rows().map(|(name, value)| {
            format!(
                r#"<tr><th style="text-align:left">{name}</th><td style="text-align:left">{value}</td></tr>"#
            )
        });
        let html = format!("<table>{}</table>", rows.concat());
        MimeBundle::text(self.to_string()).with_html(html)
    }
}

/// Decides how often to run. `run` is given a number of repetitions, and says how long
/// they took.
fn measure(run: &mut dyn FnMut(u64) -> Duration) -> Timing {
    let mut repetitions = 1;
    let mut first = run(repetitions);
    while first < SHORTEST_RUN && repetitions < MOST_REPETITIONS {
        repetitions *= 2;
        first = run(repetitions);
    }
    let mut seconds = Vec::new();
    let mut total = Duration::ZERO;
    // The first run of all has warmed up what those after it find warm; where each takes
    // long that makes no difference, and it counts.
    if repetitions == 1 && first * 10 >= TIME {
        seconds.push(first.as_secs_f64());
        total = first;
    }
    while seconds.len() < FEWEST_RUNS || (total < TIME && seconds.len() < MOST_RUNS) {
        let time = run(repetitions);
        total = total.saturating_add(time);
        seconds.push(time.as_secs_f64() / repetitions as f64);
    }
    seconds.sort_by(f64::total_cmp);
    Timing {
        seconds,
        repetitions,
    }
}

/// A time with three digits that count.
fn time(seconds: f64) -> String {
    let (number, unit) = match seconds {
        s if s < 0.9995e-6 => (s * 1e9, "ns"),
        s if s < 0.9995e-3 => (s * 1e6, "µs"),
        s if s < 0.9995 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let digits = match number {
        n if n < 9.995 => 2,
        n if n < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The timing of code that takes `one` each time, and how often it ran.
    fn of(one: Duration) -> (Timing, u64) {
        let mut ran = 0;
        let timing = measure(&mut |repetitions| {
            ran += repetitions;
            one.saturating_mul(u32::try_from(repetitions).unwrap())
        });
        (timing, ran)
    }

    #[test]
    fn code_runs_about_a_second_and_often_enough() {
        let ms = Duration::from_millis;
        for (one, runs, repetitions) in [
            (Duration::ZERO, 1000, MOST_REPETITIONS),
            (Duration::from_nanos(3), 1000, 4096),
            (Duration::from_micros(10), 1000, 1),
            (ms(1), 1000, 1),
            (ms(50), 20, 1),
            (ms(100), 10, 1),
            (ms(3000), 5, 1),
            (Duration::from_secs(100_000), 5, 1),
        ] {
            let (timing, _) = of(one);
            assert_eq!(
                (timing.runs(), timing.repetitions()),
                (runs, repetitions),
                "{one:?}"
            );
            let difference = timing.median() - one.as_secs_f64();
            assert!(difference.abs() < 1e-9, "{timing:?}");
        }
        assert_eq!(of(ms(3000)).1, 5, "what takes long runs no more than that");
        assert_eq!(of(ms(50)).1, 21, "the first run warms up");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        for (seconds, median) in [
            (vec![1.0], 1.0),
            (vec![1.0, 2.0], 1.5),
            (vec![1.0, 2.0, 9.0], 2.0),
        ] {
            let timing = Timing {
                seconds,
                repetitions: 1,
            };
            assert_eq!(timing.median(), median);
        }
    }

    #[test]
    fn it_is_shown_as_text_and_as_a_table() {
        let timing = Timing {
            seconds: vec![0.9e-6, 1.5e-3, 2.0],
            repetitions: 4,
        };
        let bundle = timing.mime_bundle();
        assert_eq!(
            bundle.get("text/plain"),
            Some(
                "min     900 ns\nmedian  1.50 ms\nmax     2.00 s\nruns    3, each of 4 repetitions"
            )
        );
        let html = bundle.get("text/html").unwrap();
        assert!(html.contains(">1.50 ms</td>"), "{html}");
    }

    #[test]
    fn a_body_may_change_what_it_has_and_define_items() {
        let mut count = 0_u64;
        let timing = timeit(|| {
            fn one() -> u64 {
                1
            }
            count += one();
            std::thread::sleep(Duration::from_millis(250));
            count
        });
        assert_eq!((timing.runs(), timing.repetitions()), (5, 1));
        assert_eq!(count, 5);
        assert!(timing.min() >= 0.25);
    }
}

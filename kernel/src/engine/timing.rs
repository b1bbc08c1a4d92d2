//! `:time`: what a cell takes, told below what it has shown.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::durations;
use super::interface::{MimeBundle, Output};
use crate::bridge::Spent;

/// When a cell's code was found to begin and to end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heard {
    /// A compiler ran: the cell was not in the cache.
    pub compiled: bool,
    pub begun: Option<Instant>,
    /// What the process that ran it says, if it lived to say it.
    pub spent: Option<Spent>,
}

/// What a cell has taken.
#[derive(Debug, Default)]
pub struct Timing {
    /// Its `!` lines.
    programs: Option<Duration>,
    /// To become code, by a compiler or not.
    preparation: Option<(Duration, bool)>,
    run: Option<Duration>,
    cpu: Option<Duration>,
}

impl Timing {
    /// Of `!` lines that began at `begun` and have just ended.
    pub fn of_programs(begun: Instant) -> Self {
        Self {
            programs: Some(begun.elapsed()),
            ..Self::default()
        }
    }

    /// Adds Rust that evcxr was given at `given`, and that has just ended.
    pub fn with_rust(mut self, given: Instant, heard: &Heard) -> Self {
        let code_begun = heard.begun.unwrap_or_else(Instant::now);
        let preparation = code_begun.saturating_duration_since(given);
        self.preparation = Some((preparation, heard.compiled));
        self.run = match (heard.spent, heard.begun) {
            (Some(spent), _) => Some(spent.wall),
            (None, Some(begun)) => Some(begun.elapsed()),
            (None, None) => None,
        };
        self.cpu = heard.spent.map(|spent| spent.cpu);
        self
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        if let Some(time) = self.programs {
            rows.push(("programs", durations::text(time)));
        }
        if let Some((time, compiled)) = self.preparation {
            let from = if compiled {
                ""
            } else {
                ", nothing new to compile"
            };
            rows.push(("compile", durations::text(time) + from));
        }
        if let Some(wall) = self.run {
            rows.push(("run", durations::text(wall) + " on the clock"));
            let cpu = match self.cpu {
                Some(cpu) => durations::text(cpu) + &cores(cpu, wall),
                None => "unknown, the process has ended".to_owned(),
            };
            rows.push(("CPU", cpu));
        }
        rows
    }

    /// As the cell shows it.
    pub fn display(&self) -> Output {
        let rows = self.rows();
        let plain: Vec<String> = rows
            .iter()
            .map(|(name, value)| format!("{name:<9}{value}"))
            .collect();
        let cells = rows.iter().map(|(name, value)| {
            format!(
                r#"<tr><th style="text-align:left">{name}</th><td style="text-align:left">{value}</td></tr>"#
            )
        });
        let html = format!("<table>{}</table>", cells.collect::<String>());
        display(plain.join("\n"), html)
    }
}

/// How many CPUs worked, on average.
fn cores(cpu: Duration, wall: Duration) -> String {
    // The clocks of a shorter run say little about each other.
    if wall < Duration::from_millis(1) {
        return String::new();
    }
    let cores = cpu.as_secs_f64() / wall.as_secs_f64();
    format!(": {cores:.2} CPUs at work, on average")
}

/// A display with both forms.
pub fn display(plain: String, html: String) -> Output {
    let data: MimeBundle = Map::from_iter([
        ("text/plain".to_owned(), Value::from(plain)),
        ("text/html".to_owned(), Value::from(html)),
    ]);
    Output::Display {
        data,
        metadata: Map::new(),
        display_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn plain(timing: &Timing) -> String {
        match timing.display() {
            Output::Display { data, .. } => data["text/plain"].as_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_known_is_told() {
        let timing = |preparation, run, cpu| Timing {
            programs: None,
            preparation,
            run,
            cpu,
        };
        for (timing, expected) in [
            (
                timing(Some((SECOND / 5, true)), Some(SECOND), Some(2 * SECOND)),
                "compile  200 ms\nrun      1.00 s on the clock\nCPU      2.00 s: 2.00 CPUs at work, on average",
            ),
            (
                timing(
                    Some((SECOND / 50, false)),
                    Some(SECOND / 10_000),
                    Some(SECOND / 20_000),
                ),
                "compile  20.0 ms, nothing new to compile\nrun      100 µs on the clock\nCPU      50.0 µs",
            ),
            (timing(Some((SECOND, true)), None, None), "compile  1.00 s"),
            (
                timing(Some((SECOND, true)), Some(SECOND), None),
                "compile  1.00 s\nrun      1.00 s on the clock\nCPU      unknown, the process has ended",
            ),
            (
                Timing {
                    programs: Some(SECOND),
                    ..Timing::default()
                },
                "programs 1.00 s",
            ),
        ] {
            assert_eq!(plain(&timing), expected);
        }
    }

    #[test]
    fn what_a_process_says_counts_and_else_what_was_heard() {
        let given = Instant::now() - 3 * SECOND;
        let mut heard = Heard {
            compiled: true,
            begun: Some(given + SECOND),
            spent: None,
        };
        let timing = Timing::default().with_rust(given, &heard);
        assert_eq!(timing.preparation, Some((SECOND, true)));
        assert!(timing.run.unwrap() >= 2 * SECOND && timing.cpu.is_none());
        heard.spent = Some(Spent {
            wall: SECOND,
            cpu: 2 * SECOND,
        });
        let timing = Timing::default().with_rust(given, &heard);
        assert_eq!((timing.run, timing.cpu), (Some(SECOND), Some(2 * SECOND)));
    }
}

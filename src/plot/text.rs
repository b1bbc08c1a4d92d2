//! A trace in characters: a Gantt chart, a table of metrics, a description.

use super::lanes::{Bar, Doing, Lane, NAME, Part};
use super::scale::{in_unit, shown_unit};
use super::table;
use crate::trace::{SpanKind, TaskMetrics, Trace};

/// Columns for the time axis; a short run gets several columns per tick.
const COLUMNS: u64 = 60;
/// Tasks in a table or in a sentence; more are counted.
const MAX_ROWS: usize = 20;

/// The chart: a row per lane, a column per stretch of time, in which the
/// activity with the largest share shows.
pub(super) fn gantt(trace: &Trace, title: &str, parts: &[Part], from: u64, length: u64) -> String {
    let columns = match COLUMNS / length {
        0 => COLUMNS,
        per_tick => per_tick * length,
    };
    let letters = letters(trace);
    let lanes = || parts.iter().flat_map(|part| &part.lanes);
    let names = lanes().map(|lane| lane.name.chars().count()).max();
    let names = names.unwrap_or(0).clamp(4, NAME);

    let mut out = format!("{title} ({})\n", trace.origin());
    for part in parts {
        for lane in &part.lanes {
            let name = super::canvas::shorten(&lane.name, NAME);
            let row = row(lane, part.by_worker, &letters, from, length, columns);
            out.push_str(&format!("{name:<names$} |{row}|\n"));
        }
        if part.left_out > 0 {
            out.push_str(&format!("and {} more, not drawn\n", part.left_out));
        }
    }
    let (per, unit) = shown_unit(trace.unit(), length);
    let end = format!("{} {unit}", in_unit(length, per));
    let columns = usize::try_from(columns).unwrap_or(60);
    out.push_str(&format!("{:names$} 0{end:>columns$}\n", ""));
    out.push_str(&key(trace, parts, &letters));
    for note in trace.notes() {
        out.push_str(note);
        out.push('\n');
    }
    out
}

/// One sentence or two on what the picture shows.
pub(super) fn describe(trace: &Trace) -> String {
    format!(
        "Gantt chart of a {} run with {} and {}: {}.",
        trace.origin(),
        counted(trace.tasks().len(), "task"),
        counted(trace.workers().len(), "worker"),
        caption(trace),
    )
}

/// The metrics in one line.
pub(super) fn caption(trace: &Trace) -> String {
    let unit = trace.unit();
    let (per, shown) = shown_unit(unit, trace.makespan());
    let time = |t: u64| in_unit(t, per);
    let mut line = format!(
        "makespan {} {shown}, work {} {shown}",
        time(trace.makespan()),
        time(trace.work())
    );
    let tasks = trace.tasks().len();
    if (1..=4).contains(&tasks) {
        let each: Vec<String> = trace
            .per_task()
            .iter()
            .map(|of| format!("{} {}", of.name, time(of.turnaround)))
            .collect();
        line.push_str(&format!(", turnaround {}", each.join(", ")));
    } else if tasks > 0 {
        line.push_str(&format!(
            ", mean turnaround {:.1} {shown}",
            trace.mean_turnaround() / per as f64
        ));
    }
    // On one worker it would only say how much of the waiting overlaps; on
    // several it says that, too, so readers are told what is compared.
    if trace.workers().len() > 1 {
        let speedup = trace.speedup();
        line.push_str(&match trace.serial_time() > trace.work() {
            false => format!(", speedup {speedup:.2}"),
            true => format!(", {speedup:.2} times as fast as one after the other"),
        });
    }
    line
}

/// The metrics of the whole run, as (name, value with unit).
fn summary(trace: &Trace) -> Vec<(&'static str, String)> {
    let (per, unit) = shown_unit(trace.unit(), trace.makespan());
    let time = |t: u64| format!("{} {unit}", in_unit(t, per));
    let mut rows = vec![
        ("makespan", time(trace.makespan())),
        ("work", time(trace.work())),
    ];
    if trace.overhead() > 0 {
        rows.push(("switching", time(trace.overhead())));
    }
    rows.extend([
        ("speedup", format!("{:.2}", trace.speedup())),
        ("efficiency", format!("{:.2}", trace.efficiency())),
        (
            "peak concurrency",
            counted(trace.peak_concurrency(), "task"),
        ),
        (
            "peak parallelism",
            counted(trace.peak_parallelism(), "worker"),
        ),
        (
            "mean parallelism",
            format!("{:.2}", trace.mean_parallelism()),
        ),
    ]);
    if let Some(conditions) = trace.conditions() {
        // Two threads on one CPU look parallel to their own clocks.
        let used = format!("{:.2} of {}", conditions.cpus_used(), conditions.cpus);
        rows.push(("CPUs used", used));
        rows.push(("preemptions", conditions.preemptions.to_string()));
    }
    rows
}

/// What stands below a chart: the metrics of the run and of its first tasks.
pub(super) struct Tables {
    /// The whole run, as (name, value with unit).
    pub(super) summary: Vec<(&'static str, String)>,
    /// The columns of the tasks.
    pub(super) header: Vec<String>,
    /// A row for each task, as long as the header.
    pub(super) rows: Vec<Vec<String>>,
    /// Tasks that have no row.
    pub(super) more: usize,
}

/// One of the times of a task.
type Time = fn(&TaskMetrics) -> u64;

impl Tables {
    /// Of a turnaround's parts, switching and blocked time have a column only
    /// where there is some.
    pub(super) fn of(trace: &Trace) -> Self {
        let (per, unit) = shown_unit(trace.unit(), trace.makespan());
        let occurs = |kind| trace.spans().iter().any(|span| span.kind == kind);
        let columns: [(&str, bool, Time); 7] = [
            ("response", true, |of| of.response),
            ("turnaround", true, |of| of.turnaround),
            ("running", true, |of| of.running),
            ("waiting", true, |of| of.waiting),
            ("switching", occurs(SpanKind::Switch), |of| of.switching),
            ("blocked", occurs(SpanKind::Blocked), |of| of.blocked),
            ("queued", true, |of| of.queued),
        ];
        let columns = || columns.iter().filter(|(_, shown, _)| *shown);
        let header = columns().map(|(name, ..)| format!("{name} ({unit})"));
        let rows = trace.per_task().into_iter().take(MAX_ROWS).map(|of| {
            let times = columns().map(|(_, _, time)| in_unit(time(&of), per));
            let times: Vec<String> = times.collect();
            std::iter::once(of.name).chain(times).collect()
        });
        Self {
            summary: summary(trace),
            header: std::iter::once("task".to_owned()).chain(header).collect(),
            rows: rows.collect(),
            more: trace.tasks().len().saturating_sub(MAX_ROWS),
        }
    }

    /// Both tables as text.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.summary {
            out.push_str(&format!("{name:<17} {value}\n"));
        }
        if self.rows.is_empty() {
            return out;
        }
        out.push_str(&table::text(&self.header, &self.rows));
        if self.more > 0 {
            out.push_str(&format!("and {} more\n", self.more));
        }
        out
    }
}

/// `value` with its unit: `1 tick`, `5 ticks`, `1 ns`.
pub(super) fn with_unit(value: &str, unit: &str) -> String {
    let one = value == "1" && unit.chars().count() > 2;
    let unit = if one {
        unit.strip_suffix('s').unwrap_or(unit)
    } else {
        unit
    };
    format!("{value} {unit}").trim().to_owned()
}

pub(super) fn counted(count: usize, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

/// One letter per task: the first of its name if those differ, else in order.
fn letters(trace: &Trace) -> Vec<char> {
    let tasks = trace.tasks();
    let own: Vec<char> = tasks
        .iter()
        .filter_map(|task| task.name.chars().next())
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let mut distinct = own.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() == tasks.len() {
        return own;
    }
    let supply = ('A'..='Z').chain('a'..='z').chain('0'..='9');
    let letters = supply.chain(std::iter::repeat('*'));
    letters.take(tasks.len()).collect()
}

fn row(
    lane: &Lane,
    by_worker: bool,
    letters: &[char],
    from: u64,
    length: u64,
    columns: u64,
) -> String {
    let mut shares: Vec<Vec<(char, u128)>> =
        vec![Vec::new(); usize::try_from(columns).unwrap_or(0)];
    let (length, columns) = (u128::from(length), u128::from(columns));
    for bar in &lane.bars {
        let symbol = symbol(bar, by_worker, letters);
        // Times in units of 1/columns tick, so that column edges are whole.
        let start = u128::from(bar.start.saturating_sub(from)) * columns;
        let end = u128::from(bar.end.saturating_sub(from)) * columns;
        let (first, last) = (start / length, end.div_ceil(length));
        for column in first..last.min(columns) {
            let share = end.min((column + 1) * length) - start.max(column * length);
            let Some(in_column) = usize::try_from(column).ok().and_then(|c| shares.get_mut(c))
            else {
                continue;
            };
            match in_column.iter_mut().find(|(seen, _)| *seen == symbol) {
                Some((_, sum)) => *sum += share,
                None => in_column.push((symbol, share)),
            }
        }
    }
    shares
        .iter()
        .map(|column| {
            let busy: u128 = column.iter().map(|(_, share)| share).sum();
            let most = column.iter().rev().max_by_key(|(_, share)| *share);
            most.filter(|_| busy * 2 >= length)
                .map_or(' ', |(symbol, _)| *symbol)
        })
        .collect()
}

fn symbol(bar: &Bar, by_worker: bool, letters: &[char]) -> char {
    match (bar.doing, by_worker) {
        (Doing::Span(SpanKind::Run), true) => letters.get(bar.task.0).copied().unwrap_or('*'),
        (Doing::Span(SpanKind::Run), false) => '#',
        (Doing::Span(SpanKind::Wait), _) => '~',
        (Doing::Span(SpanKind::Switch), _) => '/',
        (Doing::Span(SpanKind::Blocked), _) => '!',
        (Doing::Queued, _) => '.',
        (Doing::Aside, _) => ':',
        (Doing::Many, _) => '%',
    }
}

/// Says what the characters mean, as far as they occur.
fn key(trace: &Trace, parts: &[Part], letters: &[char]) -> String {
    let bars = || parts.iter().flat_map(|p| &p.lanes).flat_map(|l| &l.bars);
    let names = [
        ("~ waiting", Doing::Span(SpanKind::Wait)),
        ("/ switching task", Doing::Span(SpanKind::Switch)),
        ("! holding a worker idle", Doing::Span(SpanKind::Blocked)),
        (". in the queue", Doing::Queued),
        (": put aside, in the queue", Doing::Aside),
    ];
    let mut entries = Vec::new();
    let rows = parts.iter().filter(|part| !part.by_worker);
    let rows = rows.map(|part| part.lanes.len()).max().unwrap_or(MAX_ROWS);
    let tasks = trace.tasks().iter().zip(letters);
    let tasks = tasks.take(rows.min(MAX_ROWS));
    let renamed = tasks.filter(|(task, letter)| task.name != letter.to_string());
    entries.extend(renamed.map(|(task, letter)| format!("{letter} = {}", task.name)));
    if parts.iter().any(|part| !part.by_worker) {
        entries.push("# running".to_owned());
    }
    let occurring = names
        .into_iter()
        .filter(|(_, doing)| bars().any(|bar| bar.doing == *doing));
    entries.extend(occurring.map(|(name, _)| name.to_owned()));
    if entries.is_empty() {
        return String::new();
    }
    format!("{}\n", entries.join("   "))
}

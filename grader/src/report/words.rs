//! How results are said: a sign and a word for each verdict, points, lateness.

use crate::gradebook::{Entry, Submission};
use crate::notebook::is_unseen;
use crate::results::Verdict;

/// What became of an entry, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing of the submission could be graded, or the task is newer.
    NotGraded,
    /// A person gave the points.
    Marked,
    Found(Verdict),
}

impl Standing {
    pub(super) fn of(submission: &Submission, entry: &Entry) -> Self {
        let marked = entry.mark.as_ref().and_then(|mark| mark.points);
        match &entry.item {
            _ if submission.problem.is_some() => Self::NotGraded,
            None => Self::NotGraded,
            Some(_) if marked.is_some() => Self::Marked,
            Some(item) => Self::Found(item.verdict),
        }
    }

    /// Another sign for each, so that no meaning rests on colour.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::NotGraded => "∅",
            Self::Marked => "✎",
            Self::Found(Verdict::Right) => "✓",
            Self::Found(Verdict::Partly) => "◐",
            Self::Found(Verdict::Wrong) => "✗",
            Self::Found(Verdict::Unanswered) => "○",
            Self::Found(Verdict::Unreadable) => "?",
            Self::Found(Verdict::Refused) => "⊘",
            Self::Found(Verdict::NotCompiled) => "⚠",
            Self::Found(Verdict::Ended) => "■",
            Self::Found(Verdict::Pending) => "…",
        }
    }

    /// A word for programs that read a table.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::NotGraded => "not_graded",
            Self::Marked => "marked",
            Self::Found(Verdict::Right) => "right",
            Self::Found(Verdict::Partly) => "partly",
            Self::Found(Verdict::Wrong) => "wrong",
            Self::Found(Verdict::Unanswered) => "unanswered",
            Self::Found(Verdict::Unreadable) => "unreadable",
            Self::Found(Verdict::Refused) => "refused",
            Self::Found(Verdict::NotCompiled) => "not_compiled",
            Self::Found(Verdict::Ended) => "ended",
            Self::Found(Verdict::Pending) => "pending",
        }
    }

    /// Words for the student.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NotGraded => "not graded",
            Self::Marked => "marked by your instructor",
            Self::Found(Verdict::Right) => "right",
            Self::Found(Verdict::Partly) => "partly right",
            Self::Found(Verdict::Wrong) => "not right",
            Self::Found(Verdict::Unanswered) => "not answered",
            Self::Found(Verdict::Unreadable) => "could not be read",
            Self::Found(Verdict::Refused) => "not run",
            Self::Found(Verdict::NotCompiled) => "does not compile",
            Self::Found(Verdict::Ended) => "did not finish",
            Self::Found(Verdict::Pending) => "waits for your instructor",
        }
    }
}

/// Points for people, with at most two decimals.
pub(super) fn points(points: f64) -> String {
    ((points * 1e2).round() / 1e2 + 0.0).to_string()
}

/// `3 of 4 points`; a dash while a person has yet to give them.
pub(super) fn points_of(got: Option<f64>, possible: f64) -> String {
    let got = got.map_or_else(|| "–".to_owned(), points);
    let unit = if possible == 1.0 { "point" } else { "points" };
    format!("{got} of {} {unit}", points(possible))
}

/// How late it was and what that costs; nothing for in time.
pub(super) fn lateness(late: u64, share: f64) -> Option<String> {
    if late == 0 && share >= 1.0 {
        return None;
    }
    let how = match late {
        0 => "Handed in late".to_owned(),
        late => format!("Handed in {} late", duration(late)),
    };
    Some(match share >= 1.0 {
        true => format!("{how}; no points are taken for it."),
        false => format!("{how}: {}% of the points count.", points(share * 100.0)),
    })
}

/// A time of the gradebook for people; as it is where it is none.
pub(super) fn time(rfc3339: &str) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

/// How late something is, for the cell of a table.
pub(super) fn late(seconds: u64) -> Option<String> {
    (seconds > 0).then(|| format!("{} late", duration(seconds)))
}

/// A time span in its two largest units, begun ones counting.
fn duration(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    let parts = match (days, hours, minutes % 60) {
        (0, 0, minutes) => vec![(minutes, "minute")],
        (0, hours, minutes) => vec![(hours, "hour"), (minutes, "minute")],
        (days, hours, _) => vec![(days, "day"), (hours, "hour")],
    };
    let said = parts.into_iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = said.map(|(count, unit)| counted(count, unit)).collect();
    said.join(" and ")
}

/// `1 hour`, `2 hours`.
pub(super) fn counted(count: u64, unit: &str) -> String {
    match count {
        1 => format!("1 {unit}"),
        many => format!("{many} {unit}s"),
    }
}

/// At most twenty names, for a terminal. Names may have commas in them.
pub(super) fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| printable(name))
        .collect();
    let shown = shown.join("; ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// A line that a student wrote, for a terminal: nothing in it steers one.
#[must_use]
pub fn printable(line: &str) -> String {
    let steers = |c: char| (c.is_control() && c != '\t') || is_unseen(c);
    line.chars()
        .map(|c| if steers(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_said_with_its_price() {
        let check = |late, share, expected: Option<&str>| {
            assert_eq!(lateness(late, share).as_deref(), expected);
        };
        check(0, 1.0, None);
        check(
            61,
            1.0,
            Some("Handed in 2 minutes late; no points are taken for it."),
        );
        check(
            3600,
            0.9,
            Some("Handed in 1 hour late: 90% of the points count."),
        );
        check(
            5 * 3600 + 60,
            0.5,
            Some("Handed in 5 hours and 1 minute late: 50% of the points count."),
        );
        check(
            86_400 * 2 + 30,
            0.0,
            Some("Handed in 2 days late: 0% of the points count."),
        );
        check(0, 0.875, Some("Handed in late: 87.5% of the points count."));
    }

    #[test]
    fn times_are_to_the_minute() {
        assert_eq!(time("2026-08-06T10:05:59.123Z"), "2026-08-06 10:05 UTC");
        assert_eq!(time("<b>"), "<b>");
    }

    #[test]
    fn no_line_steers_a_terminal() {
        assert_eq!(
            printable("a\tb\u{1b}[2Jc\u{202e}d"),
            "a\tb\u{fffd}[2Jc\u{fffd}d"
        );
    }

    #[test]
    fn points_are_short() {
        assert_eq!(points_of(Some(1.0 / 3.0), 1.0), "0.33 of 1 point");
        assert_eq!(points_of(None, 2.5), "– of 2.5 points");
        assert_eq!(points_of(Some(0.0), 4.0), "0 of 4 points");
    }
}

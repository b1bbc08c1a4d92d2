//! What is taken for handing in late.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// When notebooks are due, and what lateness costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lateness {
    /// When every notebook is due that has no time of its own.
    pub due: Option<Timestamp>,
    /// By notebook.
    pub due_of: BTreeMap<String, Timestamp>,
    /// The share of the points that each day begun takes, 0 to 1.
    pub a_day: f64,
    /// The most that is taken, 0 to 1.
    pub most: f64,
    /// So many seconds are not late yet.
    pub grace: u64,
}

impl Lateness {
    /// How many seconds late, and what share of the points is left.
    #[must_use]
    pub fn of(&self, notebook: &str, submitted: Option<Timestamp>) -> (u64, f64) {
        let due = self.due_of.get(notebook).copied().or(self.due);
        let (Some(due), Some(submitted)) = (due, submitted) else {
            return (0, 1.0);
        };
        let late = u64::try_from(submitted.duration_since(due).as_secs()).unwrap_or(0);
        if late <= self.grace {
            return (0, 1.0);
        }
        #[allow(clippy::cast_precision_loss)]
        let days = late.div_ceil(DAY) as f64;
        (late, 1.0 - (days * self.a_day).min(self.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_begun_takes_its_share() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let lateness = Lateness {
            due: Some(time("2026-12-01T12:00:00Z")),
            due_of: BTreeMap::from([("b".to_owned(), time("2026-12-08T12:00:00Z"))]),
            a_day: 0.1,
            most: 0.5,
            grace: 600,
        };
        let check = |notebook, submitted, expected| {
            let submitted = Some(time(submitted));
            assert_eq!(lateness.of(notebook, submitted), expected, "{submitted:?}");
        };
        check("a", "2026-12-01T11:00:00Z", (0, 1.0));
        check("a", "2026-12-01T12:10:00Z", (0, 1.0));
        check("a", "2026-12-01T12:10:01Z", (601, 0.9));
        check("a", "2026-12-02T12:00:00Z", (DAY, 0.9));
        check("a", "2026-12-02T12:00:01Z", (DAY + 1, 0.8));
        check("a", "2027-12-02T12:00:00Z", (366 * DAY, 0.5));
        check("b", "2026-12-02T12:00:00Z", (0, 1.0));
        assert_eq!(lateness.of("a", None), (0, 1.0));
    }
}

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

impl Lateness {
    /// Whether being late with a notebook costs anything.
    #[must_use]
    pub fn takes(&self, notebook: &str) -> bool {
        let is_due = self.due.is_some() || self.due_of.contains_key(notebook);
        is_due && self.a_day > 0.0 && self.most > 0.0
    }

    /// What is due when, and what lateness costs, for a person; `None` if nothing
    /// is due.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let of = self.due_of.iter();
        let mut due: Vec<String> = of
            .map(|(notebook, due)| format!("{notebook} {}", minutes(*due)))
            .collect();
        let (others, all) = match due.is_empty() {
            true => ("all", None),
            false => ("others", Some("others at any time".to_owned())),
        };
        match self.due {
            Some(time) => due.push(format!("{others} {}", minutes(time))),
            None => due.push(all?),
        }
        let due = due.join(", ");
        if self.a_day <= 0.0 || self.most <= 0.0 {
            return Some(format!(
                "due: {due}; nothing is taken for lateness, since --late-a-day is 0"
            ));
        }
        let grace = match self.grace / 60 {
            0 => String::new(),
            1 => ", 1 minute is not late yet".to_owned(),
            grace => format!(", {grace} minutes are not late yet"),
        };
        Some(format!(
            "due: {due}; {} % for each day begun, at most {} %{grace}",
            percent(self.a_day),
            percent(self.most)
        ))
    }
}

/// In UTC, without the seconds where there are none.
fn minutes(time: Timestamp) -> String {
    let text = time.to_string();
    match text.strip_suffix(":00Z") {
        Some(short) => format!("{short}Z"),
        None => text,
    }
}

/// Rounded, so that 0.29 is 29.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
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
        assert_eq!(
            lateness.told().unwrap(),
            "due: b 2026-12-08T12:00Z, others 2026-12-01T12:00Z; 10 % for each day begun, at most \
             50 %, 10 minutes are not late yet"
        );
        assert!(lateness.takes("a"));
    }

    #[test]
    fn what_is_due_is_told() {
        let due: Timestamp = "2026-12-01T23:59:59Z".parse().unwrap();
        let check = |lateness: &Lateness, takes, expected: Option<&str>| {
            assert_eq!(lateness.told().as_deref(), expected);
            assert_eq!(lateness.takes("a"), takes);
        };
        let none = Lateness::default();
        check(&none, false, None);
        let all = Lateness {
            due: Some(due),
            most: 1.0,
            ..none.clone()
        };
        let free = "due: all 2026-12-01T23:59:59Z; nothing is taken for lateness, since \
                    --late-a-day is 0";
        check(&all, false, Some(free));
        let one = Lateness {
            due_of: BTreeMap::from([("a".to_owned(), due)]),
            a_day: 0.29,
            most: 1.0,
            ..none
        };
        let told = "due: a 2026-12-01T23:59:59Z, others at any time; 29 % for each day begun, at \
                    most 100 %";
        check(&one, true, Some(told));
        assert!(!one.takes("b"));
    }
}

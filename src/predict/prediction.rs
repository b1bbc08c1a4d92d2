//! The prediction, and the verdict on it.

use std::fmt;

use super::answers::Answers;

/// How far from the answer a prediction may be to count as right.
const TOLERANCE: f64 = 0.1;

/// A number that somebody expects; see [`predict!`](crate::predict!).
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    metric: String,
    value: f64,
    tolerance: f64,
}

/// A prediction beside its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    prediction: Prediction,
    outcome: Outcome,
    disturbances: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// The run says so, in this unit.
    Answered { answer: f64, unit: String },
    /// The run has no such number, or the prediction is none.
    Unanswered { why: String },
}

impl Prediction {
    /// Expects `metric` to be `value`, within 10% of the answer.
    #[must_use]
    pub fn new(metric: impl Into<String>, value: impl Into<f64>) -> Self {
        Self {
            metric: metric.into(),
            value: value.into(),
            tolerance: TOLERANCE,
        }
    }

    /// How far from the answer the prediction may be, as a fraction of the
    /// answer: 0.1 for 10%. Below 0 and NaN count as 0.
    #[must_use]
    pub fn within(mut self, tolerance: impl Into<f64>) -> Self {
        // `max` gives the other number for NaN.
        self.tolerance = tolerance.into().max(0.0);
        self
    }

    /// What it is about, such as `speedup`.
    #[must_use]
    pub fn metric(&self) -> &str {
        &self.metric
    }

    /// The expected number.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// Holds the prediction against what `run` says.
    #[must_use]
    pub fn check(&self, run: &impl Answers) -> Verdict {
        let all = run.answers();
        let found = all.iter().find(|(name, _, _)| *name == self.metric);
        let outcome = match found {
            _ if self.value.is_nan() => Outcome::Unanswered {
                why: "No prediction yet: write your number in place of NaN, and run it again."
                    .to_owned(),
            },
            _ if !self.value.is_finite() => Outcome::Unanswered {
                why: format!(
                    "{} is no number that a run can have: predict a finite number.",
                    self.value
                ),
            },
            Some((_, answer, unit)) if answer.is_finite() => Outcome::Answered {
                answer: *answer,
                unit: (*unit).to_owned(),
            },
            Some(_) => Outcome::Unanswered {
                why: format!("This run could not tell its {}.", self.metric),
            },
            None => {
                let names: Vec<&str> = all.iter().map(|(name, _, _)| *name).collect();
                Outcome::Unanswered {
                    why: format!(
                        "This run says nothing about `{}`: predict one of {}.",
                        self.metric,
                        names.join(", ")
                    ),
                }
            }
        };
        Verdict {
            prediction: self.clone(),
            outcome,
            disturbances: run.disturbances(),
        }
    }
}

impl Verdict {
    /// What was predicted.
    #[must_use]
    pub const fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    /// What the run says, if it says anything.
    #[must_use]
    pub fn answer(&self) -> Option<f64> {
        match &self.outcome {
            Outcome::Answered { answer, .. } => Some(*answer),
            Outcome::Unanswered { .. } => None,
        }
    }

    /// Whether the run answered, and the prediction is within its tolerance.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.answer().is_some_and(|answer| {
            let off = (self.prediction.value - answer).abs();
            // Sums of floats may miss the bound by a hair.
            off <= self.prediction.tolerance * answer.abs() + 1e-9 * answer.abs()
        })
    }

    /// What made the run unlike one on an idle machine, a sentence for each.
    #[must_use]
    pub fn disturbances(&self) -> &[String] {
        &self.disturbances
    }

    pub(super) const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// How far off it was, in words.
    pub(super) fn how_far(&self) -> String {
        let Some(answer) = self.answer() else {
            return String::new();
        };
        let off = self.prediction.value - answer;
        let direction = if off > 0.0 { "above" } else { "below" };
        if off == 0.0 {
            "exactly".to_owned()
        } else if answer == 0.0 {
            format!("{} {direction}", shown(off.abs()))
        } else {
            let percent = (off / answer).abs() * 100.0;
            match percent {
                p if p < 1.0 => "within 1%".to_owned(),
                p if p < 1_000.0 => format!("{p:.0}% {direction}"),
                _ => match self.prediction.value / answer {
                    ratio if ratio > 0.0 => format!("{} times as much", shown(ratio)),
                    _ => format!("{} {direction}", shown(off.abs())),
                },
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Prediction { metric, value, .. } = &self.prediction;
        match &self.outcome {
            Outcome::Answered { answer, unit } => write!(
                f,
                "{} You predicted {}; the run says {} ({}).",
                if self.is_right() {
                    "As predicted."
                } else {
                    "Not as predicted."
                },
                // "200 ms" says what is meant.
                match metric.as_str() {
                    "milliseconds" => with_unit(*value, unit),
                    metric => format!("{metric} {}", with_unit(*value, unit)),
                },
                with_unit(*answer, unit),
                self.how_far(),
            ),
            Outcome::Unanswered { why } => f.write_str(why),
        }
    }
}

impl fmt::Display for Prediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Predicted: {} {}. Now run it, and check the prediction against the run.",
            self.metric,
            shown(self.value)
        )
    }
}

fn with_unit(number: f64, unit: &str) -> String {
    match unit {
        "" => shown(number),
        unit => format!("{} {unit}", shown(number)),
    }
}

/// Four digits that matter, without zeros at the end.
pub(super) fn shown(number: f64) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{number:.3e}");
    }
    if number.fract() == 0.0 {
        return format!("{number:.0}");
    }
    let decimals = match size {
        s if s >= 1_000.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        s if s >= 1.0 => 3,
        _ => 6,
    };
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

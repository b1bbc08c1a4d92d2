//! The key of a question, from its entry in a file: complete, or not there.

use super::bank::{Feedback, Form, Given, Key, Mistake, Right, Tolerance};
use super::load::{self, Entry};
use super::parse;

/// Reads the key to a question of this form. `None` where feedback comes later
/// and the entry has nothing of a key.
pub(super) fn read(
    entry: &mut Entry,
    form: &Form,
    feedback: Feedback,
) -> Result<Option<Key>, String> {
    let judged = entry.answer.is_some() || entry.low.is_some() || entry.high.is_some();
    if feedback == Feedback::Later && !judged {
        return match key_field(entry) {
            Some(field) => Err(format!("{field:?} stands there without an answer")),
            None => Ok(None),
        };
    }
    let right = right(entry, form)?;
    let mistakes = mistakes(entry, form, &right)?;
    let key = Key {
        option_hints: option_hints(entry, form, &right)?,
        mistakes,
        hint: match form {
            Form::Number { .. } | Form::Prints => required(
                entry.hint.take(),
                "it needs a hint for wrong answers that nobody foresaw",
            )?,
            _ => String::new(),
        },
        explanation: required(entry.explanation.take(), "explanation must not be empty")?,
        reference: required(
            entry.reference.take(),
            "it needs a reference: author, title, year",
        )?,
        right,
    };
    Ok(Some(key))
}

/// A field of the entry that belongs to a key.
fn key_field(entry: &Entry) -> Option<&'static str> {
    let fields = [
        ("explanation", entry.explanation.is_some()),
        ("reference", entry.reference.is_some()),
        ("hint", entry.hint.is_some()),
        (
            "hint",
            entry.options.values().any(|option| option.hint.is_some()),
        ),
        ("mistakes", !entry.mistakes.is_empty()),
        ("accept", !entry.accept.is_empty()),
        ("tolerance", entry.tolerance.is_some()),
        ("relative_tolerance", entry.relative_tolerance.is_some()),
        ("below", entry.below.is_some()),
        ("above", entry.above.is_some()),
    ];
    let given = fields.into_iter().find(|(_, given)| *given);
    given.map(|(field, _)| field)
}

fn required(text: Option<String>, otherwise: &str) -> Result<String, String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .ok_or_else(|| otherwise.to_owned())
}

fn right(entry: &mut Entry, form: &Form) -> Result<Right, String> {
    if let Form::Predict { .. } = form {
        return between(entry);
    }
    let answer = entry.answer.take().ok_or("the answer is missing")?;
    let given = load::given(&answer, form)?;
    match (form, given) {
        (Form::Choice(_), Given::Options(places)) if places.len() != 1 => {
            Err("the answer of a choice is one letter".to_owned())
        }
        (Form::Order(options), Given::Options(places)) if places.len() != options.len() => {
            Err("the answer of an order has each letter once".to_owned())
        }
        (_, Given::Options(places)) => Ok(Right::Options(places)),
        (_, Given::Number(value)) => Ok(Right::Number {
            value,
            tolerance: tolerance(entry)?,
        }),
        (_, Given::Text(text)) => Ok(Right::Text {
            text,
            accept: std::mem::take(&mut entry.accept),
        }),
    }
}

fn tolerance(entry: &Entry) -> Result<Tolerance, String> {
    let tolerance = match (entry.tolerance, entry.relative_tolerance) {
        (Some(_), Some(_)) => return Err("give one kind of tolerance, not both".to_owned()),
        (None, Some(share)) => Tolerance::Relative(share),
        (most, None) => Tolerance::Absolute(most.unwrap_or(0.0)),
    };
    let (Tolerance::Absolute(size) | Tolerance::Relative(size)) = tolerance;
    if !(size.is_finite() && size >= 0.0) {
        return Err("a tolerance is 0 or more".to_owned());
    }
    Ok(tolerance)
}

fn between(entry: &mut Entry) -> Result<Right, String> {
    let (Some(low), Some(high)) = (entry.low, entry.high) else {
        return Err("a prediction needs low and high, which are right themselves".to_owned());
    };
    if !(low.is_finite() && high.is_finite() && low <= high) {
        return Err(format!(
            "low is {low} and high is {high}: give two numbers in order"
        ));
    }
    Ok(Right::Between {
        low,
        high,
        below: required(
            entry.below.take(),
            "it needs a hint `below` for what is too low",
        )?,
        above: required(
            entry.above.take(),
            "it needs a hint `above` for what is too high",
        )?,
    })
}

fn option_hints(entry: &Entry, form: &Form, right: &Right) -> Result<Vec<String>, String> {
    let hints = entry.options.values().enumerate().map(|(place, option)| {
        let hint = option.hint.clone().unwrap_or_default().trim().to_owned();
        let is_right_choice = matches!(
            (form, right),
            (Form::Choice(_), Right::Options(right)) if right.contains(&place)
        );
        match hint.is_empty() {
            true if !is_right_choice => Err(format!(
                "option {} can be got wrong and has no hint",
                super::variant::letter(place)
            )),
            _ => Ok(hint),
        }
    });
    hints.collect()
}

fn mistakes(entry: &mut Entry, form: &Form, right: &Right) -> Result<Vec<Mistake>, String> {
    let mut mistakes = Vec::new();
    for mistake in entry.mistakes.drain(..) {
        let answer = load::given(&mistake.answer, form)?;
        match (right, &answer) {
            (Right::Number { value, tolerance }, Given::Number(wrong))
                if tolerance.allows(*wrong, *value) =>
            {
                return Err(format!(
                    "the mistake {wrong} is within the tolerance of {value}"
                ));
            }
            (Right::Between { low, high, .. }, Given::Number(wrong))
                if (low..=high).contains(&wrong) =>
            {
                return Err(format!("the mistake {wrong} lies between {low} and {high}"));
            }
            (Right::Options(right), Given::Options(wrong)) if right == wrong => {
                return Err("a mistake is the right order".to_owned());
            }
            (Right::Text { text, accept }, Given::Text(wrong))
                if [text]
                    .into_iter()
                    .chain(accept)
                    .any(|t| parse::is_same_output(wrong, t)) =>
            {
                return Err(format!("the mistake {wrong:?} is a right answer"));
            }
            _ => {}
        }
        mistakes.push(Mistake {
            answer,
            hint: required(Some(mistake.hint), "a mistake has no hint")?,
        });
    }
    Ok(mistakes)
}

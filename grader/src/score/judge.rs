//! Questions: from what was said to points, without running anything.

use twoaxes::quiz::{Outcome, Question};

use super::answers::{Answers, Said};
use crate::results::{Item, Verdict};

/// No choice needs so many bytes. The bank does not read so long an answer.
const LONGEST: usize = 2_001;

/// Judges what is said to `question`, whose cell is the answer `cell`.
#[must_use]
pub fn judge(question: &Question, possible: f64, answers: &Answers, cell: usize) -> Item {
    let item = |earned, verdict, answer: String, words: String| Item {
        name: question.id.clone(),
        earned: Some(earned),
        verdict,
        answer,
        said: String::new(),
        words,
        evidence: String::new(),
    };
    let (name, mut choice) = match answers.said(&question.id, cell) {
        Said::Choice { question, choice } => (question, choice),
        Said::Unclear => {
            let words = format!(
                "The answer has to stand there as it is, not as something to be computed: \
                 `answer(\"{}\", ..)` with {}.",
                question.id,
                question.how()
            );
            let written = answers.text(cell).trim().to_owned();
            return item(0.0, Verdict::Unreadable, written, words);
        }
        Said::Nothing => {
            let words = "There is no answer to this question.".to_owned();
            return item(0.0, Verdict::Unanswered, String::new(), words);
        }
    };
    if choice.len() > LONGEST {
        choice.truncate(choice.floor_char_boundary(LONGEST));
    }
    let named = name.split_once(':').map(|(_, letters)| letters);
    let order = named.or_else(|| answers.order(&question.id));
    let variant = match order {
        None => Some(question.clone()),
        Some(letters) => question.variant(letters),
    };
    let Some(variant) = variant else {
        let words = format!(
            "{name:?} does not name the question: copy its line from the notebook that you were \
             given."
        );
        return item(0.0, Verdict::Unreadable, choice, words);
    };
    let said = order.map_or_else(|| choice.clone(), |order| in_bank_order(&choice, order));
    let own = match said == choice {
        true => String::new(),
        false => choice.clone(),
    };
    let judged = match variant.judge(&choice).outcome {
        Outcome::Correct {
            explanation,
            reference,
        } => {
            let words = format!("{explanation}\n\nRead more: {reference}.");
            item(possible, Verdict::Right, said, words)
        }
        Outcome::Wrong { hint } => item(0.0, Verdict::Wrong, said, hint),
        Outcome::Unanswered { .. } => {
            let words = "This question was not answered.".to_owned();
            item(0.0, Verdict::Unanswered, String::new(), words)
        }
        Outcome::Unreadable { why } => item(0.0, Verdict::Unreadable, choice, why),
        // A bank without its key: a person has to say.
        Outcome::Recorded => Item {
            earned: None,
            ..item(0.0, Verdict::Pending, said, String::new())
        },
    };
    Item {
        said: own,
        ..judged
    }
}

/// Letters of a student's order as those of the bank.
fn in_bank_order(choice: &str, order: &str) -> String {
    let bank = |c: char| {
        let place =
            (c.is_ascii_alphabetic()).then(|| c.to_ascii_uppercase() as usize - 'A' as usize)?;
        order.chars().nth(place)
    };
    choice.chars().map(|c| bank(c).unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_told_in_the_letters_of_the_bank() {
        assert_eq!(in_bank_order("a, C", "CADB"), "C, D");
        assert_eq!(in_bank_order("F", "CADB"), "F");
    }
}

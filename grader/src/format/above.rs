//! The cell above an answer: whether the question may stand there.
//!
//! What an author wrote must not be lost. So a text gives way to the question
//! only if it is one that this tool has made itself, now or from an earlier
//! state of the question file.

use twoaxes::quiz::{Bank, Question};

use super::FormatError;
use super::metadata::{self, Graded};
use crate::notebook::{Cell, CellKind};

/// How the Markdown of a question begins, as `Question::markdown` makes it.
const HEADING: &str = "### Question ";

/// How its last line begins. Whoever changes that in `Question::markdown` keeps
/// the old words here, or no notebook made before will be in form again.
const ENDING: &str = "Replace the `?` by ";

/// What an author may write above an answer until the question stands there.
const PLACEHOLDER: &str = "(question)";

/// The id of the cell that holds a question.
pub(super) fn id_of(question: &Question) -> String {
    format!("{}-question", question.id)
}

/// Puts the question into the cell above its answer, if that is one for it, and
/// says whether it is.
///
/// # Errors
/// When the cell holds a question and something besides.
pub(super) fn hold(
    above: &mut Cell,
    question: &Question,
    bank: &Bank,
) -> Result<bool, FormatError> {
    if above.kind != CellKind::Markdown {
        return Ok(false);
    }
    let id = id_of(question);
    let text = above.source.trim();
    let heading = text.lines().next().unwrap_or_default().trim_end();
    let named = heading
        .strip_prefix(HEADING)
        .and_then(|name| bank.question(name));
    let notes = match named {
        _ if text.is_empty() || text == PLACEHOLDER => None,
        Some(named) => notes(text, named),
        None if above.id.as_ref() == Some(&id) => Some(heading.to_owned()),
        None => return Ok(false),
    };
    if let Some(notes) = notes {
        return Err(FormatError::NotesInQuestion {
            question: named.unwrap_or(question).id.clone(),
            notes: notes.lines().next().unwrap_or_default().to_owned(),
        });
    }
    above.source = question.markdown();
    above.id = Some(id);
    metadata::set_role(above, Graded::ReadOnly);
    Ok(true)
}

/// What stands in the text besides the question that its heading names. An
/// earlier state of the question is known by its last line; one that is not
/// changed must have nothing added, either. What was written into a line of a
/// question cannot be told from an earlier state of that line, and gives way.
fn notes(text: &str, question: &Question) -> Option<String> {
    let rendering = question.markdown();
    let found = pieces(text);
    let (_, below) = found.split_first()?;
    let first = below.first()?;
    if text == rendering {
        return None;
    }
    let Some(end) = below.iter().position(|piece| piece.starts_with(ENDING)) else {
        return Some(first.clone());
    };
    if let Some(after) = below.get(end + 1) {
        return Some(after.clone());
    }
    let mut expected = pieces(&rendering).into_iter().peekable();
    let mut added = found;
    added.retain(|piece| expected.next_if_eq(piece).is_none());
    match expected.peek() {
        None => added.into_iter().next(),
        Some(_) => None,
    }
}

/// The lines of a text that are not empty, a block of code counting as one.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut fence: Option<String> = None;
    for line in text.lines().map(str::trim_end) {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match (&fence, pieces.last_mut()) {
            (Some(open), Some(block)) => {
                block.push('\n');
                block.push_str(line);
                if line == open {
                    fence = None;
                }
            }
            _ if line.is_empty() => {}
            _ => {
                pieces.push(line.to_owned());
                fence = (ticks.len() >= 3).then_some(ticks);
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank() -> Bank {
        Bank::with_built_in(&[]).unwrap()
    }

    /// The form of `Question::markdown` is known here, whatever the question.
    #[test]
    fn every_question_is_known_again() {
        let bank = bank();
        for question in bank.questions() {
            let found = pieces(&question.markdown());
            assert!(found.first().unwrap().starts_with(HEADING));
            let ends = found.iter().position(|piece| piece.starts_with(ENDING));
            assert_eq!(ends, Some(found.len() - 1), "{}", question.id);
        }
    }

    #[test]
    fn notes_are_found_and_earlier_questions_are_not_notes() {
        let bank = bank();
        let with_code = |question: &&Question| question.code.is_some();
        let question = bank.questions().iter().find(with_code).unwrap();
        let now = question.markdown();
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(notes(text, question).as_deref(), expected, "{text}");
        };
        check(&now, None);
        check(&now.replace("\n\n", "  \n\n\n"), None);
        check(&format!("### Question {}", question.id), None);
        let code = question.code.as_deref().unwrap();
        check(&now.replace(code, "let earlier = 1;\n\n// as it was"), None);
        check(&now.replace(&question.prompt, "Which one?\n\nTell."), None);
        check(&format!("{now}\n\nMy note."), Some("My note."));
        check(&format!("{now}\nMy note."), Some("My note."));
        check(
            &now.replace(&question.prompt, &format!("Note.\n\n{}", question.prompt)),
            Some("Note."),
        );
        let changed = now.replace(&question.prompt, "Which one?");
        check(&format!("{changed}\n\nMy note."), Some("My note."));
        check(
            &format!("### Question {}\n\nMy note.\n\nMore.", question.id),
            Some("My note."),
        );
    }
}

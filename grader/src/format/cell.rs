//! One cell: its text, and its role as its code tells it.

use twoaxes::quiz::{Bank, Outcome, Question};

use super::FormatError;
use super::metadata::{self, Graded};
use crate::notebook::{
    AnswerCall, Cell, CellKind, answer_calls, first_arguments, without_trailing_blanks,
};

/// Formats a cell. If it answers a question, that is what has to stand above.
pub(super) fn format<'a>(
    cell: &mut Cell,
    bank: &'a Bank,
) -> Result<Option<&'a Question>, FormatError> {
    metadata::of_cell(&mut cell.metadata);
    let CellKind::Code {
        execution_count,
        outputs,
    } = &mut cell.kind
    else {
        // Two spaces at the end of a line are a line break in Markdown.
        cell.source = cell.source.trim_matches('\n').to_owned();
        return Ok(None);
    };
    *execution_count = None;
    outputs.clear();
    cell.source = without_trailing_blanks(&cell.source);
    let roles = roles(&cell.source);
    match &roles[..] {
        [] => Ok(None),
        [Found::Answer { question, choice }] => {
            let question = answered(question, choice, bank)?;
            cell.id = Some(format!("{}-answer", question.id));
            metadata::set_role(cell, Graded::Answer);
            Ok(Some(question))
        }
        // Somebody marks it by hand; its points are the author's.
        [Found::Solution] if metadata::is_marked_by_hand(&cell.metadata) => Ok(None),
        [one] => {
            metadata::set_role(cell, one.graded(bank)?);
            Ok(None)
        }
        several => Err(FormatError::SeveralRoles(
            several
                .iter()
                .map(Found::name)
                .collect::<Vec<_>>()
                .join(", "),
        )),
    }
}

/// The scores that a cell gives: points of exercises and of sections, in words.
pub(super) fn scores(source: &str) -> Vec<String> {
    let roles = roles(source).into_iter();
    roles
        .filter(|found| matches!(found, Found::Exercise(_) | Found::Progress(_)))
        .map(|found| found.name())
        .collect()
}

/// Something in a cell's code that says what the cell is for.
enum Found {
    Answer { question: String, choice: String },
    Exercise(String),
    Progress(String),
    QuestionsFrom,
    Solution,
}

fn roles(source: &str) -> Vec<Found> {
    let mut roles = Vec::new();
    for call in answer_calls(source) {
        // Of one that is no literal, a release says what is wrong.
        if let AnswerCall::Literal(answer) = call {
            roles.push(Found::Answer {
                question: answer.question,
                choice: answer.choice,
            });
        }
    }
    let calls = |name| {
        first_arguments(source, name)
            .into_iter()
            .map(|call| call.text)
    };
    roles.extend(calls("exercise").map(Found::Exercise));
    roles.extend(calls("progress").map(Found::Progress));
    roles.extend(calls("questions_from").map(|_| Found::QuestionsFrom));
    if source.contains("// BEGIN SOLUTION") {
        roles.push(Found::Solution);
    }
    roles
}

impl Found {
    fn name(&self) -> String {
        match self {
            Self::Answer { question, .. } => format!("the answer to {question:?}"),
            Self::Exercise(id) => format!("the check of {id:?}"),
            Self::Progress(section) => format!("the score of {section:?}"),
            Self::QuestionsFrom => "a question file".to_owned(),
            Self::Solution => "a solution".to_owned(),
        }
    }

    fn graded(&self, bank: &Bank) -> Result<Graded, FormatError> {
        match self {
            Self::Exercise(id) => match bank.exercise(id) {
                Some(known) => Ok(Graded::Tests(known.points)),
                None => Err(FormatError::UnknownExercise(id.clone())),
            },
            Self::Progress(section) => {
                let questions = bank.questions().iter();
                let points = questions.filter(|q| q.section == *section).count();
                let known = points > 0 || bank.exercises().iter().any(|e| e.section == *section);
                if !known {
                    return Err(FormatError::UnknownSection(section.clone()));
                }
                Ok(Graded::Tests(u32::try_from(points).unwrap_or(u32::MAX)))
            }
            Self::QuestionsFrom => Ok(Graded::ReadOnly),
            Self::Answer { .. } | Self::Solution => Ok(Graded::Answer),
        }
    }
}

/// The question of that id, if `choice` is the right answer to it or none yet.
fn answered<'a>(id: &str, choice: &str, bank: &'a Bank) -> Result<&'a Question, FormatError> {
    let question = bank
        .question(id)
        .ok_or_else(|| FormatError::UnknownQuestion {
            id: id.to_owned(),
            near: bank.near(id),
        })?;
    match question.judge(choice).outcome {
        Outcome::Wrong { .. } | Outcome::Unreadable { .. } => Err(FormatError::WrongAnswer {
            id: id.to_owned(),
            choice: choice.to_owned(),
        }),
        _ => Ok(question),
    }
}

//! The questions of a students' edition: in the student's order, and from files
//! without the keys of those whose feedback comes later.

use twoaxes::quiz::Bank;

use super::secrets::secret;
use super::{ReleaseError, Student};
use crate::course::Course;
use crate::notebook::{AnswerCall, Argument, Call, Cell, CellKind, answer_calls, calls, line_of};

/// Puts the options of the question that `cell` answers into the student's
/// order: in the Markdown above it, and in the name that it answers.
pub(super) fn shuffle(
    cell: &mut Cell,
    above: Option<&mut Cell>,
    course: &Course,
    student: Option<(&Student, u64)>,
) -> Result<(), ReleaseError> {
    if !cell.is_code() {
        return Ok(());
    }
    let mut calls = answer_calls(&cell.source).into_iter();
    let Some(AnswerCall::Literal(answer)) = calls.next() else {
        return Ok(());
    };
    let name = &answer.question;
    let Some(question) = course.bank.question(name) else {
        return Err(ReleaseError::UnknownQuestion {
            id: name.clone(),
            near: course.bank.near(name),
        });
    };
    let Some((student, seed)) = student else {
        return Ok(());
    };
    let shuffled = question.shuffled_for(student.name(), seed);
    if shuffled.id == question.id {
        return Ok(());
    }
    let above = above
        .filter(|above| above.kind == CellKind::Markdown && above.source == question.markdown());
    let Some(above) = above else {
        return Err(ReleaseError::QuestionNotAbove(name.clone()));
    };
    above.source = shuffled.markdown();
    cell.source
        .replace_range(answer.question_span, &format!("{:?}", shuffled.id));
    Ok(())
}

/// In place of `questions_from("file.toml")`, which reads keys from the
/// instructor's folder, the students' cell holds what they may know itself.
pub(super) fn embed(cell: &mut Cell, course: &Course) -> Result<(), ReleaseError> {
    if !cell.is_code() {
        return Ok(());
    }
    for call in literal(&cell.source, "questions")? {
        let bank = read("questions", &call.text)?;
        if let Some(question) = secret(&bank).next() {
            return Err(ReleaseError::QuestionsWithKeys(question.id.clone()));
        }
    }
    // From the last to the first, so that the earlier spans stay right.
    for call in literal(&cell.source, "questions_from")?.into_iter().rev() {
        let file = students_file(&call.text, course)?;
        cell.source.replace_range(call.span, &raw_string(&file));
        cell.source.replace_range(call.name, "questions");
    }
    Ok(())
}

/// The calls of `function` in a cell, each with one literal text.
fn literal(source: &str, function: &'static str) -> Result<Vec<Argument>, ReleaseError> {
    let calls = calls(source, function).into_iter();
    calls
        .map(|call| match call {
            Call::Literal(argument) => Ok(argument),
            Call::Unclear { at } => Err(ReleaseError::UnclearQuestions {
                line: line_of(source, at),
                function,
            }),
        })
        .collect()
}

fn students_file(name: &str, course: &Course) -> Result<String, ReleaseError> {
    let mut files = course.question_files.iter();
    match files.find(|(known, _)| known == name) {
        Some((_, content)) => Ok(read(name, content)?.students_file()),
        None => Err(ReleaseError::QuestionFile {
            name: name.to_owned(),
            why: "it has to lie beside the notebook and end in .toml".to_owned(),
        }),
    }
}

fn read(name: &str, content: &str) -> Result<Bank, ReleaseError> {
    Bank::from_files(&[(name, content)]).map_err(|error| ReleaseError::QuestionFile {
        name: name.to_owned(),
        why: error.to_string(),
    })
}

/// A raw string literal that no text can end early.
fn raw_string(text: &str) -> String {
    let longest = text.split('"').skip(1).map(|after| {
        let hashes = after.chars().take_while(|c| *c == '#').count();
        hashes + 1
    });
    let hashes = "#".repeat(longest.max().unwrap_or(0));
    format!("r{hashes}\"\n{text}\"{hashes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_string_ends_where_it_should() {
        let check = |text: &str, expected: &str| assert_eq!(raw_string(text), expected);
        check("a", "r\"\na\"");
        check("a \"b\"", "r#\"\na \"b\"\"#");
        check("a \"# b", "r##\"\na \"# b\"##");
    }
}

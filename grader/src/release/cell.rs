//! The students' edition of one cell.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{ReleaseError, markers};
use crate::format;
use crate::notebook::{
    AnswerCall, Cell, CellKind, Grading, Role, answer_calls, answers_in_comments, line_of,
    renamed_answer,
};

/// What stands for an answer that nobody has given.
const UNANSWERED: &str = "\"?\"";

/// Names that may occur once in a notebook.
#[derive(Default)]
pub(super) struct Seen {
    ids: HashSet<String>,
    grade_ids: HashSet<String>,
    questions: HashSet<String>,
}

/// Turns a source cell into the one that students get.
pub(super) fn release(cell: &mut Cell, seen: &mut Seen) -> Result<(), ReleaseError> {
    check_id(cell, seen)?;
    let grading = Grading::of(&cell.metadata, cell.kind.name())?;
    if let Some(name) = grading.grade_id
        && !seen.grade_ids.insert(name.clone())
    {
        return Err(ReleaseError::RepeatedGradeId(name));
    }
    cell.source = markers::clear(&cell.source, cell.is_code())?;
    if cell.is_code() {
        cell.source = without_answers(&cell.source, seen)?;
    }
    keep_known(cell);
    lock(&mut cell.metadata, grading.role);
    Ok(())
}

/// What Jupyter shall not let a student do by mistake: delete a cell that is
/// graded, or change one that is not theirs.
fn lock(metadata: &mut Map<String, Value>, role: Role) {
    if role != Role::Plain {
        metadata.insert("deletable".to_owned(), false.into());
    }
    if matches!(role, Role::ReadOnly | Role::Tests) {
        metadata.insert("editable".to_owned(), false.into());
    }
}

fn check_id(cell: &Cell, seen: &mut Seen) -> Result<(), ReleaseError> {
    let id = cell.id.as_ref().ok_or(ReleaseError::NoId)?;
    let is_valid = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if !is_valid {
        return Err(ReleaseError::BadId);
    }
    if !seen.ids.insert(id.clone()) {
        return Err(ReleaseError::RepeatedId);
    }
    Ok(())
}

/// The code with `?` for every answer.
fn without_answers(source: &str, seen: &mut Seen) -> Result<String, ReleaseError> {
    if let Some(line) = answers_in_comments(source) {
        return Err(ReleaseError::AnswerInComment(line));
    }
    if let Some(line) = renamed_answer(source) {
        return Err(ReleaseError::RenamedAnswer(line));
    }
    let mut made = source.to_owned();
    // From the last to the first, so that the earlier spans stay right.
    for call in answer_calls(source).into_iter().rev() {
        let answer = match call {
            AnswerCall::Literal(answer) => answer,
            AnswerCall::Unclear { at } => {
                return Err(ReleaseError::UnclearAnswer(line_of(source, at)));
            }
        };
        if !seen.questions.insert(answer.question.clone()) {
            return Err(ReleaseError::RepeatedQuestion(answer.question));
        }
        made.replace_range(answer.span, UNANSWERED);
    }
    Ok(made)
}

/// Takes out what a run left behind, and every key that nobody here has read:
/// students would get it unseen.
fn keep_known(cell: &mut Cell) {
    if let CellKind::Code {
        execution_count,
        outputs,
    } = &mut cell.kind
    {
        *execution_count = None;
        outputs.clear();
    }
    format::known_of_cell(&mut cell.metadata);
    let attachments = cell.extra.remove(ATTACHMENTS);
    cell.extra.clear();
    if let Some(Value::Object(mut files)) = attachments {
        // A picture of a solution goes with the solution.
        files.retain(|name, _| shows(&cell.source, name));
        if !files.is_empty() && !cell.is_code() {
            cell.extra.insert(ATTACHMENTS.to_owned(), files.into());
        }
    }
}

/// Files that a text cell brings along, each under the name by which its text
/// shows it.
const ATTACHMENTS: &str = "attachments";

/// Whether a text shows the attachment of that name.
fn shows(source: &str, name: &str) -> bool {
    let name = plain(name);
    let mut links = source.split("attachment:").skip(1);
    links.any(|link| plain(link).starts_with(&name))
}

/// The ASCII letters and digits of a name: front ends differ in what else they
/// encode in a link, and how.
fn plain(name: &str) -> String {
    let mut pieces = name.split('%');
    let first = pieces.next().unwrap_or_default();
    let more = pieces.map(|piece| {
        let is_code = piece.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        if is_code { piece.get(2..) } else { Some(piece) }.unwrap_or_default()
    });
    let all = std::iter::once(first).chain(more).flat_map(str::chars);
    all.filter(char::is_ascii_alphanumeric).collect()
}

//! One cell: its text, and its role as its code tells it.

use twoaxes::quiz::Bank;

use super::metadata::{self, Graded};
use super::{FormatError, literal_answers};
use crate::notebook::{Cell, CellKind, first_arguments};

/// Formats a cell, and the question above it if it answers one.
pub(super) fn format(
    cell: &mut Cell,
    above: Option<&mut Cell>,
    bank: &Bank,
) -> Result<(), FormatError> {
    cell.source = tidy(&cell.source);
    metadata::of_cell(&mut cell.metadata);
    if let CellKind::Code {
        execution_count,
        outputs,
    } = &mut cell.kind
    {
        *execution_count = None;
        outputs.clear();
    }
    if !cell.is_code() {
        return Ok(());
    }
    match &literal_answers(cell)[..] {
        [] => {}
        [answer] => return question(cell, above, &answer.question, bank),
        several => return Err(FormatError::SeveralAnswers(several.len())),
    }
    if let Some(graded) = graded(&cell.source, bank)? {
        metadata::set_role(cell, graded);
    }
    Ok(())
}

fn question(
    cell: &mut Cell,
    above: Option<&mut Cell>,
    id: &str,
    bank: &Bank,
) -> Result<(), FormatError> {
    let question = bank
        .question(id)
        .ok_or_else(|| FormatError::UnknownQuestion {
            id: id.to_owned(),
            near: bank.near(id),
        })?;
    let markdown = above.filter(|above| above.kind == CellKind::Markdown);
    let above = markdown.ok_or_else(|| FormatError::NoQuestionAbove(id.to_owned()))?;
    above.source = question.markdown();
    above.id = Some(format!("{id}-question"));
    cell.id = Some(format!("{id}-answer"));
    metadata::set_role(above, Graded::ReadOnly);
    metadata::set_role(cell, Graded::Answer);
    Ok(())
}

/// What an exercise's cell is, as its code tells it.
fn graded(source: &str, bank: &Bank) -> Result<Option<Graded>, FormatError> {
    if let Some(named) = first_arguments(source, "exercise").into_iter().next() {
        let Some(known) = bank.exercise(&named.text) else {
            return Err(FormatError::UnknownExercise(named.text));
        };
        return Ok(Some(Graded::Tests(known.points)));
    }
    if let Some(named) = first_arguments(source, "progress").into_iter().next() {
        let questions = bank.questions().iter();
        let points = questions.filter(|q| q.section == named.text).count();
        let known = points > 0 || bank.exercises().iter().any(|e| e.section == named.text);
        if !known {
            return Err(FormatError::UnknownSection(named.text));
        }
        return Ok(Some(Graded::Tests(u32::try_from(points).unwrap_or(0))));
    }
    Ok(source
        .contains("// BEGIN SOLUTION")
        .then_some(Graded::Answer))
}

/// The text without white space at the ends of its lines and of itself.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

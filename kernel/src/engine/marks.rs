//! Where in its cell an error of the compiler is, and what stands there.

use std::ops::Range;

use evcxr::CompilationError;
use serde_json::Value;

use super::commands;
use super::location::{self, Place};
use super::snippets::{Mark, byte_range, is_generated, is_of_cells, plain};

/// The marked places of the cell, the primary one first.
pub fn marks(error: &CompilationError, source: &str) -> Vec<Mark> {
    let mut marks = told_marks(error, source);
    if marks.is_empty() {
        marks.extend(mark_by_text(error, source));
    }
    if marks.is_empty() && is_about_display(error) {
        marks.extend(last_expression(source));
    }
    if marks.is_empty() && is_about_syntax(error) {
        marks.push(end(source));
    }
    marks
}

fn told_marks(error: &CompilationError, source: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = error
        .spanned_messages()
        .iter()
        .filter_map(|message| {
            let span = message.span?;
            let range = byte_range(
                source,
                (span.start_line, span.start_column),
                (span.end_line, span.end_column),
            )?;
            // Without a label of its own, a place gets the whole message again.
            let is_title = message.label == format!("error: {}", error.message());
            let label = match is_title {
                true => String::new(),
                false => shown(&message.label),
            };
            Some(Mark {
                range,
                label,
                is_primary: message.is_primary,
            })
        })
        .filter(|mark| mark.is_primary || !is_in_place_of_command(mark, source))
        .collect();
    if !marks.iter().any(|mark| mark.is_primary)
        && let Some(first) = marks.first_mut()
    {
        first.is_primary = true;
    }
    marks.sort_by_key(|mark| !mark.is_primary);
    marks
}

fn shown(label: &str) -> String {
    match is_generated(label) {
        true => String::new(),
        false => plain(label),
    }
}

/// Whether a mark is on the Rust that a command has become, which nobody sees.
fn is_in_place_of_command(mark: &Mark, source: &str) -> bool {
    let line = source.get(line_at(source, mark.range.start));
    commands::becomes_rust(line.unwrap_or_default().trim_start())
}

/// Where the line of `source` with the byte `at` is.
pub fn line_at(source: &str, at: usize) -> Range<usize> {
    let (before, after) = source.split_at_checked(at).unwrap_or((source, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    start..before.len() + after.find('\n').unwrap_or(after.len())
}

/// The primary place, when evcxr has lost it: the compiler's message holds the
/// text of the line, and that stands in the cell.
fn mark_by_text(error: &CompilationError, source: &str) -> Option<Mark> {
    let primary = primary(&error.json)?;
    Some(Mark {
        range: range(primary, source)?,
        label: shown(primary["label"].as_str().unwrap_or_default()),
        is_primary: true,
    })
}

fn primary(message: &Value) -> Option<&Value> {
    let mut spans = message["spans"].as_array()?.iter();
    spans.find(|span| span["is_primary"] == true)
}

/// Where a place of the compiler's is in the cell, or else the macro call around it.
fn range(mut span: &Value, source: &str) -> Option<Range<usize>> {
    loop {
        // A line of a library may look like one of the cell.
        let range = is_of_cells(span).then(|| range_by_text(span, source));
        if let Some(range) = range.flatten() {
            return Some(range);
        }
        span = span["expansion"]
            .get("span")
            .filter(|outer| outer.is_object())?;
    }
}

fn range_by_text(span: &Value, source: &str) -> Option<Range<usize>> {
    // A place of several lines begins with the parenthesis that evcxr adds.
    let lines = span["text"].as_array()?;
    lines.iter().find_map(|line| {
        let text = line["text"].as_str()?;
        let start = location::find(source, text, 1, column(line, "highlight_start")?)?;
        let end = location::find(source, text, 1, column(line, "highlight_end")?)?;
        let at = |place: Place| (place.line, place.column);
        byte_range(source, at(start.place), at(end.place))
    })
}

fn column(of: &Value, name: &str) -> Option<usize> {
    usize::try_from(of[name].as_u64()?).ok()
}

/// Finds places of an error's notes, which evcxr does not place.
pub struct Notes<'a> {
    source: &'a str,
    lines: Vec<&'a str>,
    /// A generated line, and the cell's that it is.
    known: Option<(usize, usize)>,
}

impl<'a> Notes<'a> {
    pub fn of(error: &CompilationError, source: &'a str) -> Self {
        let mut messages = error.spanned_messages().iter();
        let placed = messages
            .find(|message| message.is_primary)
            .and_then(|message| Some(message.span?.start_line));
        let generated = primary(&error.json).and_then(|span| column(span, "line_start"));
        Self {
            source,
            lines: source.lines().collect(),
            known: generated.zip(placed),
        }
    }

    /// Where a place of the compiler's is in the cell.
    pub fn place(&self, span: &Value) -> Option<Range<usize>> {
        self.beside(span).or_else(|| range(span, self.source))
    }

    /// A place as far from the error's as in the generated source, if that line has its text.
    fn beside(&self, span: &Value) -> Option<Range<usize>> {
        let (generated, own) = self.known.filter(|_| is_of_cells(span))?;
        let text = &span["text"][0];
        let line = (column(span, "line_start")? + own).checked_sub(generated)?;
        let found = self.lines.get(line.checked_sub(1)?)?;
        let whole = text["text"].as_str()?;
        let before = found.split_once(whole.trim())?.0.chars().count();
        let indent = whole.chars().take_while(|c| c.is_whitespace()).count();
        let at = |name: &str| Some((line, (column(text, name)? + before).checked_sub(indent)?));
        byte_range(self.source, at("highlight_start")?, at("highlight_end")?)
    }
}

/// evcxr prints the last expression of a cell from code of its own, so a value
/// that cannot be printed is an error with no place in the cell.
fn is_about_display(error: &CompilationError) -> bool {
    error.code() == Some("E0277") && error.message().contains("doesn't implement")
}

fn last_expression(source: &str) -> Option<Mark> {
    let line = source
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())?;
    let start = source.rfind(line)?;
    Some(Mark {
        range: start..start + line.len(),
        label: "the value of the cell cannot be shown".to_owned(),
        is_primary: true,
    })
}

/// Whether the compiler could not read the cell. Earlier cells have been read.
pub fn is_about_syntax(error: &CompilationError) -> bool {
    let message = error.message();
    let is_unread = message.starts_with("expected ") || message.contains(" delimiter");
    error.code().is_none() && is_unread
}

/// What does not fit is the generated line below the cell: the cell ends too soon.
fn end(source: &str) -> Mark {
    let end = source.trim_end().len();
    Mark {
        range: end..end,
        label: "the cell ends here".to_owned(),
        is_primary: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_is_found_by_a_place_in_it() {
        for (at, expected) in [(0, "a"), (1, "a"), (2, "bé"), (5, "bé"), (6, ""), (99, "")] {
            let source = "a\nbé\n";
            assert_eq!(&source[line_at(source, at)], expected, "{at}");
        }
    }

    #[test]
    fn of_equal_lines_a_note_is_about_the_one_beside_its_error() {
        let source = "let g = m;\nf();\nlet g = m;\nh();";
        let span = |line: usize, text: &str| {
            let text = json!([{"text": text, "highlight_start": 5, "highlight_end": 6}]);
            json!({"file_name": "cells/1/lib.rs", "line_start": line, "text": text})
        };
        let notes = |known| Notes {
            source,
            lines: source.lines().collect(),
            known,
        };
        for (known, line, text, expected) in [
            (Some((24, 4)), 23, "let g = m;", Some(20..21)),
            (Some((24, 4)), 21, "let g = m;", Some(4..5)),
            (Some((24, 4)), 3, "let g = m;", Some(4..5)),
            (None, 23, "let g = m;", Some(4..5)),
            (Some((24, 4)), 23, "let z = m;", None),
        ] {
            assert_eq!(notes(known).place(&span(line, text)), expected, "{line}");
        }
    }
}

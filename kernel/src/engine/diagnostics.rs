//! Compiler messages as a report about the student's own cell.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use evcxr::CompilationError;

use super::ansi;
use super::interface::Failure;

/// More errors than this are only counted.
const SHOWN: usize = 10;

/// Names that only generated code has. A text with one says nothing to a
/// student.
const GENERATED: [&str; 5] = [
    "evcxr",
    "Evcxr",
    "run_user_code",
    "twoaxes::cell",
    "rewritten/lib.rs",
];

/// The report on `errors` in the cell `source`, the `count`-th.
pub fn report(errors: &[CompilationError], source: &str, count: u32) -> Failure {
    let errors = relevant(errors);
    let path = format!("cell [{count}]");
    let mut traceback: Vec<String> = errors
        .iter()
        .take(SHOWN)
        .map(|error| render(error, source, &path))
        .collect();
    if errors.len() > SHOWN {
        traceback.push(format!("... and {} more errors", errors.len() - SHOWN));
    }
    Failure {
        name: "CompileError".to_owned(),
        value: summary(&errors),
        traceback,
    }
}

/// The report on an error that the compiler was not asked about, at a line and
/// column (from 1) of `source`.
pub fn syntax_error(message: &str, at: (usize, usize), source: &str, count: u32) -> Failure {
    let path = format!("cell [{count}]");
    let title = Level::ERROR.primary_title(message);
    let group = match byte_range(source, at, (at.0, at.1 + 1)) {
        Some(range) => title.element(
            Snippet::source(source)
                .path(path)
                .annotation(AnnotationKind::Primary.span(range)),
        ),
        None => Group::with_title(title),
    };
    Failure {
        name: "CompileError".to_owned(),
        value: message.to_owned(),
        traceback: vec![Renderer::styled().render(&[group])],
    }
}

/// Errors, each once; those about generated code only if there are no others.
fn relevant(errors: &[CompilationError]) -> Vec<&CompilationError> {
    let mut seen: Vec<String> = Vec::new();
    let mut kept: Vec<&CompilationError> = errors
        .iter()
        .filter(|error| error.level() == "error")
        .filter(|error| {
            let text = error.rendered() + &error.message();
            let new = !seen.contains(&text);
            seen.push(text);
            new
        })
        .collect();
    if kept.iter().any(|error| has_place(error)) {
        kept.retain(|error| has_place(error));
    }
    if kept.is_empty() {
        kept.extend(errors.first());
    }
    kept
}

fn has_place(error: &CompilationError) -> bool {
    error
        .spanned_messages()
        .iter()
        .any(|message| message.span.is_some())
}

fn summary(errors: &[&CompilationError]) -> String {
    let Some(first) = errors.first() else {
        return "the cell does not compile".to_owned();
    };
    let message = first.message();
    let message = message.lines().next().unwrap_or_default();
    let first = match first.code() {
        Some(code) => format!("{code}: {message}"),
        None => message.to_owned(),
    };
    match errors.len() {
        1 => first,
        2 => format!("{first} (and 1 more error)"),
        more => format!("{first} (and {} more errors)", more - 1),
    }
}

fn render(error: &CompilationError, source: &str, path: &str) -> String {
    let mut title = Level::ERROR.primary_title(plain(&error.message()));
    if let Some(code) = error.code() {
        title = title.id(code.to_owned());
    }
    let mut marks = marks(error, source);
    if marks.is_empty() && is_about_display(error) {
        marks.extend(last_expression(source));
    }
    let mut main = if marks.is_empty() {
        Group::with_title(title)
    } else {
        let annotations = marks.into_iter().map(|mark| {
            let kind = if mark.is_primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let label = Some(mark.label).filter(|label| !label.is_empty());
            kind.span(mark.range).label(label)
        });
        title.element(Snippet::source(source).path(path).annotations(annotations))
    };
    for (level, text) in remarks(error) {
        main = main.element(level.message(text));
    }
    let report = Renderer::styled().render(&[main]);
    match error.code() {
        Some(code) => format!(
            "{report}\n{}",
            ansi::frame(&format!("(`:explain` tells more about {code})"))
        ),
        None => report,
    }
}

struct Mark {
    range: Range<usize>,
    label: String,
    is_primary: bool,
}

/// The marked places of the cell, the primary one first.
fn marks(error: &CompilationError, source: &str) -> Vec<Mark> {
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
            let label = if is_generated(&message.label) {
                String::new()
            } else {
                message.label.clone()
            };
            Some(Mark {
                range,
                label,
                is_primary: message.is_primary,
            })
        })
        .collect();
    if !marks.iter().any(|mark| mark.is_primary)
        && let Some(first) = marks.first_mut()
    {
        first.is_primary = true;
    }
    marks.sort_by_key(|mark| !mark.is_primary);
    marks
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

/// Notes and helps, each with what the compiler suggests to write.
fn remarks(error: &CompilationError) -> Vec<(Level<'static>, String)> {
    let Some(children) = error.json["children"].as_array() else {
        return Vec::new();
    };
    children
        .iter()
        .filter_map(|child| {
            let level = match child["level"].as_str()? {
                "help" => Level::HELP,
                "note" => Level::NOTE,
                _ => return None,
            };
            let mut text = child["message"].as_str()?.to_owned();
            let replacements: Vec<&str> = child["spans"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|span| span["suggested_replacement"].as_str())
                .map(str::trim)
                .filter(|replacement| !replacement.is_empty())
                .collect();
            if !replacements.is_empty() {
                text = format!("{text}: `{}`", replacements.join("` ... `"));
            }
            (!is_generated(&text)).then_some((level, plain(&text)))
        })
        .collect()
}

fn is_generated(text: &str) -> bool {
    GENERATED.iter().any(|name| text.contains(name))
}

/// Control characters of a message must not reach the terminal's interpreter.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

/// From lines and columns (from 1, in characters) to bytes. An end beyond the
/// text is the end of the text.
fn byte_range(source: &str, start: (usize, usize), end: (usize, usize)) -> Option<Range<usize>> {
    let start = byte_offset(source, start)?;
    let end = byte_offset(source, end).unwrap_or(source.len());
    (start <= end).then_some(start..end)
}

fn byte_offset(source: &str, (line, column): (usize, usize)) -> Option<usize> {
    let skipped = line.checked_sub(1)?;
    let mut start = 0;
    for _ in 0..skipped {
        start += source[start..].find('\n')? + 1;
    }
    let text = source[start..].split('\n').next().unwrap_or_default();
    let within = text
        .char_indices()
        .nth(column.checked_sub(1)?)
        .map_or(text.len(), |(offset, _)| offset);
    Some(start + within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_count_characters() {
        let source = "let é = \"😀\";\nx + y";
        let check = |start, end, expected: &str| {
            let range = byte_range(source, start, end).unwrap();
            assert_eq!(&source[range], expected);
        };
        check((1, 5), (1, 6), "é");
        check((1, 10), (1, 11), "😀");
        check((2, 5), (2, 6), "y");
        check((2, 5), (9, 9), "y");
        assert_eq!(byte_range(source, (9, 1), (9, 2)), None);
    }

    proptest! {
        #[test]
        fn any_span_is_within_the_source_or_refused(
            source in "\\PC{0,20}(\n\\PC{0,20}){0,3}",
            a in (0_usize..6, 0_usize..30),
            b in (0_usize..6, 0_usize..30),
        ) {
            if let Some(range) = byte_range(&source, a, b) {
                prop_assert!(source.get(range).is_some());
            }
        }
    }
}

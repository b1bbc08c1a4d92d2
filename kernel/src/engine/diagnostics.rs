//! Compiler messages as a report about the student's own cell.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use evcxr::CompilationError;
use serde_json::Value;

use super::hints::Told;
use super::interface::Failure;
use super::location::{self, Place};
use super::{advice, ansi, hints, sharing};

/// More errors than this are only counted.
const SHOWN: usize = 10;

/// A longer line is not repeated in a note.
const LONGEST_LINE: usize = 120;

/// Names that only generated code has. A text with one says nothing to a
/// student.
const GENERATED: [&str; 6] = [
    "evcxr",
    "Evcxr",
    "run_user_code",
    "twoaxes::cell",
    "twoaxes_cell",
    "/lib.rs",
];

/// The report on `errors` in the cell `source`, the `count`-th.
pub fn report(errors: &[CompilationError], source: &str, count: u32) -> Failure {
    let errors = relevant(errors);
    if let [error] = errors.as_slice()
        && let Some(mut failure) = advice::failure(&error.message())
    {
        let path = format!("cell [{count}]");
        let place = render_marks(&failure.value, marks(error, source), source, &path);
        failure.traceback.splice(..1, [place]);
        return failure;
    }
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

/// `title` and the marked places of the cell.
fn render_marks(title: &str, marks: Vec<Mark>, source: &str, path: &str) -> String {
    let title = Level::ERROR.primary_title(title);
    let annotations = marks
        .into_iter()
        .map(|mark| AnnotationKind::Primary.span(mark.range));
    let group = title.element(Snippet::source(source).path(path).annotations(annotations));
    Renderer::styled().render(&[group])
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
            // A name that is missing is missing everywhere.
            let text = match error.code() {
                Some("E0423" | "E0425" | "E0432" | "E0433") => error.message(),
                _ => error.rendered() + &error.message(),
            };
            let new = !seen.contains(&text);
            seen.push(text);
            new
        })
        .collect();
    let curly = kept
        .iter()
        .position(|error| hints::is_about_curly_quotes(&error.message()));
    if let Some(first) = curly {
        return vec![kept.swap_remove(first)];
    }
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
    let message = plain(&first.message());
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
    if marks.is_empty() {
        marks.extend(mark_by_text(error, source));
    }
    if marks.is_empty() && is_about_display(error) {
        marks.extend(last_expression(source));
    }
    let at = marks.first().map(|mark| mark.range.clone());
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
    for (level, text) in remarks(error, source, at) {
        main = main.element(level.message(text));
    }
    let report = Renderer::styled().render(&[main]);
    match error.code().filter(|code| has_explanation(code)) {
        Some(code) => format!(
            "{report}\n{}",
            ansi::frame(&format!(
                "(`:explain` tells more about {code}, and so does \
                 https://doc.rust-lang.org/error_codes/{code}.html)"
            ))
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
            // Without a label of its own, a place gets the whole message again.
            let is_title = message.label == format!("error: {}", error.message());
            let label = if is_title || is_generated(&message.label) {
                String::new()
            } else {
                plain(&message.label)
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

/// The primary place, when evcxr has lost it: the compiler's message holds the
/// text of the line, and that stands in the cell.
fn mark_by_text(error: &CompilationError, source: &str) -> Option<Mark> {
    let spans = error.json["spans"].as_array()?;
    let primary = spans.iter().find(|span| span["is_primary"] == true)?;
    let mut span = primary;
    loop {
        if let Some(range) = range_by_text(span, source) {
            let label = primary["label"].as_str().unwrap_or_default();
            return Some(Mark {
                range,
                label: if is_generated(label) {
                    String::new()
                } else {
                    plain(label)
                },
                is_primary: true,
            });
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
        let column = |name: &str| usize::try_from(line[name].as_u64()?).ok();
        let start = location::find(source, text, 1, column("highlight_start")?)?;
        let end = location::find(source, text, 1, column("highlight_end")?)?;
        let at = |place: Place| (place.line, place.column);
        byte_range(source, at(start.place), at(end.place))
    })
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

/// Notes and helps, each with what the compiler suggests to write, and our hint.
fn remarks(
    error: &CompilationError,
    source: &str,
    at: Option<Range<usize>>,
) -> Vec<(Level<'static>, String)> {
    let hint = hints::hint(&Told {
        code: error.code(),
        message: &error.message(),
        source,
        at: at.clone(),
    })
    .or_else(|| sharing::hint(error.code(), &error.message(), source));
    // What the compiler says about a curly quote is longer than the hint, and says no more.
    let is_curly = hints::is_about_curly_quotes(&error.message());
    let children = error.json["children"].as_array().filter(|_| !is_curly);
    let elsewhere = at.is_none().then(|| elsewhere(error)).flatten();
    children
        .into_iter()
        .flatten()
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
            if let Some(line) = line_of_note(child) {
                text = format!("{text}: `{line}`");
            }
            let text = plain(&text);
            (!is_generated(&text)).then_some((level, text))
        })
        .chain(elsewhere.map(|text| (Level::HELP, text)))
        .chain(hint.map(|hint| (Level::HELP, hint.to_owned())))
        .collect()
}

/// The line of which a note says that it is "here": often one of an earlier
/// cell, which nobody sees beside the error.
fn line_of_note(note: &Value) -> Option<&str> {
    let is_place = note["level"] == "note" && note["message"].as_str()?.ends_with(" here");
    is_place.then(|| primary_line(note)).flatten()
}

/// Says that an error without a place in this cell is about an earlier one.
fn elsewhere(error: &CompilationError) -> Option<String> {
    let spans = error.json["spans"].as_array()?;
    let of_cells = |span: &Value| {
        let file = span["file_name"].as_str();
        file.is_some_and(|file| file.starts_with("cells/"))
    };
    let is_ours = spans.iter().any(of_cells);
    primary_line(&error.json).filter(|_| is_ours).map(|line| {
        format!(
            "an earlier cell has `{line}`, which does not fit this cell: define both anew in \
             one cell, or use another name here"
        )
    })
}

/// The first line that `message` is about, without what opens a block there.
fn primary_line(message: &Value) -> Option<&str> {
    let mut spans = message["spans"].as_array()?.iter();
    let primary = spans.find(|span| span["is_primary"] == true)?;
    let text = primary["text"][0]["text"].as_str()?;
    let text = text.trim().trim_end_matches('{').trim_end();
    let is_short = !text.is_empty() && text.chars().count() <= LONGEST_LINE;
    (is_short && !is_generated(text)).then_some(text)
}

/// Lints have names and no explanation; errors have codes.
fn has_explanation(code: &str) -> bool {
    code.len() == 5 && code.starts_with('E') && code[1..].bytes().all(|b| b.is_ascii_digit())
}

fn is_generated(text: &str) -> bool {
    GENERATED.iter().any(|name| text.contains(name))
}

/// A message without what only our machinery knows: the file of a closure. And
/// without control characters, which must not reach a terminal.
fn plain(text: &str) -> String {
    let mut parts = text.split("{closure@");
    let mut output = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        output.push_str("{closure}");
        output.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    output.retain(|c| !c.is_control() || c == '\n');
    output
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

    #[test]
    fn a_closure_is_named_without_its_file() {
        for (message, expected) in [
            (
                "`{closure@cells/1/lib.rs:8:1: 8:9}` is not Debug",
                "`{closure}` is not Debug",
            ),
            ("{closure@a} and {closure@b}", "{closure} and {closure}"),
            ("{closure@never ends", "{closure}"),
            ("plain", "plain"),
        ] {
            assert_eq!(plain(message), expected);
        }
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

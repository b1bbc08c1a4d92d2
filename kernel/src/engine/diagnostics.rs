//! Compiler messages as a report about the student's own cell.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use evcxr::CompilationError;
use serde_json::Value;

use super::hints::Told;
use super::interface::Failure;
use super::location::{self, Place};
use super::snippets::{self, Mark, Report, byte_range, is_generated, plain, primary_line};
use super::{advice, ansi, hints, sharing};

/// More errors than this are only counted.
const SHOWN: usize = 10;

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
    let mut marks = marks(error, source);
    if marks.is_empty() {
        marks.extend(mark_by_text(error, source));
    }
    if marks.is_empty() && is_about_display(error) {
        marks.extend(last_expression(source));
    }
    let at = marks.first().map(|mark| mark.range.clone());
    let report = Report {
        level: Level::ERROR,
        title: &plain(&error.message()),
        id: error.code(),
        marks,
        remarks: remarks(error, source, at),
    };
    let report = snippets::draw(report, source, path, &Renderer::styled());
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
    let children = (!is_curly).then(|| snippets::remarks(&error.json));
    let elsewhere = at.is_none().then(|| elsewhere(error)).flatten();
    children
        .into_iter()
        .flatten()
        .chain(elsewhere.map(|text| (Level::HELP, text)))
        .chain(hint.map(|hint| (Level::HELP, hint.to_owned())))
        .collect()
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

/// Lints have names and no explanation; errors have codes.
fn has_explanation(code: &str) -> bool {
    code.len() == 5 && code.starts_with('E') && code[1..].bytes().all(|b| b.is_ascii_digit())
}

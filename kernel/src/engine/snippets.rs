//! Compiler messages drawn beside the lines of a cell, for errors and for warnings.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, Title};
use serde_json::Value;

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

/// Notes with these words are about the compiler, and not about the cell: files that it has
/// written for cargo's users, and that a cell is no `async fn`.
const MACHINERY: [&str; 3] = [
    "has been written to '/",
    "consider using `--verbose`",
    "cannot be awaited in a synchronous function",
];

/// Where the crates stand that every cell has in scope by their own names.
const PRELUDE: &str = "twoaxes::prelude::";

/// What is drawn.
pub struct Report<'a> {
    pub level: Level<'static>,
    pub title: &'a str,
    /// An error's code, or a lint's name.
    pub id: Option<&'a str>,
    pub marks: Vec<Mark>,
    pub remarks: Vec<Remark>,
}

/// A note or a help, with the places that it is about.
pub struct Remark {
    pub level: Level<'static>,
    pub text: String,
    pub marks: Vec<Mark>,
}

impl Remark {
    pub fn help(text: impl Into<String>) -> Self {
        Self {
            level: Level::HELP,
            text: text.into(),
            marks: Vec::new(),
        }
    }
}

/// A marked place of the cell.
pub struct Mark {
    pub range: Range<usize>,
    pub label: String,
    pub is_primary: bool,
}

/// `report` about `source`, which is called `path`.
pub fn draw(report: Report<'_>, source: &str, path: &str, renderer: &Renderer) -> String {
    let mut title = report.level.primary_title(report.title);
    if let Some(id) = report.id {
        title = title.id(id);
    }
    let mut groups = vec![group(title, report.marks, source, path)];
    for remark in report.remarks {
        let Remark { level, text, marks } = remark;
        if !marks.is_empty() {
            groups.push(group(level.secondary_title(text), marks, source, path));
        } else if let Some(last) = groups.pop() {
            groups.push(last.element(level.message(text)));
        }
    }
    renderer.render(&groups)
}

fn group<'a>(title: Title<'a>, marks: Vec<Mark>, source: &'a str, path: &'a str) -> Group<'a> {
    if marks.is_empty() {
        return Group::with_title(title);
    }
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
}

/// Notes and helps of a compiler's message, each with what it suggests to write, and with
/// its labels where `place` finds them in the cell.
pub fn remarks(message: &Value, place: impl Fn(&Value) -> Option<Range<usize>>) -> Vec<Remark> {
    let children = message["children"].as_array().into_iter().flatten();
    children
        .filter_map(|child| {
            let level = match child["level"].as_str()? {
                "help" => Level::HELP,
                "note" => Level::NOTE,
                _ => return None,
            };
            let marks = labels(child, &place);
            let mut text = suggestion(child)?;
            if marks.is_empty() {
                text.extend(line_of_note(child).map(|line| format!(": `{line}`")));
                text.push_str(&labels_elsewhere(child));
            }
            let text = plain(&text);
            let is_machinery = MACHINERY.iter().any(|words| text.contains(words));
            let is_told = !is_machinery && !is_generated(&text);
            is_told.then_some(Remark { level, text, marks })
        })
        .collect()
}

/// The words of a note or a help, with what it suggests to write.
fn suggestion(child: &Value) -> Option<String> {
    let text = child["message"].as_str()?;
    let replacements: Vec<&str> = spans(child)
        .filter_map(|span| span["suggested_replacement"].as_str())
        .map(str::trim)
        .filter(|replacement| !replacement.is_empty())
        .collect();
    // Some texts say it themselves.
    let is_said = |replacement: &&str| {
        let ways = ["`", " ...`"].map(|end| format!("`{replacement}{end}"));
        ways.iter().any(|way| text.contains(way))
    };
    Some(match replacements.iter().all(is_said) {
        true => text.to_owned(),
        false => format!("{text}: `{}`", replacements.join("` ... `")),
    })
}

fn spans(message: &Value) -> impl Iterator<Item = &Value> {
    message["spans"].as_array().into_iter().flatten()
}

/// What `message` says of its places.
fn label(span: &Value) -> Option<&str> {
    let label = span["label"].as_str()?;
    (!label.is_empty() && !is_generated(label)).then_some(label)
}

/// The labelled places of a note that are in the cell.
fn labels(note: &Value, place: impl Fn(&Value) -> Option<Range<usize>>) -> Vec<Mark> {
    let marks = spans(note).filter_map(|span| {
        Some(Mark {
            label: plain(label(span)?),
            range: place(span)?,
            is_primary: span["is_primary"] == true,
        })
    });
    marks.collect()
}

/// What a note says of places in earlier cells, which nobody sees beside the error.
fn labels_elsewhere(note: &Value) -> String {
    let is_told = |span: &&Value| is_of_cells(span) && label(span).is_some();
    let labelled: Vec<&Value> = spans(note).filter(is_told).collect();
    // Such a note has said that itself.
    let is_new = |label: &&str| !label.starts_with("required by this");
    let labels: Vec<String> = labelled
        .iter()
        .filter_map(|span| label(span).filter(is_new).map(plain))
        .collect();
    let line = labelled.iter().find_map(|span| line_of(span));
    match (labels.is_empty(), line) {
        (true, _) => String::new(),
        (false, Some(line)) => format!(": {}, in an earlier cell: `{line}`", labels.join(", ")),
        (false, None) => format!(": {}", labels.join(", ")),
    }
}

/// Whether a place is in what a cell of the session has become.
pub fn is_of_cells(span: &Value) -> bool {
    let file = span["file_name"].as_str();
    file.is_some_and(|file| file.starts_with("cells/"))
}

/// The line of which a note says that it is "here": often one of an earlier
/// cell, which nobody sees beside the error.
fn line_of_note(note: &Value) -> Option<&str> {
    let is_place = note["level"] == "note" && note["message"].as_str()?.ends_with(" here");
    is_place.then(|| primary_line(note)).flatten()
}

/// The first line that `message` is about, without what opens a block there.
pub fn primary_line(message: &Value) -> Option<&str> {
    line_of(spans(message).find(|span| span["is_primary"] == true)?)
}

fn line_of(span: &Value) -> Option<&str> {
    let text = span["text"][0]["text"].as_str()?;
    let text = text.trim().trim_end_matches('{').trim_end();
    let is_short = !text.is_empty() && text.chars().count() <= LONGEST_LINE;
    (is_short && !is_generated(text)).then_some(text)
}

pub fn is_generated(text: &str) -> bool {
    GENERATED.iter().any(|name| text.contains(name))
}

/// A message without what only our machinery knows: the file of a closure or a block, and
/// where the prelude has a crate from. And without control characters, which must not
/// reach a terminal.
pub fn plain(text: &str) -> String {
    let text = text.replace(PRELUDE, "");
    let (mut output, mut rest) = (String::new(), text.as_str());
    while let Some((before, after)) = rest.split_once('@') {
        output.push_str(before);
        let kind = before.rsplit_once('{').map_or("", |(_, kind)| kind);
        let is_kind = |c: char| c.is_alphabetic() || c == ' ';
        if !kind.is_empty() && kind.chars().all(is_kind) {
            output.push('}');
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        } else {
            output.push('@');
            rest = after;
        }
    }
    output.push_str(rest);
    output.retain(|c| !c.is_control() || c == '\n');
    output
}

/// From lines and columns (from 1, in characters) to bytes. An end beyond the
/// text is the end of the text.
pub fn byte_range(
    source: &str,
    start: (usize, usize),
    end: (usize, usize),
) -> Option<Range<usize>> {
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
    use serde_json::json;

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
    fn what_to_write_is_said_once() {
        for (message, replacements, expected) in [
            (
                "use `let _ = ...` to ignore it",
                vec!["let _ = "],
                "use `let _ = ...` to ignore it",
            ),
            ("add `;`", vec![";"], "add `;`"),
            ("try", vec!["a", "b"], "try: `a` ... `b`"),
            ("like `number`", vec!["n"], "like `number`: `n`"),
            ("try", vec![], "try"),
        ] {
            let spans = replacements.iter();
            let spans = spans.map(|text| json!({"suggested_replacement": text}));
            let spans: Vec<Value> = spans.collect();
            let told = json!({"children": [{"level": "help", "message": message, "spans": spans}]});
            let remarks = remarks(&told, |_| None).into_iter();
            let texts: Vec<String> = remarks.map(|remark| remark.text).collect();
            assert_eq!(texts, [expected]);
        }
    }

    #[test]
    fn a_note_has_its_labels_where_they_are() {
        let span = |file: &str, label: Option<&str>, line: usize| {
            let text = json!([{"text": "    let g = m.lock();", "highlight_start": 9}]);
            json!({"file_name": file, "label": label, "line_start": line, "text": text})
        };
        let cell = "cells/1/lib.rs";
        for (message, spans, text, labels) in [
            (
                "kept",
                vec![span(cell, Some("has type"), 1)],
                "kept",
                vec!["has type"],
            ),
            (
                "kept",
                vec![
                    span(cell, Some("has type"), 0),
                    span(cell, Some("await"), 0),
                ],
                "kept: has type, await, in an earlier cell: `let g = m.lock();`",
                vec![],
            ),
            (
                "bound",
                vec![span("/std/thread.rs", Some("this"), 0)],
                "bound",
                vec![],
            ),
            ("bound", vec![span(cell, None, 1)], "bound", vec![]),
            ("bound", vec![], "bound", vec![]),
        ] {
            let told = json!({"children": [{"level": "note", "message": message, "spans": spans}]});
            // The first line is that of the cell.
            let place = |span: &Value| (span["line_start"] == 1).then_some(0..1);
            let found = remarks(&told, place).remove(0);
            assert_eq!(found.text, text);
            let found: Vec<String> = found.marks.into_iter().map(|mark| mark.label).collect();
            assert_eq!(found, labels);
        }
    }

    #[test]
    fn what_is_about_the_compiler_is_left_out() {
        for message in [
            "the full name for the type has been written to '/tmp/x/ctx.long-type-1.txt'",
            "consider using `--verbose` to print the full type name to the console",
            "required by `evcxr`",
        ] {
            let told = json!({"children": [{"level": "note", "message": message, "spans": []}]});
            assert!(remarks(&told, |_| None).is_empty(), "{message}");
        }
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
            ("`{async block@cells/1/lib.rs:8:1: 8:9}`", "`{async block}`"),
            ("`use twoaxes::prelude::rayon::join;`", "`use rayon::join;`"),
            ("plain", "plain"),
            ("a@b.c {1@2}", "a@b.c {1@2}"),
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

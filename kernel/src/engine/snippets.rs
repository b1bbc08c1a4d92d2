//! Compiler messages drawn beside the lines of a cell, for errors and for warnings.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
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

/// What is drawn.
pub struct Report<'a> {
    pub level: Level<'static>,
    pub title: &'a str,
    /// An error's code, or a lint's name.
    pub id: Option<&'a str>,
    pub marks: Vec<Mark>,
    pub remarks: Vec<(Level<'static>, String)>,
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
    let mut main = if report.marks.is_empty() {
        Group::with_title(title)
    } else {
        let annotations = report.marks.into_iter().map(|mark| {
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
    for (level, text) in report.remarks {
        main = main.element(level.message(text));
    }
    renderer.render(&[main])
}

/// Notes and helps of a compiler's message, each with what it suggests to write.
pub fn remarks(message: &Value) -> Vec<(Level<'static>, String)> {
    let children = message["children"].as_array().into_iter().flatten();
    children
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
            // Some texts say it themselves.
            let is_said = |replacement: &&str| {
                let ways = ["`", " ...`"].map(|end| format!("`{replacement}{end}"));
                ways.iter().any(|way| text.contains(way))
            };
            if !replacements.iter().all(is_said) {
                text = format!("{text}: `{}`", replacements.join("` ... `"));
            }
            if let Some(line) = line_of_note(child) {
                text = format!("{text}: `{line}`");
            }
            let text = plain(&text);
            (!is_generated(&text)).then_some((level, text))
        })
        .collect()
}

/// The line of which a note says that it is "here": often one of an earlier
/// cell, which nobody sees beside the error.
fn line_of_note(note: &Value) -> Option<&str> {
    let is_place = note["level"] == "note" && note["message"].as_str()?.ends_with(" here");
    is_place.then(|| primary_line(note)).flatten()
}

/// The first line that `message` is about, without what opens a block there.
pub fn primary_line(message: &Value) -> Option<&str> {
    let mut spans = message["spans"].as_array()?.iter();
    let primary = spans.find(|span| span["is_primary"] == true)?;
    let text = primary["text"][0]["text"].as_str()?;
    let text = text.trim().trim_end_matches('{').trim_end();
    let is_short = !text.is_empty() && text.chars().count() <= LONGEST_LINE;
    (is_short && !is_generated(text)).then_some(text)
}

pub fn is_generated(text: &str) -> bool {
    GENERATED.iter().any(|name| text.contains(name))
}

/// A message without what only our machinery knows: the file of a closure. And
/// without control characters, which must not reach a terminal.
pub fn plain(text: &str) -> String {
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
            let texts: Vec<String> = remarks(&told).into_iter().map(|(_, text)| text).collect();
            assert_eq!(texts, [expected]);
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

//! What the compiler warns of in a cell that compiles, as one quiet display.
//!
//! A warning is shown below the cell that its line stands in, and nowhere else: evcxr
//! compiles earlier cells' items along with later cells, and puts code of its own around
//! a cell. What a `let` of the cell itself defines is a variable of the session, which later
//! cells may use and change: of such the compiler knows too little to warn.

use std::ops::Range;

use annotate_snippets::{Level, Renderer};
use serde_json::Value;
use syn::spanned::Spanned;

use super::interface::Output;
use super::location;
use super::snippets::{self, Mark, Report, byte_range, is_generated, plain};
use super::{syntax, timing};
use crate::bridge::{Item, Warning};
use crate::html::escape;
use crate::toolchain::Sources;

/// More warnings than this are only counted.
const SHOWN: usize = 10;

/// Lints about a variable where it is defined.
const OF_DEFINITIONS: [&str; 2] = ["unused_variables", "unused_mut"];

/// Lints about a variable wherever it is defined. Whose it is, is sure within an item.
const OF_USES: [&str; 1] = ["unused_assignments"];

/// From the beginning to the end, each a line and a column (from 1).
type Span = Range<(usize, usize)>;

/// What of `warnings` is about the cell `code` itself, the `count`-th; `None` if nothing is.
pub fn display(warnings: &[Warning], code: &str, count: u32, sources: &Sources) -> Option<Output> {
    if warnings.is_empty() {
        return None;
    }
    let reports = reports(warnings, code, count, |file| sources.read(file));
    let heading = match reports.len() {
        0 => return None,
        1 => "1 warning".to_owned(),
        more => format!("{more} warnings"),
    };
    let mut plain = vec![heading.clone()];
    let mut html = Vec::new();
    for report in reports.iter().take(SHOWN) {
        plain.push(report.clone());
        let (title, rest) = report.split_once('\n').unwrap_or((report, ""));
        let [title, rest] = [title, rest].map(escape);
        html.push(format!("<b>{title}</b>\n{rest}"));
    }
    if reports.len() > SHOWN {
        let more = format!("... and {} more", reports.len() - SHOWN);
        plain.push(more.clone());
        html.push(more);
    }
    let html = format!(
        "<details class=\"twoaxes-warnings\" style=\"opacity:.8\">\
         <summary style=\"cursor:pointer\">{heading}</summary>\
         <pre style=\"margin:.4em 0 0 1em;overflow-x:auto\">{}</pre></details>",
        html.join("\n\n")
    );
    Some(timing::display(plain.join("\n\n"), html))
}

/// Each warning about `code`, once, in the order of its lines.
fn reports(
    warnings: &[Warning],
    code: &str,
    count: u32,
    read: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let definitions = definitions(code);
    let path = format!("cell [{count}]");
    let mut found: Vec<(usize, String)> = warnings
        .iter()
        .filter_map(|warning| {
            let source = read(primary(&warning.told)?["file_name"].as_str()?)?;
            let (spans, marks) = marks(warning, code, &source)?;
            if !is_meant(warning, spans.start, definitions.as_deref()) {
                return None;
            }
            let at = marks.first()?.range.start;
            Some((at, render(warning, marks, code, &path)?))
        })
        .collect();
    found.sort();
    found.dedup();
    found.into_iter().map(|(_, report)| report).collect()
}

fn render(warning: &Warning, marks: Vec<Mark>, code: &str, path: &str) -> Option<String> {
    let message = plain(warning.told["message"].as_str()?);
    if is_generated(&message) {
        return None;
    }
    let mut remarks = snippets::remarks(&warning.told);
    // That is about the compiler, and not about the cell.
    remarks.retain(|(_, text)| !text.contains("on by default"));
    let report = Report {
        level: Level::WARNING,
        title: &message,
        id: Some(&warning.lint),
        marks,
        remarks,
    };
    Some(snippets::draw(report, code, path, &Renderer::plain()))
}

/// Whether a warning at the place `at` of the cell is more than that of a variable which the
/// session keeps, where its top-level patterns are `definitions`.
fn is_meant(warning: &Warning, at: (usize, usize), definitions: Option<&[Span]>) -> bool {
    let lint = warning.lint.as_str();
    if let Some(item) = &warning.item {
        // What is not written yet uses nothing.
        return !(OF_DEFINITIONS.contains(&lint) && is_unfinished(&item.text));
    }
    if OF_DEFINITIONS.contains(&lint) {
        // Of a cell that has another grammar than ours nothing is known.
        return definitions.is_some_and(|spans| !spans.iter().any(|span| span.contains(&at)));
    }
    !OF_USES.contains(&lint)
}

fn is_unfinished(text: &str) -> bool {
    ["todo!", "unimplemented!"]
        .iter()
        .any(|word| text.contains(word))
}

/// The patterns of the cell's own `let`s.
fn definitions(code: &str) -> Option<Vec<Span>> {
    // On lines of their own, so that columns are those of the cell.
    let function = format!("fn cell() {{\n{}\n}}", syntax::without_commands(code));
    let function: syn::ItemFn = syn::parse_str(&function).ok()?;
    let statements = function.block.stmts.iter();
    let patterns = statements.filter_map(|statement| match statement {
        syn::Stmt::Local(local) => Some(local.pat.span()),
        _ => None,
    });
    let place = |at: proc_macro2::LineColumn| (at.line.saturating_sub(1), at.column + 1);
    Some(
        patterns
            .map(|span| place(span.start())..place(span.end()))
            .collect(),
    )
}

fn primary(told: &Value) -> Option<&Value> {
    let mut spans = told["spans"].as_array()?.iter();
    spans.find(|span| span["is_primary"] == true)
}

/// Where the primary place is in the cell, and all places that are marked, that one first.
/// `None` if it is not in the cell.
fn marks(warning: &Warning, code: &str, source: &str) -> Option<(Span, Vec<Mark>)> {
    let origin = Origin::of(warning, code, source)?;
    let first = primary(&warning.told)?;
    let at = origin.span(first)?;
    let mark = |span: &Value, is_primary: bool| {
        let place = origin.span(span)?;
        let label = span["label"].as_str().unwrap_or_default();
        Some(Mark {
            range: byte_range(code, place.start, place.end)?,
            label: match is_generated(label) {
                true => String::new(),
                false => plain(label),
            },
            is_primary,
        })
    };
    let others = warning.told["spans"].as_array()?.iter();
    let others = others
        .filter(|span| span["is_primary"] != true && span["file_name"] == first["file_name"])
        .filter_map(|span| mark(span, false));
    let marks = mark(first, true)?;
    Some((at, std::iter::once(marks).chain(others).collect()))
}

/// How places of a compiled source are found in the cell.
enum Origin<'a> {
    /// The item stands in the cell as it is, from this line on, whose first so many
    /// characters are not the item's.
    Item {
        item: &'a Item,
        line: usize,
        before: usize,
    },
    /// Its statements are looked for, line by line.
    Statement { code: &'a str, source: &'a str },
}

impl<'a> Origin<'a> {
    /// `None` if it is about an item of an earlier cell.
    fn of(warning: &'a Warning, code: &'a str, source: &'a str) -> Option<Self> {
        let Some(item) = &warning.item else {
            return Some(Self::Statement { code, source });
        };
        // Lines end as those of the item do.
        let lines: Vec<&str> = code.lines().collect();
        let text = lines.join("\n");
        let above = text.get(..text.find(&item.text)?)?;
        Some(Self::Item {
            item,
            line: above.matches('\n').count() + 1,
            before: above.rsplit('\n').next()?.chars().count(),
        })
    }

    fn place(&self, line: usize, column: usize) -> Option<(usize, usize)> {
        match self {
            Self::Item {
                item,
                line: first,
                before,
            } => {
                let within = line.checked_sub(item.line)?;
                if within >= item.text.lines().count() {
                    return None;
                }
                let before = if within == 0 { *before } else { 0 };
                Some((first + within, column.saturating_add(before)))
            }
            Self::Statement { code, source } => {
                // A bracket alone may as well be a generated one.
                let text = source.lines().nth(line.checked_sub(1)?)?;
                let column = column.min(text.chars().count() + 1);
                let has_words = text.contains(char::is_alphanumeric);
                let found = location::find(code, source, line, column).filter(|_| has_words)?;
                Some((found.place.line, found.place.column))
            }
        }
    }

    /// The place of `span`, less what of it is generated.
    fn span(&self, span: &Value) -> Option<Span> {
        let number = |name: &str| usize::try_from(span[name].as_u64()?).ok();
        let (first, last) = (number("line_start")?, number("line_end")?);
        let texts = span["text"].as_array().map_or(&[][..], Vec::as_slice);
        let last = last.min(first.saturating_add(texts.len()));
        let line = |line: usize| texts.get(line - first)?["text"].as_str();
        let start = (first..=last).find_map(|at| match at == first {
            true => self.place(at, number("column_start")?),
            false => {
                let indent = line(at)?.chars().take_while(|c| c.is_whitespace()).count();
                self.place(at, indent + 1)
            }
        })?;
        let end = (first..=last).rev().find_map(|at| match at == last {
            true => self.place(at, number("column_end")?),
            false => self.place(at, line(at)?.chars().count() + 1),
        });
        // Of equal lines, another one may have been found for the end.
        let end = end.filter(|end| *end >= start);
        Some(start..end.unwrap_or((start.0, usize::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const FILE: &str = "cells/0/lib.rs";

    /// A source as evcxr makes it of a cell with the last expression `last(2)`.
    const SOURCE: &str = "\
fn earlier() { let a = 1; }
fn own(n: u32) -> u32 {
    let a = n;
    2
}
fn unfinished(n: u32) { todo!() }
let kept = evcxr_variable_store.take_variable::<u32>(stringify!(kept));
let mut b = 1;
own(1); own(2);
{ let c = <u32>::MAX; }
(
last(2)
).evcxr_display();
evcxr_variable_store.put_variable::<u32>(stringify!(b), b);
";
    const CELL: &str = ":time\nfn own(n: u32) -> u32 {\n    let a = n;\n    2\n}\n\
        fn unfinished(n: u32) { todo!() }\n\
        let mut b = 1; own(1); own(2);\n{ let c = <u32>::MAX; }\nlast(2)";

    /// `lint` about what stands at `what`, on `line` (from 1) of the source.
    fn warning(lint: &str, line: usize, what: &str) -> Warning {
        let lines: Vec<&str> = SOURCE.lines().collect();
        let before = lines[line - 1].split(what).next().unwrap();
        let column = before.chars().count() + 1;
        let item = match line {
            1 => Some((1, 1)),
            2..=5 => Some((2, 5)),
            6 => Some((6, 6)),
            _ => None,
        };
        // A span of several lines ends with the bracket that evcxr adds.
        let last = if what == "(" { line + 2 } else { line };
        let texts: Vec<Value> = (line..=last)
            .map(|line| json!({"text": lines[line - 1]}))
            .collect();
        Warning {
            lint: lint.to_owned(),
            told: json!({
                "message": "it is",
                "spans": [{
                    "is_primary": true,
                    "file_name": FILE,
                    "line_start": line,
                    "line_end": last,
                    "column_start": column,
                    "column_end": column + what.chars().count(),
                    "label": "here",
                    "text": texts,
                }],
                "children": [
                    {"level": "note", "message": "`#[warn(it)]` on by default", "spans": []},
                    {"level": "help", "message": "try <b>", "spans": []},
                ],
            }),
            item: item.map(|(first, last)| Item {
                line: first,
                text: lines[first - 1..last].join("\n"),
            }),
        }
    }

    fn read(file: &str) -> Option<String> {
        (file == FILE).then(|| SOURCE.to_owned())
    }

    #[test]
    fn a_warning_is_about_the_cells_own_lines() {
        for (lint, line, what, expected) in [
            ("unused_variables", 1, "a", None),
            ("unused_variables", 3, "a", Some("3:9")),
            ("unused_assignments", 3, "a", Some("3:9")),
            ("unused_variables", 2, "n:", Some("2:8")),
            ("unused_variables", 6, "n:", None),
            ("deprecated", 6, "n:", Some("6:15")),
            ("unused_variables", 7, "kept", None),
            ("unused_mut", 8, "mut b", None),
            ("unused_assignments", 8, "b", None),
            ("unused_must_use", 9, "own(2)", Some("7:24")),
            ("unused_variables", 10, "c", Some("8:7")),
            ("unreachable_code", 11, "(", Some("9:1")),
            ("unreachable_code", 14, "evcxr_variable_store", None),
        ] {
            let warning = warning(lint, line, what);
            let found = reports(&[warning.clone(), warning], CELL, 4, read);
            let place = found
                .first()
                .and_then(|report| report.split_once("cell [4]:"))
                .map(|(_, rest)| rest.lines().next().unwrap());
            assert_eq!(place, expected, "{lint}, line {line}: {found:?}");
            assert!(found.len() <= 1, "each once");
            let report = found.concat();
            assert!(!report.contains("on by default"), "{report}");
        }
    }

    #[test]
    fn a_display_counts_shows_and_escapes() {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources::of(folder.path());
        let file = sources.add(SOURCE).unwrap();
        let mut one = warning("unused_variables", 10, "c");
        one.told["spans"][0]["file_name"] = file.to_str().unwrap().into();
        let display = |warnings: &[Warning]| display(warnings, CELL, 4, &sources);
        let texts = |output: Option<Output>| match output {
            Some(Output::Display { data, .. }) => {
                ["text/plain", "text/html"].map(|form| data[form].as_str().unwrap().to_owned())
            }
            other => panic!("{other:?}"),
        };
        let [plain, html] = texts(display(std::slice::from_ref(&one)));
        assert!(plain.starts_with("1 warning\n\nwarning[unused_variables]: it is\n"));
        assert!(plain.contains("8 | { let c = <u32>::MAX; }\n"), "{plain}");
        assert!(html.starts_with("<details class=") && html.contains("<summary"));
        assert!(html.contains("&lt;u32&gt;") && html.contains("try &lt;b&gt;"));
        let other = |number: usize| {
            let mut other = one.clone();
            other.told["message"] = format!("number {number}").into();
            other
        };
        let many: Vec<Warning> = (0..SHOWN + 3).map(other).collect();
        let [plain, html] = texts(display(&many));
        assert!(plain.starts_with("13 warnings\n") && plain.ends_with("... and 3 more"));
        assert_eq!(html.matches("<b>").count(), SHOWN);
        let foreign = warning("unused_variables", 1, "a");
        assert!(display(&[]).is_none() && display(&[foreign]).is_none());
    }

    #[test]
    fn in_a_cell_that_is_not_understood_variables_are_the_sessions() {
        let warning = |lint| warning(lint, 9, "own(1)");
        let code = "own(1); own(2); ~~";
        let count = |lint| reports(&[warning(lint)], code, 1, read).len();
        assert_eq!(
            (count("unused_variables"), count("unused_must_use")),
            (0, 1)
        );
    }

    proptest! {
        #[test]
        fn no_span_makes_it_panic(numbers in proptest::array::uniform4(prop_oneof![0_u64..20, Just(u64::MAX)])) {
            for line in [3, 9] {
                let mut warning = warning("deprecated", line, "");
                let names = ["line_start", "line_end", "column_start", "column_end"];
                for (name, number) in names.iter().zip(numbers) {
                    warning.told["spans"][0][*name] = number.into();
                }
                let _ = reports(&[warning], CELL, 1, read);
            }
        }
    }
}

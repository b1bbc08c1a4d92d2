//! What the compiler warns of in a cell that compiles, as one quiet display.
//!
//! A warning is shown below the cell that its line stands in, and nowhere else: evcxr
//! compiles earlier cells' items along with later cells, and puts code of its own around
//! a cell. What a `let` of the cell itself defines is a variable of the session, which later
//! cells may use and change: of such the compiler knows too little to warn.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use annotate_snippets::{Level, Renderer};
use serde_json::Value;

use super::interface::Output;
use super::snippets::{self, Mark, Report, byte_range, is_generated, plain};
use super::statements::{Cell, Span, Statements};
use super::timing;
use crate::bridge::{Item, MOST_WARNINGS, Warning};
use crate::html::escape;
use crate::toolchain::Sources;

/// More warnings than this are only counted.
const SHOWN: usize = 10;

/// Lints about a variable where it is defined.
const OF_DEFINITIONS: [&str; 2] = ["unused_variables", "unused_mut"];

/// Lints about a variable wherever it is defined. Whose it is, is sure within an item.
const OF_USES: [&str; 1] = ["unused_assignments"];

/// What of `warnings` is about the cell `code` itself, the `count`-th; `None` if nothing is.
pub fn display(warnings: &[Warning], code: &str, count: u32, sources: &Sources) -> Option<Output> {
    if warnings.is_empty() {
        return None;
    }
    let (number, reports) = reports(warnings, code, count, |file| sources.read(file));
    let heading = match number {
        0 => return None,
        1 => "1 warning".to_owned(),
        // The compiler tells no more than that.
        more if more >= MOST_WARNINGS => format!("more than {} warnings", MOST_WARNINGS - 1),
        more => format!("{more} warnings"),
    };
    let mut plain = vec![heading.clone()];
    let mut html = Vec::new();
    for report in &reports {
        plain.push(report.clone());
        let (title, rest) = report.split_once('\n').unwrap_or((report, ""));
        let [title, rest] = [title, rest].map(escape);
        html.push(format!("<b>{title}</b>\n{rest}"));
    }
    if number > reports.len() {
        let more = match number >= MOST_WARNINGS {
            true => "... and more".to_owned(),
            false => format!("... and {} more", number - reports.len()),
        };
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

/// How many warnings are about `code`, each counted once, and the first of them as they are
/// shown, in the order of its lines.
fn reports(
    warnings: &[Warning],
    code: &str,
    count: u32,
    read: impl Fn(&str) -> Option<String>,
) -> (usize, Vec<String>) {
    let cell = Cell::of(code);
    let files = warnings.iter().filter(|warning| warning.item.is_none());
    let files: HashMap<&str, String> = files
        .filter_map(|warning| primary(&warning.told)?["file_name"].as_str())
        .collect::<HashSet<&str>>()
        .into_iter()
        .filter_map(|file| Some((file, read(file)?)))
        .collect();
    let statements: HashMap<&str, Statements<'_>> = files
        .iter()
        .map(|(file, source)| (*file, Statements::of(&cell, source)))
        .collect();
    let mut found: Vec<Found<'_>> = warnings
        .iter()
        .filter_map(|warning| Found::of(warning, &cell, &statements))
        .collect();
    found.sort_by(|a, b| a.order().cmp(&b.order()));
    found.dedup_by(|a, b| a.order() == b.order());
    let path = format!("cell [{count}]");
    let shown = found.iter().take(SHOWN);
    let reports = shown.filter_map(|found| found.render(&cell.text, &path));
    (found.len(), reports.collect())
}

/// A warning about the cell.
struct Found<'a> {
    warning: &'a Warning,
    message: String,
    origin: Origin<'a>,
    /// Its primary place, in bytes.
    range: Range<usize>,
}

impl<'a> Found<'a> {
    /// `None` if it is not about the cell, or says nothing to whoever wrote it.
    fn of(
        warning: &'a Warning,
        cell: &'a Cell,
        statements: &'a HashMap<&str, Statements<'a>>,
    ) -> Option<Self> {
        let message = plain(warning.told["message"].as_str()?);
        let span = primary(&warning.told)?;
        let origin = match &warning.item {
            Some(item) => Origin::item(item, cell)?,
            None => Origin::Statement(statements.get(span["file_name"].as_str()?)?),
        };
        let at = origin.span(span)?;
        let is_told =
            !is_generated(&message) && is_meant(warning, at.start, cell.definitions.as_deref());
        let range = byte_range(&cell.text, at.start, at.end).filter(|_| is_told)?;
        Some(Self {
            warning,
            message,
            origin,
            range,
        })
    }

    fn order(&self) -> (usize, usize, &str, &str) {
        let Range { start, end } = self.range;
        (start, end, &self.warning.lint, &self.message)
    }

    fn render(&self, code: &str, path: &str) -> Option<String> {
        let told = &self.warning.told;
        let first = primary(told)?;
        let mark = |span: &Value, range| {
            let label = span["label"].as_str().unwrap_or_default();
            Mark {
                range,
                label: match is_generated(label) {
                    true => String::new(),
                    false => plain(label),
                },
                is_primary: span["is_primary"] == true,
            }
        };
        let others = told["spans"].as_array()?.iter();
        let others = others
            .filter(|span| span["is_primary"] != true && span["file_name"] == first["file_name"])
            .filter_map(|span| {
                let place = self.origin.span(span)?;
                Some(mark(span, byte_range(code, place.start, place.end)?))
            });
        let marks = std::iter::once(mark(first, self.range.clone())).chain(others);
        let place = |span: &Value| {
            let place = self.origin.span(span)?;
            let is_own = span["file_name"] == first["file_name"];
            byte_range(code, place.start, place.end).filter(|_| is_own)
        };
        let mut remarks = snippets::remarks(told, place);
        // That is about the compiler, and not about the cell.
        remarks.retain(|remark| !remark.text.contains("on by default"));
        let report = Report {
            level: Level::WARNING,
            title: &self.message,
            id: Some(&self.warning.lint),
            marks: marks.collect(),
            remarks,
        };
        Some(snippets::draw(report, code, path, &Renderer::plain()))
    }
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

fn primary(told: &Value) -> Option<&Value> {
    let mut spans = told["spans"].as_array()?.iter();
    spans.find(|span| span["is_primary"] == true)
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
    Statement(&'a Statements<'a>),
}

impl<'a> Origin<'a> {
    /// `None` if it is an item of an earlier cell.
    fn item(item: &'a Item, cell: &Cell) -> Option<Self> {
        let (line, column) = cell.place(cell.item(&item.text)?)?;
        Some(Self::Item {
            item,
            line,
            before: column - 1,
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
            Self::Statement(statements) => statements.place(line, column),
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
pub extern \"C\" fn twoaxes_cell() { let kept = evcxr_variable_store.take_variable::<u32>(stringify!(kept));
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
            let (_, found) = reports(&[warning.clone(), warning], CELL, 4, read);
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
        let many: Vec<Warning> = (0..MOST_WARNINGS).map(other).collect();
        let [plain, html] = texts(display(&many));
        assert!(plain.starts_with("more than 200 warnings\n") && plain.ends_with("... and more"));
        assert_eq!(html.matches("<b>").count(), SHOWN);
        let foreign = warning("unused_variables", 1, "a");
        assert!(display(&[]).is_none() && display(&[foreign]).is_none());
    }

    #[test]
    fn in_a_cell_that_is_not_understood_variables_are_the_sessions() {
        let warning = |lint| warning(lint, 9, "own(1)");
        let code = "own(1); own(2); ~~";
        let count = |lint| reports(&[warning(lint)], code, 1, read).0;
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

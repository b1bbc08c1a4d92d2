//! Compiler messages as a report about the student's own cell.

use annotate_snippets::{Level, Renderer};
use evcxr::CompilationError;

use super::interface::Failure;
use super::marks::{Notes, is_about_syntax, line_at, marks};
use super::snippets::{self, Mark, Remark, Report, byte_range, is_of_cells, plain, primary_line};
use super::told::Told;
use super::{advice, ansi, commands, hints, sharing};

/// More errors than this are only counted.
const SHOWN: usize = 10;

/// What errors are about.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    pub source: &'a str,
    /// Its execution count.
    pub count: u32,
    /// The variables that a `fn` of the cell may name and does not see.
    pub variables: &'a [String],
}

impl Cell<'_> {
    fn path(&self) -> String {
        format!("cell [{}]", self.count)
    }
}

/// The report on `errors` in `cell`.
pub fn report(errors: &[CompilationError], cell: Cell<'_>) -> Failure {
    let errors = relevant(errors);
    if let Some(failure) = errors.iter().find_map(|error| misplaced(error, cell)) {
        return failure;
    }
    let mut failures = errors.iter().map(|error| one(error, cell));
    let Some(mut report) = failures.next() else {
        let value = "the cell does not compile".to_owned();
        return compile_error(value.clone(), value);
    };
    for next in failures.take(SHOWN - 1) {
        report.traceback.extend(next.traceback);
    }
    match errors.len() {
        1 => {}
        2 => report.value.push_str(" (and 1 more error)"),
        more => report
            .value
            .push_str(&format!(" (and {} more errors)", more - 1)),
    }
    if errors.len() > SHOWN {
        let more = errors.len() - SHOWN;
        report.traceback.push(format!("... and {more} more errors"));
    }
    report
}

fn compile_error(value: String, report: String) -> Failure {
    Failure {
        name: "CompileError".to_owned(),
        value,
        traceback: vec![report],
    }
}

/// The report on one error.
fn one(error: &CompilationError, cell: Cell<'_>) -> Failure {
    if error.level() == "help"
        && let Some(failure) = advice::not_imported(&error.json)
    {
        return failure;
    }
    let marks = marks(error, cell.source);
    let start = marks.first().map_or(0, |mark| mark.range.start);
    let below = cell.source.get(start..).unwrap_or_default();
    let statement = below.split(';').next().unwrap_or_default();
    if let Some(mut failure) = advice::failure(&error.message(), statement) {
        let place = render_marks(&failure.value, marks, cell);
        failure.traceback.splice(..1, [place]);
        return failure;
    }
    let message = plain(&error.message());
    let message = message.lines().next().unwrap_or_default();
    let value = match error.code() {
        Some(code) => format!("{code}: {message}"),
        None => message.to_owned(),
    };
    compile_error(value, render(error, marks, cell))
}

/// The report on a command below Rust, where the compiler has stumbled over one.
fn misplaced(error: &CompilationError, cell: Cell<'_>) -> Option<Failure> {
    let source = cell.source;
    let at = marks(error, source).first()?.range.clone();
    // A word above a line that begins with `!` looks like a macro.
    let below = source.get(at.end..)?;
    let start = match error.message().starts_with("cannot find macro") {
        true => source.len() - below.trim_start().len(),
        false => at.start,
    };
    let range = line_at(source, start);
    let (above, line) = (source.get(..range.start)?, source.get(range.clone())?);
    // Such a line may be Rust with another mistake.
    let may_be_rust = line.trim_start().starts_with('!') && error.code().is_some();
    let said = commands::misplaced(above, line).filter(|_| !may_be_rust)?;
    let mark = Mark {
        range,
        label: String::new(),
        is_primary: true,
    };
    let report = render_marks(&said, vec![mark], cell);
    Some(compile_error(said, report))
}

/// `title` and the marked places of the cell.
fn render_marks(title: &str, marks: Vec<Mark>, cell: Cell<'_>) -> String {
    let report = Report {
        level: Level::ERROR,
        title,
        id: None,
        marks,
        remarks: Vec::new(),
    };
    snippets::draw(report, cell.source, &cell.path(), &Renderer::styled())
}

/// The report on an error that the compiler was not asked about, at a line and
/// column (from 1) of `source`.
pub fn syntax_error(message: &str, at: (usize, usize), source: &str, count: u32) -> Failure {
    let cell = Cell {
        source,
        count,
        variables: &[],
    };
    let mark = byte_range(source, at, (at.0, at.1 + 1)).map(|range| Mark {
        range,
        label: String::new(),
        is_primary: true,
    });
    let report = render_marks(message, mark.into_iter().collect(), cell);
    compile_error(message.to_owned(), report)
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

fn render(error: &CompilationError, marks: Vec<Mark>, cell: Cell<'_>) -> String {
    let report = Report {
        level: Level::ERROR,
        title: &plain(&error.message()),
        id: error.code(),
        remarks: remarks(error, cell, &marks),
        marks,
    };
    let report = snippets::draw(report, cell.source, &cell.path(), &Renderer::styled());
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

/// Notes and helps, each with what the compiler suggests to write, and our hint.
fn remarks(error: &CompilationError, cell: Cell<'_>, marks: &[Mark]) -> Vec<Remark> {
    let message = error.message();
    let told = Told {
        code: error.code(),
        message: &message,
        source: cell.source,
        at: marks.first().map(|mark| mark.range.clone()),
        variables: cell.variables,
        ..Told::default()
    };
    let told = told.read(&error.json);
    let hint = hints::hint(&told).or_else(|| sharing::hint(&told));
    // What the compiler says about a curly quote is longer than the hint, and says no more.
    let is_curly = hints::is_about_curly_quotes(&message);
    let notes = Notes::of(error, cell.source);
    let mut remarks = match is_curly {
        true => Vec::new(),
        false => snippets::remarks(&error.json, |span| notes.place(span)),
    };
    if marks.is_empty() {
        remarks.extend(elsewhere(error).map(Remark::help));
    }
    remarks.extend(hint.map(Remark::help));
    remarks
}

/// Says that an error without a place in this cell is about an earlier one.
fn elsewhere(error: &CompilationError) -> Option<String> {
    let spans = error.json["spans"].as_array()?;
    let is_ours = spans.iter().any(is_of_cells) && !is_about_syntax(error);
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

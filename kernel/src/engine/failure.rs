//! Failures other than those of the compiler, as reports.

use std::borrow::Cow;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::control::Stop;
use super::interface::Failure;
use super::location::{self, Place};
use super::{ansi, durations};
use crate::bridge::{Left, Panic};

/// The cells of a session, for finding the one that a line comes from.
#[derive(Debug, Default)]
pub struct Cells {
    /// Execution count and text; the newest last.
    cells: Vec<(u32, String)>,
}

/// More cells than this are not searched.
const REMEMBERED: usize = 200;

/// What stands at a line of generated source.
struct Origin<'a> {
    count: u32,
    text: &'a str,
    place: Place,
}

impl Cells {
    /// Remembers the cell that runs next.
    pub fn begin(&mut self, count: u32, text: &str) {
        if self.cells.len() == REMEMBERED {
            self.cells.remove(0);
        }
        self.cells.push((count, text.to_owned()));
    }

    /// The cell whose text agrees best with the place of the panic in `source`,
    /// and among equals the newest.
    fn origin(&self, panic: &Panic, source: Option<&str>) -> Option<Origin<'_>> {
        let (line, column) = (panic.line? as usize, panic.column? as usize);
        self.cells
            .iter()
            .filter_map(|(count, text)| {
                let found = location::find(text, source?, line, column)?;
                Some((*count, text, found))
            })
            .max_by_key(|(count, _, found)| (found.likeness, *count))
            .map(|(count, text, found)| Origin {
                count,
                text,
                place: found.place,
            })
    }

    /// The error of a cell that a panic ended.
    /// `source` is the generated source that the panic names.
    pub fn panic(&self, panic: &Panic, source: Option<&str>) -> Failure {
        let message = shortened(&panic.message);
        let mut traceback = vec![format!(
            "{}: {}",
            ansi::error("panic"),
            ansi::bold(&message)
        )];
        match self.origin(panic, source) {
            Some(origin) => traceback.extend(origin.lines()),
            None if source.is_none() => traceback.extend(foreign(panic)),
            None => {}
        }
        Failure {
            name: "Panic".to_owned(),
            value: first_line(&message),
            traceback,
        }
    }

    /// What standard error shows of a panic that did not end the cell.
    pub fn panic_on_stderr(&self, panic: &Panic, source: Option<&str>) -> String {
        let thread = panic.thread.as_deref().unwrap_or("<unnamed>");
        let place = match (self.origin(panic, source), &panic.file) {
            (Some(origin), _) => format!(
                "cell [{}], line {}, column {}",
                origin.count, origin.place.line, origin.place.column
            ),
            (None, Some(file)) if source.is_none() => {
                format!("{file}, line {}", panic.line.unwrap_or_default())
            }
            (None, _) => "an earlier cell".to_owned(),
        };
        format!(
            "thread '{thread}' panicked at {place}:\n{}\n",
            panic.message
        )
    }
}

impl Origin<'_> {
    /// The line with its number and a mark below the column.
    fn lines(&self) -> Vec<String> {
        let line = self
            .text
            .lines()
            .nth(self.place.line - 1)
            .unwrap_or_default();
        let number = self.place.line.to_string();
        let margin = " ".repeat(number.len());
        // Tabs of the line stay tabs, so that the mark stands below its column.
        let before = line.chars().take(self.place.column - 1);
        let mark: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
        let mark = mark + "^";
        vec![
            format!(
                "{margin}{} cell [{}], line {}, column {}",
                ansi::frame("-->"),
                self.count,
                self.place.line,
                self.place.column
            ),
            format!("{margin} {}", ansi::frame("|")),
            format!("{} {line}", ansi::frame(&format!("{number} |"))),
            format!("{margin} {} {}", ansi::frame("|"), ansi::error(&mark)),
        ]
    }
}

/// The place of a panic outside the student's cells.
fn foreign(panic: &Panic) -> Vec<String> {
    let (Some(file), Some(line)) = (&panic.file, panic.line) else {
        return Vec::new();
    };
    vec![format!("  {} {file}, line {line}", ansi::frame("-->"))]
}

/// The error of a cell that a `?` ended.
pub fn question_mark(type_name: &str, message: &str) -> Failure {
    let name = short_type(type_name);
    let message = &*shortened(message);
    Failure {
        traceback: vec![
            format!("{}: {}", ansi::error(&name), ansi::bold(message)),
            "  the error reached the end of the cell through `?`".to_owned(),
        ],
        value: first_line(message),
        name,
    }
}

/// The error of a cell that compiles, and whose object the system cannot load.
pub fn not_loaded(reason: &str) -> Failure {
    let reason = &*shortened(reason);
    Failure {
        name: "LinkError".to_owned(),
        value: first_line(reason),
        traceback: vec![
            format!("{}: {}", ansi::error("LinkError"), ansi::bold(reason)),
            "  the cell did not run; variables are as before it".to_owned(),
        ],
    }
}

/// The most bytes of a message that an error shows: a notebook keeps it, and two
/// long vectors in an `assert_eq!` may have more than a notebook should.
const LONGEST: usize = 64 << 10;

fn shortened(message: &str) -> Cow<'_, str> {
    match message.get(..message.floor_char_boundary(LONGEST)) {
        Some(begun) if begun.len() < message.len() => {
            let all = message.len();
            format!("{begun} .. [the message has {all} bytes]").into()
        }
        _ => message.into(),
    }
}

/// What a failed cell leaves of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aftermath {
    /// All is as before the cell.
    Undone,
    /// All is as before the cell, but that it defines a type anew: variables of the old
    /// one are gone.
    UndoneButRetyped,
    /// All is as before a comm's handlers ran, and what the reader has set is set.
    UndoneHandler,
    /// All is as after the `:clear` at its beginning.
    UndoneToClear,
    /// There are none of the variables from before, if there were any: what earlier
    /// cells had left kept the state from being kept.
    Lost { had_variables: bool, left: Left },
}

/// The most threads that are named.
const NAMED: usize = 3;

impl Aftermath {
    /// What to say of a process that has ended.
    pub fn of_process(&self) -> String {
        match self {
            Self::Lost {
                had_variables: false,
                ..
            } => "a new process runs the next cell".to_owned(),
            Self::Lost { left, .. } if left.is_nothing() => LOST.to_owned(),
            Self::Lost { left, .. } => format!("{LOST}, because {}", reason(left)),
            undone => undone.of_panic().unwrap_or_default(),
        }
    }

    /// What to say of a cell that a panic or a `?` ended, and not its process.
    pub fn of_panic(&self) -> Option<String> {
        let said = match self {
            Self::Undone => "undone: variables, functions and types are as before this cell",
            Self::UndoneButRetyped => {
                "undone, except that variables of the type that this cell defines anew are gone"
            }
            Self::UndoneHandler => "undone: variables are as before it ran",
            Self::UndoneToClear => "undone: all is as after `:clear`",
            Self::Lost { left, .. } if left.is_nothing() => return None,
            Self::Lost { left, .. } => {
                return Some(format!(
                    "what the cell has changed stays changed, because {}",
                    reason(left)
                ));
            }
        };
        Some(said.to_owned())
    }
}

/// What to say of a cell that has failed, where nothing else explains it.
pub const NOT_UNDONE: &str =
    "what the cell has changed stays changed: the copy of its process that undoes it is gone";

const LOST: &str =
    "a new process runs the next cell: functions and types are kept, variables are gone";

/// Why a cell cannot be undone.
fn reason(left: &Left) -> String {
    match &left.uncopied {
        Some(error) => format!("there is no copy of its process: {error}"),
        None => format!("of {} that earlier cells have left", named(left)),
    }
}

/// What earlier cells have left, such as the threads of a pool.
fn named(left: &Left) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in left.threads.iter().filter(|name| !name.is_empty()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("...");
    }
    let names = match names.is_empty() {
        // Most of several are a pool's, and the most used one gives its threads no names.
        true if left.threads.len() > 1 => {
            " (without names, as those of rayon's pool are)".to_owned()
        }
        true => String::new(),
        false => format!(" ({})", names.join(", ")),
    };
    let kinds = [
        (left.threads.len(), "a thread", "threads", names.as_str()),
        (left.programs, "a program", "programs", ""),
        (
            left.connections,
            "a connection",
            "connections",
            " (pipes or sockets)",
        ),
    ];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter_map(|(count, one, many, names)| match count {
            0 => None,
            1 => Some(format!("{one}{names}")),
            count => Some(format!("{count} {many}{names}")),
        })
        .collect();
    kinds.join(" and ")
}

/// The error of a cell whose process ended; `status` is what evcxr says of it.
pub fn process_ended(status: &str, aftermath: &Aftermath) -> Failure {
    let (name, value) = match end(status) {
        End::Code(code) => (
            "Exit",
            format!("the cell ended its process with exit code {code}"),
        ),
        End::Signal(signal) => ("Crash", format!("the cell's process was ended by {signal}")),
    };
    failure(name, &value, Some(&aftermath.of_process())).followed_by(cause(status))
}

/// The error of a cell whose process was there no more when its code was to begin.
pub fn process_had_ended(status: &str, aftermath: &Aftermath) -> Failure {
    let (name, how) = match end(status) {
        End::Code(code) => ("Exit", format!("with exit code {code}")),
        End::Signal(signal) => ("Crash", format!("by {signal}")),
    };
    let value = format!("the process that runs cells has ended before this one began, {how}");
    let note = "a thread of an earlier cell may have done that; run this cell again";
    failure(name, &value, Some(note))
        .followed_by(Some(aftermath.of_process()))
        .followed_by(cause(status))
}

/// How a process has ended.
enum End<'a> {
    Code(&'a str),
    Signal(&'a str),
}

fn end(status: &str) -> End<'_> {
    // evcxr says "... terminated with status: " and then what the system says.
    let status = status
        .split_once("terminated with status: ")
        .map_or(status, |(_, status)| status.trim());
    match status.strip_prefix("exit status: ") {
        Some(code) => End::Code(code),
        None => End::Signal(status),
    }
}

/// What mostly leads to such an end.
fn cause(status: &str) -> Option<String> {
    let causes = [
        (
            "SIGSEGV",
            "the stack of a thread has overflowed (does a function call itself without an end?), \
             or `unsafe` code has touched memory that is not its own",
        ),
        (
            "SIGABRT",
            "standard error says why, if a stack has overflowed, memory could not be had or a panic \
             met another one; `abort` itself says nothing",
        ),
        (
            "SIGKILL",
            "somebody has killed it; the system does when it runs out of memory",
        ),
    ];
    let found = causes.iter().find(|(signal, _)| status.contains(signal));
    found.map(|(_, words)| (*words).to_owned())
}

impl Failure {
    /// The same with another note at the end of its report.
    pub fn followed_by(mut self, note: Option<String>) -> Self {
        self.traceback.extend(note.map(|note| format!("  {note}")));
        self
    }
}

/// The status of a process that was the child of another one, which ends with
/// 128 and the number of the signal.
pub fn unwrapped(status: &str) -> Option<String> {
    let (_, code) = status.rsplit_once("exit status: ")?;
    let signal = code.trim().parse::<i32>().ok()?.checked_sub(128)?;
    // As the system writes it.
    (1..=64)
        .contains(&signal)
        .then(|| ExitStatus::from_raw(signal).to_string())
}

/// What to say of a cell that was stopped before its code began.
pub const NOT_BEGUN: &str =
    "its code had not begun: variables, functions and types are as before this cell";

/// The error of a cell that was stopped before its end.
pub fn stopped(stop: Stop, note: Option<&str>) -> Failure {
    let (name, value) = match stop {
        Stop::Interrupt => (
            "Interrupted",
            "the cell was stopped before its end".to_owned(),
        ),
        Stop::Limit(limit) => {
            let limit = durations::exact(limit);
            let value = format!("stopped after {limit}, the limit set by `:limit`");
            ("TimeLimit", value)
        }
    };
    failure(name, &value, note)
}

/// An error in one sentence, with a note about what it means for the session.
pub fn failure(name: &str, value: &str, note: Option<&str>) -> Failure {
    let mut traceback = vec![format!("{}: {}", ansi::error(name), ansi::bold(value))];
    traceback.extend(note.map(|note| format!("  {note}")));
    Failure {
        name: name.to_owned(),
        value: first_line(value),
        traceback,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// `core::num::ParseIntError` as `ParseIntError`; also within `<...>`.
fn short_type(name: &str) -> String {
    let mut short = String::new();
    for part in name.split_inclusive(['<', '>', ',', ' ', '(', ')', '&', '[', ']']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_without_their_paths() {
        for (name, expected) in [
            ("core::num::error::ParseIntError", "ParseIntError"),
            (
                "alloc::boxed::Box<dyn core::error::Error>",
                "Box<dyn Error>",
            ),
            ("&str", "&str"),
        ] {
            assert_eq!(short_type(name), expected);
        }
    }

    #[test]
    fn a_panic_shows_the_line_of_the_cell() {
        let mut cells = Cells::default();
        cells.begin(7, "let v = vec![1];\nv[3]");
        let panic = Panic {
            message: "index out of bounds".to_owned(),
            file: Some("cells/7/lib.rs".to_owned()),
            line: Some(2),
            column: Some(1),
            thread: None,
        };
        let source = "let v = vec![1];\nv[3]\n";
        let report = cells.panic(&panic, Some(source)).traceback.join("\n");
        assert!(report.contains("cell [7], line 2, column 1"), "{report}");
        assert!(report.contains("v[3]"), "{report}");
    }

    #[test]
    fn a_panic_in_a_function_is_shown_where_the_function_was_defined() {
        let mut cells = Cells::default();
        cells.begin(1, "fn get(v: &[i32], k: usize) -> i32 {\n    v[k]\n}");
        cells.begin(2, "let k = 1;\nprintln!(\"{}\", v[k]);\nget(&v, 9)");
        let source = "x\nfn get(v: &[i32], k: usize) -> i32 {\n    v[k]\n}\nlet k = 1;\n";
        let panic = Panic {
            message: "out of bounds".to_owned(),
            file: Some("cells/2/lib.rs".to_owned()),
            line: Some(3),
            column: Some(5),
            thread: None,
        };
        let shown = cells.panic_on_stderr(&panic, Some(source));
        assert!(shown.contains("cell [1], line 2, column 5"), "{shown}");
    }

    #[test]
    fn a_status_becomes_a_sentence() {
        let crash = process_ended(
            "Subprocess terminated with status: signal: 6 (SIGABRT)",
            &lost(true, &[]),
        );
        assert_eq!(crash.name, "Crash");
        assert_eq!(
            crash.value,
            "the cell's process was ended by signal: 6 (SIGABRT)"
        );
        assert!(crash.traceback.concat().contains("standard error says why"));
        let overflow = process_ended(
            "Subprocess terminated with status: signal: 11 (SIGSEGV) (core dumped)",
            &lost(true, &[]),
        );
        assert!(
            overflow
                .traceback
                .concat()
                .contains("does a function call itself"),
            "{overflow:?}"
        );
        assert_eq!(
            unwrapped("Subprocess terminated with status: exit status: 134").as_deref(),
            Some("signal: 6 (SIGABRT)")
        );
        assert_eq!(unwrapped("exit status: 3"), None);
        let exit = process_ended("exit status: 3", &Aftermath::Undone);
        assert_eq!(exit.value, "the cell ended its process with exit code 3");
        let before = process_had_ended("exit status: 3", &lost(true, &[]));
        assert_eq!(before.name, "Exit");
        assert!(
            before
                .value
                .ends_with("before this one began, with exit code 3")
        );
        assert!(before.traceback.concat().contains("run this cell again"));
        assert!(exit.traceback.concat().contains("as before this cell"));
    }

    fn lost(had_variables: bool, threads: &[&str]) -> Aftermath {
        Aftermath::Lost {
            had_variables,
            left: Left {
                threads: threads.iter().map(|name| (*name).to_owned()).collect(),
                ..Left::default()
            },
        }
    }

    #[test]
    fn what_is_left_is_said_with_the_reason() {
        let connected = Aftermath::Lost {
            had_variables: true,
            left: Left {
                threads: vec![String::new()],
                programs: 1,
                connections: 2,
                uncopied: None,
            },
        };
        let uncopied = Aftermath::Lost {
            had_variables: true,
            left: Left {
                uncopied: Some("cannot make a pipe: too many".to_owned()),
                ..Left::default()
            },
        };
        for (aftermath, of_process, of_panic) in [
            (Aftermath::Undone, "undone: ", Some("undone: ")),
            (
                Aftermath::UndoneButRetyped,
                "anew are gone",
                Some("anew are gone"),
            ),
            (Aftermath::UndoneToClear, "`:clear`", Some("`:clear`")),
            (
                lost(false, &["a"]),
                "a new process runs the next cell",
                Some("a thread (a) that"),
            ),
            (lost(true, &[]), "variables are gone", None),
            (
                lost(true, &["a", "a", "", "b", "c", "d"]),
                "gone, because of 6 threads (a, b, c, ...) that earlier cells have left",
                Some("(a, b, c, ...)"),
            ),
            (
                lost(true, &["", ""]),
                "because of 2 threads (without names, as those of rayon's pool are) that",
                Some("rayon"),
            ),
            (
                uncopied,
                "gone, because there is no copy of its process: cannot make a pipe",
                Some("changed, because there is no copy"),
            ),
            (
                connected,
                "a thread and a program and 2 connections (pipes or sockets) that",
                Some("stays changed, because of a thread and"),
            ),
        ] {
            let said = aftermath.of_process();
            assert!(said.contains(of_process), "{said}");
            let said = aftermath.of_panic();
            assert_eq!(said.is_some(), of_panic.is_some(), "{said:?}");
            let said = said.unwrap_or_default();
            assert!(said.contains(of_panic.unwrap_or_default()), "{said}");
        }
    }
}

//! Logs of ShiViz (Beschastnikh et al. 2016): each event with its host, its
//! text and its vector clock as a JSON object.
//!
//! A log is hostile until it is read: sizes are bounded, and patterns run on
//! an engine whose time is linear in the text.

mod clocks;
mod pattern;
mod write;

use regex::{Captures, Regex};

use super::error::{ShivizError, ShivizFault};
use super::events::Execution;

/// ShiViz's own format: the text, and the host with its clock below.
const TEXT_FIRST: &str = r"^(?<event>.*)\n(?<host>\S*) (?<clock>{.*})$";

/// The format of GoVector and others: the host with its clock, and the text
/// below.
const HOST_FIRST: &str = r"^(?<host>\S*) (?<clock>{.*})\n(?<event>.*)$";

/// The longest log, in bytes.
const MAX_LOG: usize = 64 << 20;

/// The longest event of a log, in bytes.
const MAX_RECORD: usize = 32 << 10;

/// Most events are shorter than this, in bytes.
const WINDOW: usize = 2 << 10;

/// The most events of one log.
const MAX_EVENTS: usize = 500_000;

/// How the events of a log are written: ShiViz's regular expression, with the
/// named groups `host`, `clock` and `event`, and perhaps one that parts several
/// executions.
///
/// Patterns are written as for ShiViz, in JavaScript's style, and match by
/// line (`^` and `$` are the ends of a line). What JavaScript can and this
/// engine cannot, looking ahead and back references, is refused.
///
/// ```
/// use twoaxes::model::ShivizFormat;
///
/// let log = "10:00 P {\"P\":1} start\n10:01 Q {\"Q\":1,\"P\":1} started\n";
/// let format = ShivizFormat::new(r"\S+ (?<host>\S+) (?<clock>{.*}) (?<event>.*)")?;
/// assert_eq!(format.read(log)?.len(), 2);
/// # Ok::<(), twoaxes::model::ShivizError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ShivizFormat {
    pattern: Regex,
    delimiter: Option<Regex>,
    expected: String,
}

impl Execution {
    /// Reads a log in ShiViz's default format: the text of an event on one
    /// line, its host and clock (`P {"P":2,"Q":1}`) on the next.
    ///
    /// The two lines may also stand the other way round, as GoVector writes
    /// them; and the first two lines of the log may be a pattern and a
    /// delimiter, as in files that ShiViz opens. Hosts become processes in the
    /// order in which they appear, and messages are made so that happens-before
    /// is exactly that of the clocks. A file with several executions is for
    /// [`Execution::all_from_shiviz`].
    ///
    /// # Errors
    ///
    /// [`ShivizError`], with the line and what is wrong there.
    pub fn from_shiviz(log: &str) -> Result<Self, ShivizError> {
        let mut parts = Self::all_from_shiviz(log)?;
        match (parts.pop(), parts.len()) {
            (Some((_, only)), 0) => Ok(only),
            (_, others) => Err(at(0, ShivizFault::Several(others + 1))),
        }
    }

    /// Reads a log as [`Execution::from_shiviz`] does, and all executions in
    /// it, if its second line is a delimiter: each with the name that the
    /// delimiter gives it, or else its number, from 1. There is at least one.
    ///
    /// ```
    /// use twoaxes::model::Execution;
    ///
    /// let log = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n^== (?<trace>.*)$\n\
    ///     == fast\nstart\nP {\"P\":1}\n== slow\nstart\nP {\"P\":1}\nstop\nP {\"P\":2}\n";
    /// let runs = Execution::all_from_shiviz(log)?;
    /// assert_eq!((runs[0].0.as_str(), runs[1].1.len()), ("fast", 2));
    /// # Ok::<(), twoaxes::model::ShivizError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ShivizError`], with the line and what is wrong there.
    pub fn all_from_shiviz(log: &str) -> Result<Vec<(String, Self)>, ShivizError> {
        let log = without_mark(log);
        if let Some((format, rest)) = ShivizFormat::in_file(log)? {
            let parts = format.read_parts(rest, 3)?;
            return match parts.is_empty() {
                true => Err(at(0, format.empty())),
                false => Ok(parts),
            };
        }
        let format = match host_comes_first(log) {
            true => ShivizFormat::described(
                HOST_FIRST,
                "a line `host {\"host\":1}`, then a line of text",
            ),
            false => ShivizFormat::described(
                TEXT_FIRST,
                "a line of text, then a line `host {\"host\":1}`",
            ),
        };
        Ok(vec![("1".to_owned(), format?.read(log)?)])
    }

    /// Reads a log whose events are written as `pattern` says; see
    /// [`ShivizFormat`].
    ///
    /// # Errors
    ///
    /// [`ShivizError`], with the line and what is wrong there; line 0 for the
    /// pattern.
    pub fn from_shiviz_with(log: &str, pattern: &str) -> Result<Self, ShivizError> {
        ShivizFormat::new(pattern)?.read(log)
    }
}

impl ShivizFormat {
    /// A format with this pattern, for logs of one execution.
    ///
    /// # Errors
    ///
    /// [`ShivizError`] if the pattern is no regular expression, is too large,
    /// or lacks one of the groups.
    pub fn new(pattern: &str) -> Result<Self, ShivizError> {
        Self::described(pattern, &format!("what `{}` matches", shown(pattern)))
    }

    /// Parts executions where `pattern` matches. Its group `trace`, if it has
    /// one, names the execution that follows. Without a pattern nothing is
    /// parted, as in ShiViz.
    ///
    /// # Errors
    ///
    /// [`ShivizError`] if the pattern is no regular expression or too large.
    pub fn delimiter(mut self, pattern: &str) -> Result<Self, ShivizError> {
        self.delimiter = match pattern {
            "" => None,
            pattern => Some(pattern::compiled(pattern)?),
        };
        Ok(self)
    }

    /// Reads a log of one execution.
    ///
    /// # Errors
    ///
    /// [`ShivizError`], with the line and what is wrong there.
    pub fn read(&self, log: &str) -> Result<Execution, ShivizError> {
        self.read_from(log, 1)
    }

    /// Reads a log of several executions, each with its name (the number, from
    /// 1, for one without a name). Parts without events are left out.
    ///
    /// # Errors
    ///
    /// [`ShivizError`], with the line and what is wrong there.
    pub fn read_all(&self, log: &str) -> Result<Vec<(String, Execution)>, ShivizError> {
        self.read_parts(log, 1)
    }

    /// The format that a file for ShiViz starts with: the pattern on the first
    /// line, the delimiter (or nothing) on the second. And the rest.
    fn in_file(log: &str) -> Result<Option<(Self, &str)>, ShivizError> {
        let (first, rest) = log.split_once('\n').unwrap_or((log, ""));
        let groups = ["(?<host>", "(?<clock>", "(?<event>"];
        if !groups.iter().all(|group| first.contains(group)) {
            return Ok(None);
        }
        let format = Self::new(first.trim_end())?;
        let (second, rest) = rest.split_once('\n').unwrap_or((rest, ""));
        Ok(Some((format.delimiter(second.trim_end())?, rest)))
    }

    /// Reads a log of several executions, whose first line has number `line`.
    fn read_parts(
        &self,
        log: &str,
        mut line: usize,
    ) -> Result<Vec<(String, Execution)>, ShivizError> {
        check_size(log)?;
        let log = without_mark(log).replace("\r\n", "\n");
        let mut parts: Vec<(Option<String>, &str, usize)> = Vec::new();
        let (mut name, mut from) = (None, 0);
        let delimiters = self.delimiter.iter().flat_map(|d| d.captures_iter(&log));
        for found in delimiters {
            let Some(whole) = found.get(0) else {
                continue;
            };
            parts.push((name.take(), &log[from..whole.start()], line));
            line += newlines(&log[from..whole.end()]);
            from = whole.end();
            name = found.name("trace").map(|group| group.as_str().to_owned());
        }
        parts.push((name, &log[from..], line));
        let mut executions = Vec::new();
        for (name, part, line) in parts {
            if !part.trim().is_empty() {
                let name = name.unwrap_or_else(|| (executions.len() + 1).to_string());
                executions.push((name, self.read_from(part, line)?));
            }
        }
        Ok(executions)
    }

    fn described(pattern: &str, expected: &str) -> Result<Self, ShivizError> {
        let pattern = pattern::compiled(pattern)?;
        for group in ["host", "clock", "event"] {
            if !pattern.capture_names().flatten().any(|name| name == group) {
                return Err(at(0, ShivizFault::MissingGroup(group)));
            }
        }
        Ok(Self {
            pattern,
            delimiter: None,
            expected: expected.to_owned(),
        })
    }

    /// Reads `log`, whose first line has number `line`.
    fn read_from(&self, log: &str, line: usize) -> Result<Execution, ShivizError> {
        check_size(log)?;
        let log = without_mark(log).replace("\r\n", "\n");
        let records = self.records(&log, line)?;
        clocks::execution(&records)
    }

    fn records<'a>(&self, log: &'a str, line: usize) -> Result<Vec<Record<'a>>, ShivizError> {
        let mut records = Vec::new();
        let (mut from, mut line) = (0, line);
        while from < log.len() {
            let Some(found) = self.next_event(log, from) else {
                break;
            };
            let group = |name: &str| {
                let group = found.name(name);
                group.map_or((from, ""), |group| (group.start(), group.as_str()))
            };
            let Some(whole) = found.get(0).filter(|whole| !whole.is_empty()) else {
                break;
            };
            self.nothing_in(&log[from..whole.start()], line)?;
            let ((host_at, host), (_, clock)) = (group("host"), group("clock"));
            let host_line = line + newlines(&log[from..host_at.max(from)]);
            records.push(Record {
                line: host_line,
                host,
                clock,
                text: group("event").1,
            });
            if records.len() > MAX_EVENTS {
                let what = format!("more than {MAX_EVENTS} events");
                let limit = MAX_EVENTS;
                return Err(at(host_line, ShivizFault::TooLarge { what, limit }));
            }
            line += newlines(&log[from..whole.end()]);
            from = whole.end();
        }
        self.nothing_in(&log[from..], line)?;
        if records.is_empty() {
            return Err(at(0, self.empty()));
        }
        Ok(records)
    }

    /// The next event. It is looked for in a few lines first, and in more if it
    /// is not there or may go on: so a hostile pattern cannot read the whole
    /// rest of the log for every event.
    fn next_event<'a>(&self, log: &'a str, from: usize) -> Option<Captures<'a>> {
        let mut length = WINDOW;
        loop {
            let end = line_end(log, from.saturating_add(length), length);
            let found = self.pattern.captures_at(&log[..end], from);
            let whole = found.as_ref().and_then(|found| found.get(0));
            let may_go_on = whole.is_none_or(|whole| whole.end() == end);
            if !may_go_on || end == log.len() || length >= MAX_RECORD {
                return found;
            }
            length *= 4;
        }
    }

    fn empty(&self) -> ShivizFault {
        let expected = self.expected.clone();
        ShivizFault::Empty { expected }
    }

    /// Refuses text between events. Blank lines are fine.
    fn nothing_in(&self, gap: &str, line: usize) -> Result<(), ShivizError> {
        for (offset, text) in gap.split('\n').enumerate() {
            if !text.trim().is_empty() {
                let (text, expected) = (shown(text), self.expected.clone());
                return Err(at(line + offset, ShivizFault::Stray { text, expected }));
            }
        }
        Ok(())
    }
}

/// One event as the log has it.
#[derive(Debug, Clone, Copy)]
struct Record<'a> {
    /// The line of its host, from 1.
    line: usize,
    host: &'a str,
    clock: &'a str,
    text: &'a str,
}

/// The log without the byte order mark that some editors on Windows put first.
fn without_mark(log: &str) -> &str {
    log.strip_prefix('\u{feff}').unwrap_or(log)
}

/// Whether the log starts with a line `host {..}`, and the text below is no
/// such line.
fn host_comes_first(log: &str) -> bool {
    let mut lines = log.lines().filter(|line| !line.trim().is_empty());
    let is_host = |line: Option<&str>| {
        let parts = line.and_then(|line| line.trim_end().split_once(' '));
        parts.is_some_and(|(_, clock)| clock.starts_with('{') && clock.ends_with('}'))
    };
    is_host(lines.next()) && !is_host(lines.next())
}

fn check_size(log: &str) -> Result<(), ShivizError> {
    if log.len() > MAX_LOG {
        let what = format!("{} bytes", log.len());
        let limit = MAX_LOG;
        return Err(at(0, ShivizFault::TooLarge { what, limit }));
    }
    Ok(())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// The end of the line that `at` is in, if it is at most `most` bytes away;
/// else the last place at or before `at` that a character starts at.
fn line_end(text: &str, at: usize, most: usize) -> usize {
    let at = at.min(text.len());
    let near = text.as_bytes()[at..].iter().take(most);
    if let Some(newline) = near.into_iter().position(|&byte| byte == b'\n') {
        return at + newline + 1;
    }
    (0..=at)
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}

/// The start of a text, for a message.
fn shown(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn at(line: usize, fault: ShivizFault) -> ShivizError {
    ShivizError { line, fault }
}

//! A program and its states as the page needs them: markup for the start, and
//! compact JSON for the rest.

use serde_json::{Value, json};

use super::script::CLICK;
use crate::html::escape;

/// What there is to see of a program, in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sheet {
    pub(super) threads: Vec<Column>,
    pub(super) shared: Vec<String>,
    pub(super) locks: Vec<String>,
    /// For each lock, what is only touched while it is held.
    pub(super) protects: Vec<Vec<String>>,
    pub(super) channels: Vec<String>,
    /// Condition variables; who waits there stands after the channels.
    pub(super) conditions: Vec<String>,
    /// The first is the start.
    pub(super) states: Vec<Row>,
    /// Why a thread cannot go; [`Next::Not`] points here.
    pub(super) reasons: Vec<String>,
    /// How a way ends; [`Row::ending`] points here.
    pub(super) endings: Vec<String>,
    /// What to say where no known bug can be reached.
    pub(super) safe: String,
    /// What the reader should know besides.
    pub(super) notes: Vec<String>,
}

/// One thread's text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Column {
    pub(super) name: String,
    /// Depth of indentation, and text.
    pub(super) statements: Vec<(usize, String)>,
    pub(super) registers: Vec<String>,
}

/// One state; the lists are as long as those of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    /// The next statement of each thread; their number if it is finished.
    pub(super) positions: Vec<usize>,
    pub(super) shared: Vec<i64>,
    /// Of all threads, one after the other.
    pub(super) registers: Vec<i64>,
    pub(super) owners: Vec<Option<usize>>,
    /// What is in the channels; then, for each condition variable, the numbers
    /// of the threads that wait there.
    pub(super) channels: Vec<Vec<i64>>,
    pub(super) next: Vec<Next>,
    /// Steps to the nearest bug.
    pub(super) distance: Option<usize>,
    /// Whether a way on may still end well.
    pub(super) hopeful: bool,
    pub(super) ending: Option<usize>,
}

/// Where a thread's next step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    To(usize),
    Not(usize),
}

const CARD: &str = "background:#fff;color:#1a1a1a;border:1px solid #bbb;border-radius:6px;max-width:900px;padding:8px 12px;color-scheme:light;font-family:sans-serif;font-size:14px";
const LINE: &str = "white-space:pre;list-style:none;margin:0;font-family:monospace";
const CELL: &str =
    "padding:1px 8px;text-align:left;font-family:monospace;background:#fff;color:#1a1a1a";
const BUTTON: &str = "font:inherit;padding:4px 12px;color:#1a1a1a;background:#eee;border:1px solid #777;border-radius:4px";

impl Sheet {
    /// The whole player: markup of the start, script, states.
    pub(super) fn html(&self, title: &str) -> String {
        let Some(start) = self.states.first() else {
            return format!("<p>{}: there is nothing to play.</p>", escape(title));
        };
        // The attribute keeps JupyterLab from taking keys for itself.
        format!(
            "<div class=\"twoaxes-player\" role=\"group\" aria-label=\"{title}\" data-lm-suppress-shortcuts=\"true\" style=\"{CARD}\" \
             onclick=\"{click}\" data-play=\"{data}\">\
             <p style=\"margin:0 0 6px\"><b>{title}</b></p>\
             <div style=\"display:flex;flex-wrap:wrap;gap:12px\">{threads}</div>\
             <div style=\"display:flex;flex-wrap:wrap;gap:24px;margin:8px 0\">{memory}</div>\
             <p role=\"status\" aria-live=\"polite\" style=\"margin:6px 0;padding:4px 8px;border-left:4px solid #0072b2\">{status}</p>\
             <p style=\"margin:6px 0\">{back} {again}</p>\
             <p style=\"margin:6px 0 0\">What has happened so far:</p><ol data-steps style=\"margin:2px 0;padding-left:2.5em\"></ol>{notes}</div>",
            title = escape(title),
            click = escape(CLICK),
            data = escape(&self.data().to_string()),
            threads = self.columns(start),
            memory = self.memory(start),
            status = escape(&self.status(start)),
            back = button("back", "Back", false),
            again = button("start", "Start over", false),
            notes = self
                .notes
                .iter()
                .map(|note| format!("<p style=\"margin:6px 0\">{}</p>", escape(note)))
                .collect::<String>(),
        )
    }

    fn columns(&self, start: &Row) -> String {
        let column = |(number, thread): (usize, &Column)| {
            let here = start.positions.get(number).copied();
            let end = [(0, "finished".to_owned())];
            let lines = thread.statements.iter().chain(&end).enumerate();
            let lines: String = lines
                .map(|(at, line)| self.line(number, at, line, here == Some(at)))
                .collect();
            let next = start.next.get(number).copied();
            let (can, why) = match next {
                Some(Next::To(_)) => (true, "can go"),
                Some(Next::Not(reason)) => {
                    (false, self.reasons.get(reason).map_or("", String::as_str))
                }
                None => (false, ""),
            };
            format!(
                "<section aria-label=\"thread {name}\" style=\"flex:1 1 200px;border:1px solid #ddd;border-radius:4px;padding:6px\">\
                 {button} <span data-why=\"{number}\">{why}</span>\
                 <ol style=\"margin:6px 0;padding:0;overflow-x:auto\">{lines}</ol>{registers}</section>",
                name = escape(&thread.name),
                button = button(&number.to_string(), &format!("Step {}", thread.name), can),
                why = escape(why),
                registers = self.registers(number, start),
            )
        };
        self.threads.iter().enumerate().map(column).collect()
    }

    fn line(
        &self,
        thread: usize,
        at: usize,
        (indent, text): &(usize, String),
        here: bool,
    ) -> String {
        let (mark, current, weight) = match here {
            true => ("\u{25b6}", " aria-current=\"step\"", ";font-weight:bold"),
            false => ("\u{a0}", "", ""),
        };
        let ends = self
            .threads
            .get(thread)
            .is_some_and(|column| at == column.statements.len());
        let text = if ends {
            format!("<i>{}</i>", escape(text))
        } else {
            format!(
                "<code style=\"background:none;color:inherit;font-weight:inherit\">{}</code>",
                escape(text)
            )
        };
        let space = "  ".repeat(*indent);
        format!(
            "<li data-line=\"{thread}:{at}\" style=\"{LINE}{weight}\"{current}><span style=\"display:inline-block;width:1.5em\">{mark}</span>{space}{text}</li>"
        )
    }

    fn registers(&self, thread: usize, start: &Row) -> String {
        let first: usize = self
            .threads
            .iter()
            .take(thread)
            .map(|column| column.registers.len())
            .sum();
        let Some(column) = self.threads.get(thread) else {
            return String::new();
        };
        let rows = column.registers.iter().enumerate().map(|(register, name)| {
            let value = start.registers.get(first + register).copied().unwrap_or(0);
            self.value(
                self.registers_at() + first + register,
                name,
                "",
                &value.to_string(),
            )
        });
        table("Registers", rows.collect())
    }

    fn memory(&self, start: &Row) -> String {
        let shared = self.shared.iter().zip(&start.shared).enumerate();
        let shared = shared.map(|(index, (name, value))| {
            self.value(self.shared_at() + index, name, "", &value.to_string())
        });
        let locks = self.locks.iter().enumerate().map(|(index, name)| {
            let guards = self.protects.get(index).filter(|names| !names.is_empty());
            let guards = guards.map(|names| format!(" (protects {})", names.join(", ")));
            let owner = start.owners.get(index).copied().flatten();
            let owner = owner.and_then(|thread| self.threads.get(thread));
            let held = owner.map_or_else(
                || "free".to_owned(),
                |column| format!("held by {}", column.name),
            );
            self.value(
                self.owners_at() + index,
                name,
                &guards.unwrap_or_default(),
                &held,
            )
        });
        // Nobody waits at a condition variable at the start.
        let queue = |(index, name): (usize, &String)| {
            let inside = start
                .channels
                .get(index)
                .map(|values| listed(values))
                .unwrap_or_default();
            let name = escape(name);
            format!(
                "<tr><th scope=\"row\" style=\"{CELL}\">{name}</th><td data-channel=\"{index}\" data-name=\"{name}\" style=\"{CELL}\">{}</td></tr>",
                escape(&inside)
            )
        };
        let all = self.channels.iter().chain(&self.conditions).enumerate();
        let channels = all.clone().take(self.channels.len()).map(queue);
        let conditions = all.skip(self.channels.len()).map(queue);
        [
            table("Shared variables", shared.collect()),
            table("Locks", locks.collect()),
            table("Channels, oldest first", channels.collect()),
            table("Waiting at a condition", conditions.collect()),
        ]
        .concat()
    }

    fn value(&self, at: usize, name: &str, more: &str, value: &str) -> String {
        format!(
            "<tr><th scope=\"row\" style=\"{CELL}\">{}{}</th><td data-at=\"{at}\" style=\"{CELL}\">{}</td></tr>",
            escape(name),
            escape(more),
            escape(value)
        )
    }

    fn status(&self, row: &Row) -> String {
        let ending = row.ending.and_then(|ending| self.endings.get(ending));
        match (ending, row.distance) {
            (Some(ending), _) => ending.clone(),
            (None, Some(_)) if !row.hopeful => {
                "You can only lose from here: no continuation ends well.".to_owned()
            }
            (None, Some(1)) => "You can still lose: the nearest bug is 1 step away.".to_owned(),
            (None, Some(steps)) => {
                format!("You can still lose: the nearest bug is {steps} steps away.")
            }
            (None, None) => self.safe.clone(),
        }
    }

    // Where things are in a row of the JSON. Named values come first, so that
    // the list of names is as long as they are.

    fn positions_at(&self) -> usize {
        0
    }

    fn shared_at(&self) -> usize {
        self.positions_at() + self.threads.len()
    }

    fn registers_at(&self) -> usize {
        self.shared_at() + self.shared.len()
    }

    fn owners_at(&self) -> usize {
        let registers: usize = self
            .threads
            .iter()
            .map(|column| column.registers.len())
            .sum();
        self.registers_at() + registers
    }

    fn next_at(&self) -> usize {
        self.owners_at() + self.locks.len()
    }

    /// The states as JSON, for the script.
    fn data(&self) -> Value {
        let next = self.next_at();
        let distance = next + self.threads.len();
        let mut names: Vec<String> = vec![String::new(); self.threads.len()];
        names.extend(self.shared.iter().cloned());
        for column in &self.threads {
            let own = column
                .registers
                .iter()
                .map(|name| format!("{}.{name}", column.name));
            names.extend(own);
        }
        names.extend(self.locks.iter().cloned());
        json!({
            "t": self.threads.iter().map(|column| &column.name).collect::<Vec<_>>(),
            "n": names,
            "y": self.reasons,
            "z": self.endings,
            "safe": self.safe,
            "p": self.positions_at(),
            "o": self.owners_at(),
            "m": next,
            "d": distance,
            "e": distance + 1,
            "c": distance + 2,
            "q": self.channels.len(),
            "s": self.states.iter().map(cells).collect::<Vec<_>>(),
        })
    }
}

/// A state as a row of the JSON.
fn cells(row: &Row) -> Vec<Value> {
    let mut cells: Vec<Value> = row.positions.iter().map(|&at| json!(at)).collect();
    cells.extend(
        row.shared
            .iter()
            .chain(&row.registers)
            .map(|&value| exact(value)),
    );
    cells.extend(
        row.owners
            .iter()
            .map(|owner| json!(owner.map_or(0, |thread| thread + 1))),
    );
    cells.extend(row.next.iter().map(|next| match *next {
        Next::To(state) => json!(state),
        Next::Not(reason) => json!(-1 - i64::try_from(reason).unwrap_or(0)),
    }));
    let or_none = |number: Option<usize>| number.map_or(json!(-1), |number| json!(number));
    // Below -1 where every way on is a bad one.
    cells.push(match row.distance.map(i64::try_from) {
        Some(Ok(steps)) if !row.hopeful => json!(-2 - steps),
        _ => or_none(row.distance),
    });
    cells.push(or_none(row.ending));
    for channel in &row.channels {
        cells.push(json!(channel.len()));
        cells.extend(channel.iter().map(|&value| exact(value)));
    }
    cells
}

/// A number of JavaScript where it is exact, else its digits.
fn exact(value: i64) -> Value {
    if value.unsigned_abs() <= 1 << 53 {
        json!(value)
    } else {
        json!(value.to_string())
    }
}

fn listed(values: &[i64]) -> String {
    if values.is_empty() {
        return "empty".to_owned();
    }
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    values.join(", ")
}

fn table(caption: &str, rows: Vec<String>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<table style=\"border-collapse:collapse;margin:0\"><caption style=\"text-align:left;color:#555;white-space:nowrap\">{}</caption><tbody>{}</tbody></table>",
        escape(caption),
        rows.concat()
    )
}

/// Not `disabled` but `aria-disabled`, so that it keeps the focus and its
/// reason can be read.
fn button(go: &str, label: &str, can: bool) -> String {
    let look = if can {
        "opacity:1;cursor:pointer"
    } else {
        "opacity:.5;cursor:not-allowed"
    };
    format!(
        "<button type=\"button\" data-go=\"{go}\" aria-disabled=\"{}\" style=\"{BUTTON};{look}\">{}</button>",
        !can,
        escape(label)
    )
}

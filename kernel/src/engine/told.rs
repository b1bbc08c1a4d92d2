//! An error as the compiler tells it: its labels and notes, and the code that they mark.
//!
//! Hints go by these and not by words of the cell. A `spawn(` somewhere in a cell says
//! nothing about an error; one that the compiler points at does.

use std::ops::Range;

use serde_json::Value;

/// An error of a cell, for those who have a hint for it.
#[derive(Debug, Default)]
pub struct Told<'a> {
    pub code: Option<&'a str>,
    pub message: &'a str,
    /// The cell.
    pub source: &'a str,
    /// The marked place of the cell, in bytes.
    pub at: Option<Range<usize>>,
    pub labels: Vec<Label<'a>>,
    pub notes: Vec<&'a str>,
    /// The variables that a `fn` of the cell may name and does not see.
    pub variables: &'a [String],
}

/// What is said of a piece of code.
#[derive(Debug, PartialEq, Eq)]
pub struct Label<'a> {
    pub text: &'a str,
    /// What stands on its line before it.
    pub before: &'a str,
    /// Its first line.
    pub marked: &'a str,
}

/// What an error may say.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    /// Words of its message.
    Message(&'static str),
    /// Words of a note or a help.
    Note(&'static str),
    /// Words of a label.
    Label(&'static str),
    /// Words of a label on code that begins with a call of one of these.
    Marks(&'static str, &'static [&'static str]),
    /// Words of a label on code that stands right behind this.
    Behind(&'static str, &'static str),
}

impl<'a> Told<'a> {
    /// Reads labels and notes off the compiler's JSON.
    pub fn read(mut self, json: &'a Value) -> Self {
        let list = |value: &'a Value| value.as_array().into_iter().flatten();
        let own = list(&json["spans"]).map(|span| (span, ""));
        let children = list(&json["children"]);
        let of_children = children.clone().flat_map(|child| {
            let message = child["message"].as_str().unwrap_or_default();
            list(&child["spans"]).map(move |span| (span, message))
        });
        self.labels = own
            .chain(of_children)
            .filter_map(|(span, message)| Label::of(span, message))
            .collect();
        self.notes = children
            .filter_map(|child| child["message"].as_str())
            .collect();
        self
    }

    /// Whether the error says this.
    pub fn says(&self, what: &Says) -> bool {
        let labels = |words: &str, fits: &dyn Fn(&Label<'_>) -> bool| {
            let mut labels = self.labels.iter();
            labels.any(|label| label.text.contains(words) && fits(label))
        };
        match *what {
            Says::Message(words) => self.message.contains(words),
            Says::Note(words) => self.notes.iter().any(|note| note.contains(words)),
            Says::Label(words) => labels(words, &|_| true),
            Says::Marks(words, calls) => labels(words, &|label| label.calls(calls)),
            Says::Behind(words, before) => labels(words, &|label| label.before.ends_with(before)),
        }
    }
}

impl<'a> Label<'a> {
    /// `message` is that of a note, for places which have no words of their own.
    fn of(span: &'a Value, message: &'a str) -> Option<Self> {
        let line = &span["text"][0];
        let text = line["text"].as_str()?;
        let at = |name: &str| {
            let column = usize::try_from(line[name].as_u64()?).ok()?.checked_sub(1)?;
            let found = text.char_indices().nth(column);
            Some(found.map_or(text.len(), |(offset, _)| offset))
        };
        let (start, end) = (at("highlight_start")?, at("highlight_end")?);
        Some(Self {
            text: span["label"].as_str().unwrap_or(message),
            before: text.get(..start)?.trim_end(),
            marked: text.get(start..end)?,
        })
    }

    /// Whether what it marks begins with one of `calls`; what a closure or a block
    /// holds there is not looked at.
    fn calls(&self, calls: &[&str]) -> bool {
        let head = self.marked.split(['|', '{']).next().unwrap_or_default();
        calls.iter().any(|call| head.contains(call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_and_notes_are_those_of_the_compiler() {
        let line = "é; thread::spawn(|| f(spawn_more()))";
        let place =
            |start, end| json!([{"text": line, "highlight_start": start, "highlight_end": end}]);
        let json = json!({
            "spans": [
                {"label": "escapes here", "text": place(4, 37)},
                {"label": "may outlive", "text": place(18, 20)},
                {"label": "used", "text": place(21, 36)},
                {"label": "no text", "text": []},
            ],
            "children": [
                {"message": "required to outlive", "spans": [{"label": null, "text": place(4, 37)}]},
                {"message": "see there", "spans": []},
            ],
        });
        let told = Told::default().read(&json);
        let marked: Vec<&str> = told.labels.iter().map(|label| label.marked).collect();
        let call = "thread::spawn(|| f(spawn_more()))";
        assert_eq!(marked, [call, "||", "f(spawn_more())", call]);
        for (says, expected) in [
            (Says::Note("see"), true),
            (Says::Label("outlive"), true),
            (Says::Label("see"), false),
            (Says::Marks("escapes", &["join", "spawn"]), true),
            (Says::Marks("required", &["spawn"]), true),
            (Says::Marks("may", &["spawn"]), false),
            (Says::Marks("escapes", &["f("]), false),
            (Says::Behind("may outlive", "spawn("), true),
            (Says::Behind("used", "spawn("), false),
        ] {
            assert_eq!(told.says(&says), expected, "{says:?}");
        }
    }
}

//! The part of a bank that students may have, as a question file again.

use toml::{Table, Value};

use super::bank::{
    Bank, Exercise, Feedback, Form, Given, Key, Mistake, Question, Right, Tolerance,
};
use super::variant::letter;

impl Bank {
    /// The bank of one section as a file: questions whose feedback comes at once
    /// as they are, and of the others only what is asked, without a word of the
    /// key; and the exercises.
    #[must_use]
    pub fn students_file(&self) -> String {
        let sections = self.questions.iter().map(|question| &question.section);
        let section = sections
            .chain(self.exercises.iter().map(|exercise| &exercise.section))
            .next();
        let mut file = Table::new();
        let section = section.map_or("", String::as_str);
        file.insert("section".to_owned(), section.into());
        let mut put = |name: &str, entries: Vec<Value>| {
            if !entries.is_empty() {
                file.insert(name.to_owned(), Value::Array(entries));
            }
        };
        let questions = self.questions.iter().map(|q| Value::Table(entry(q)));
        put("question", questions.collect());
        let exercises = self.exercises.iter().map(|e| Value::Table(exercise(e)));
        put("exercise", exercises.collect());
        file.to_string()
    }
}

fn exercise(exercise: &Exercise) -> Table {
    let mut entry = Table::new();
    entry.insert("id".to_owned(), exercise.id.as_str().into());
    entry.insert("title".to_owned(), exercise.title.as_str().into());
    entry.insert("points".to_owned(), i64::from(exercise.points).into());
    if exercise.repair {
        entry.insert("repair".to_owned(), true.into());
    }
    entry
}

fn entry(question: &Question) -> Table {
    let key = match question.feedback {
        Feedback::Now => question.key.as_ref(),
        Feedback::Later => None,
    };
    let mut entry = Table::new();
    let mut put = |name: &str, value: Value| {
        entry.insert(name.to_owned(), value);
    };
    put("id", question.name().into());
    let kind = match &question.form {
        Form::Choice(_) => "choice",
        Form::Choices(_) => "choices",
        Form::Order(_) => "order",
        Form::Number { .. } => "number",
        Form::Prints => "prints",
        Form::Predict { .. } => "predict",
    };
    put("kind", kind.into());
    put("prompt", question.prompt.as_str().into());
    if let Some(code) = &question.code {
        put("code", code.as_str().into());
    }
    if let Some(unit) = question.form.unit() {
        put("unit", unit.into());
    }
    if question.feedback == Feedback::Later {
        put("feedback", "later".into());
    }
    let options: Table = question
        .lettered()
        .enumerate()
        .map(|(place, (letter, text))| {
            let mut option = Table::new();
            option.insert("text".to_owned(), text.into());
            let hint = key.and_then(|key| key.option_hints.get(place));
            if let Some(hint) = hint.filter(|hint| !hint.is_empty()) {
                option.insert("hint".to_owned(), hint.as_str().into());
            }
            (letter.to_string(), Value::Table(option))
        })
        .collect();
    if !options.is_empty() {
        put("options", Value::Table(options));
    }
    if let Some(key) = key {
        put_key(key, put);
    }
    entry
}

fn put_key(key: &Key, mut put: impl FnMut(&str, Value)) {
    put("explanation", key.explanation.as_str().into());
    put("reference", key.reference.as_str().into());
    if !key.hint.is_empty() {
        put("hint", key.hint.as_str().into());
    }
    if !key.mistakes.is_empty() {
        put(
            "mistakes",
            Value::Array(key.mistakes.iter().map(mistake).collect()),
        );
    }
    match &key.right {
        Right::Options(places) => put("answer", letters(places).into()),
        Right::Number { value, tolerance } => {
            put("answer", (*value).into());
            match tolerance {
                Tolerance::Absolute(most) => put("tolerance", (*most).into()),
                Tolerance::Relative(share) => put("relative_tolerance", (*share).into()),
            }
        }
        Right::Between {
            low,
            high,
            below,
            above,
        } => {
            put("low", (*low).into());
            put("high", (*high).into());
            put("below", below.as_str().into());
            put("above", above.as_str().into());
        }
        Right::Text { text, accept } => {
            put("answer", text.as_str().into());
            let accept = accept.iter().map(|text| text.as_str().into());
            put("accept", Value::Array(accept.collect()));
        }
    }
}

fn mistake(mistake: &Mistake) -> Value {
    let answer = match &mistake.answer {
        Given::Options(places) => letters(places).into(),
        Given::Number(number) => (*number).into(),
        Given::Text(text) => text.as_str().into(),
    };
    let mut entry = Table::new();
    entry.insert("answer".to_owned(), answer);
    entry.insert("hint".to_owned(), mistake.hint.as_str().into());
    Value::Table(entry)
}

fn letters(places: &[usize]) -> String {
    let letters: Vec<String> = places
        .iter()
        .map(|place| letter(*place).to_string())
        .collect();
    letters.join(",")
}

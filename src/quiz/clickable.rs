//! Questions to click: what an answer would be told, before it is written down.
//!
//! A click counts for nothing. What counts stands in the cell, and the card says how to
//! write it there.

use super::bank::{Feedback, Form, Question};
use super::card;
use crate::notebook::{clear_output, display, is_connected};
use crate::widgets::{Button, Checkbox, Output, RadioButtons, Text, VBox, Widget, close_at_rerun};

/// Shows below the card of `question` what there is to click, where somebody can.
pub(super) fn offer(question: &Question) {
    if !is_connected() || question.feedback == Feedback::Later {
        return;
    }
    match &question.form {
        Form::Choice(_) => offer_one(question),
        Form::Choices(_) => offer_several(question),
        Form::Number { .. } | Form::Prints | Form::Order(_) => offer_line(question),
        // Nothing must be said before the run that measures.
        Form::Predict { .. } => {}
    }
}

/// Removes what the cell that runs has offered before.
pub(super) fn take_back() {
    close_at_rerun(&[]);
}

fn options(question: &Question) -> impl Iterator<Item = (char, String)> {
    let options = question.lettered();
    options.map(|(letter, option)| (letter, format!("{letter}. {}", plain(option))))
}

/// An option as a label: without the marks of code.
fn plain(option: &str) -> String {
    option.replace('`', "")
}

fn offer_one(question: &Question) {
    let (letters, labels): (Vec<char>, Vec<String>) = options(question).unzip();
    let choice = RadioButtons::unchosen("", labels);
    let output = Output::new();
    show(vec![&choice, &output]);
    let chosen = choice.clone();
    let question = question.clone();
    choice.on_change(move |_| {
        if let Some(letter) = chosen.index().and_then(|index| letters.get(index)) {
            judge(&question, &output, &letter.to_string());
        }
    });
}

fn offer_several(question: &Question) {
    let boxes: Vec<(char, Checkbox)> = options(question)
        .map(|(letter, label)| (letter, Checkbox::new(&label, false)))
        .collect();
    let (button, output) = (Button::new("Try"), Output::new());
    let all = boxes.iter().map(|(_, checkbox)| checkbox as &dyn Widget);
    show(all.chain([&button as &dyn Widget, &output]).collect());
    let question = question.clone();
    button.on_click(move || {
        let checked = boxes.iter().filter(|(_, checkbox)| checkbox.value());
        let letters: Vec<String> = checked.map(|(letter, _)| letter.to_string()).collect();
        judge(&question, &output, &letters.join(","));
    });
}

fn offer_line(question: &Question) {
    let (line, button, output) = (Text::new("", ""), Button::new("Try"), Output::new());
    show(vec![&line, &button, &output]);
    let typed = line.clone();
    let question = question.clone();
    let run = std::sync::Arc::new(move || judge(&question, &output, &typed.value()));
    let submit = std::sync::Arc::clone(&run);
    line.on_submit(move |_| submit());
    button.on_click(move || run());
}

fn show(parts: Vec<&dyn Widget>) {
    let mut all = parts.clone();
    let together = VBox::new(parts);
    display(&together);
    all.push(&together);
    close_at_rerun(&all);
}

/// Shows what `answer` would be told.
fn judge(question: &Question, output: &Output, answer: &str) {
    output.capture(|| {
        clear_output(true);
        display(&card::tried(&question.judge(answer)));
    });
}

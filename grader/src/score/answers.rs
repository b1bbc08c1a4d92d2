//! What a student has written, taken out of what was handed in.
//!
//! Only answer cells count, and they are found by name: wherever a cell was
//! moved, it is the same; whatever else was changed has no effect. What looks
//! like tampering, or like an accident, is remarked on.

use std::collections::{BTreeSet, HashMap};

use crate::notebook::{AnswerCall, Cell, Notebook, answer_calls};
use crate::plan::{How, Plan, defined};

/// The answers of one notebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The text of each of the plan's answer cells; `None` where it is missing.
    pub texts: Vec<Option<String>>,
    /// What the instructor should know.
    pub remarks: Vec<String>,
    /// The names that cells define which the student has added: these cells are
    /// not graded.
    own_names: BTreeSet<String>,
    /// The order of the options in which the student reads a question, where it
    /// is not the bank's.
    orders: HashMap<String, String>,
    /// Answers to questions, wherever they stand: question, choice.
    literals: Vec<(String, String)>,
}

/// What a student says to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The question as it was answered (its name may have an order of options
    /// behind a colon), and the choice.
    Choice {
        question: String,
        choice: String,
    },
    /// Something that is known only when it runs.
    Unclear,
    Nothing,
}

impl Answers {
    /// Takes the answers that `plan` asks for out of a notebook.
    #[must_use]
    pub fn of(notebook: &Notebook, plan: &Plan) -> Self {
        let mut remarks = Vec::new();
        let mut by_id: HashMap<&str, Vec<&Cell>> = HashMap::new();
        let mut by_grade_id: HashMap<String, Vec<&Cell>> = HashMap::new();
        for cell in &notebook.cells {
            if let Some(id) = &cell.id {
                by_id.entry(id).or_default().push(cell);
            }
            if let Some(name) = grade_id(cell) {
                by_grade_id.entry(name).or_default().push(cell);
            }
        }
        let texts = plan.answers.iter().map(|wanted| {
            let named = by_id.get(wanted.id.as_str());
            // Files before nbformat 4.5 have no ids, and a copied cell a new one.
            let found = named.or_else(|| by_grade_id.get(wanted.grade_id.as_deref()?));
            let mut fitting = found
                .into_iter()
                .flatten()
                .filter(|cell| cell.is_code() == wanted.is_code);
            let first = fitting.next()?;
            let others: Vec<&&Cell> = fitting.collect();
            let is_begun = |cell: &Cell| cell.source.trim() != wanted.stub.trim();
            let chosen = match others.iter().find(|cell| is_begun(cell)) {
                Some(other) if !is_begun(first) => other,
                _ => first,
            };
            if !others.is_empty() {
                remarks.push(format!(
                    "The cell {:?} is there {} times; the first that was changed counts.",
                    wanted.id,
                    others.len() + 1
                ));
            }
            Some(chosen.source.clone())
        });
        let texts: Vec<Option<String>> = texts.collect();
        for (wanted, text) in plan.answers.iter().zip(&texts) {
            if text.is_none() {
                remarks.push(format!("The answer cell {:?} is missing.", wanted.id));
            }
        }
        for (id, text) in &plan.locked {
            let kept = by_id
                .get(id.as_str())
                .is_some_and(|cells| cells.iter().any(|cell| cell.source.trim() == text.trim()));
            // Shuffled options differ from the text that everybody gets.
            let is_question = id.ends_with("-question");
            if !kept && !is_question {
                remarks.push(format!(
                    "The cell {id:?} was changed or deleted, which has no effect."
                ));
            }
        }
        let calls = notebook
            .cells
            .iter()
            .filter(|cell| cell.is_code())
            .flat_map(|cell| answer_calls(&cell.source));
        let literals = calls.filter_map(|call| match call {
            AnswerCall::Literal(answer) => Some((answer.question, answer.choice)),
            AnswerCall::Unclear { .. } => None,
        });
        let literals = literals.collect();
        let own: Vec<&Cell> = notebook
            .cells
            .iter()
            .filter(|cell| cell.is_code() && !is_of(plan, cell) && !cell.source.trim().is_empty())
            .collect();
        if !own.is_empty() {
            remarks.push(format!(
                "Cells of code that were added are not graded: {}.",
                own.len()
            ));
        }
        Self {
            own_names: own.iter().flat_map(|cell| defined(&cell.source)).collect(),
            orders: orders(notebook, plan),
            texts,
            remarks,
            literals,
        }
    }

    /// The text of an answer cell; nothing where it is missing.
    #[must_use]
    pub fn text(&self, index: usize) -> &str {
        self.texts
            .get(index)
            .and_then(Option::as_deref)
            .unwrap_or_default()
    }

    /// The order of options that the student's notebook shows above a question,
    /// where it is not the bank's.
    #[must_use]
    pub fn order(&self, question: &str) -> Option<&str> {
        self.orders.get(question).map(String::as_str)
    }

    /// What to add to `words` about an answer that does not compile: that it
    /// needs what stands in a cell of the student's own.
    #[must_use]
    pub fn told_of_own_cells(&self, words: &str) -> String {
        let needed = self
            .own_names
            .iter()
            .find(|name| words.contains(&format!("`{name}`")));
        needed.map_or_else(String::new, |name| {
            format!(
                "\n\n`{name}` is defined in a cell of your own, and only answer cells are graded: \
                 put what an answer needs into its cell."
            )
        })
    }

    /// What is said to the question `name`: in its own cell, else anywhere.
    /// Of several answers the last counts, as it does when they run.
    #[must_use]
    pub fn said(&self, name: &str, cell: usize) -> Said {
        let is_about = |question: &str| question.split(':').next() == Some(name);
        let mut own = None;
        for call in answer_calls(self.text(cell)) {
            match call {
                AnswerCall::Literal(answer) if is_about(&answer.question) => {
                    own = Some(Said::Choice {
                        question: answer.question,
                        choice: answer.choice,
                    });
                }
                AnswerCall::Literal(_) => {}
                AnswerCall::Unclear { .. } => own = Some(Said::Unclear),
            }
        }
        let elsewhere = || {
            let found = self.literals.iter().rev();
            found
                .filter(|(question, _)| is_about(question))
                .map(|(question, choice)| Said::Choice {
                    question: question.clone(),
                    choice: choice.clone(),
                })
                .next()
        };
        own.or_else(elsewhere).unwrap_or(Said::Nothing)
    }
}

/// Whether the plan's notebook has the cell.
fn is_of(plan: &Plan, cell: &Cell) -> bool {
    match (&cell.id, grade_id(cell)) {
        (Some(id), _) if plan.ids.contains(id) => true,
        (_, Some(_)) => true,
        // A file of before nbformat 4.5, in which cells cannot be told apart.
        (None, None) => true,
        (Some(_), None) => false,
    }
}

/// Reads the order of options off the questions in the notebook: an answer
/// that was written anew may lack it.
fn orders(notebook: &Notebook, plan: &Plan) -> HashMap<String, String> {
    let questions = plan.steps.iter().filter_map(|step| match &step.how {
        How::Judge { question, .. } => Some(question),
        _ => None,
    });
    let mut found = HashMap::new();
    for question in questions {
        let heading = format!("### Question {}\n", question.name());
        let above = notebook
            .cells
            .iter()
            .find(|cell| !cell.is_code() && cell.source.starts_with(&heading));
        let Some(above) = above else {
            continue;
        };
        let shown = above.source.lines().filter_map(|line| {
            let (letter, text) = line.strip_prefix("- **")?.split_once(".** ")?;
            (letter.len() == 1).then_some(text)
        });
        let order: Option<String> = shown
            .map(|text| {
                let mut options = question.lettered();
                options
                    .find(|(_, option)| *option == text)
                    .map(|(letter, _)| letter)
            })
            .collect();
        let in_bank: String = question.lettered().map(|(letter, _)| letter).collect();
        // `variant` sees that each option is there once.
        let order = order.filter(|order| *order != in_bank && question.variant(order).is_some());
        found.extend(order.map(|order| (question.id.clone(), order)));
    }
    found
}

/// The cell's name in nbgrader's metadata. What is wrong there concerns nobody:
/// roles and points are the source's.
fn grade_id(cell: &Cell) -> Option<String> {
    let name = cell.metadata.get("nbgrader")?.get("grade_id")?.as_str()?;
    Some(name.to_owned())
}

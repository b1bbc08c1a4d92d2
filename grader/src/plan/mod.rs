//! What a notebook of the course asks for: its tasks, and for each check the
//! code that has to run.
//!
//! Uses `course`, `notebook` and `release` (students start from its stubs). It
//! sees no submission, and runs nothing.

mod inside;
mod names;
mod needs;
mod pieces;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use twoaxes::quiz::Question;

pub use inside::{methods_of, unpacked};
pub use pieces::{defined, imports, only_defines};

use self::inside::bound;
use self::pieces::{Piece, pieces};
use crate::course::Course;
use crate::notebook::{
    AnswerCall, Cell, Grading, Notebook, Role, answer_calls, fenced, first_arguments, methods,
    words,
};
use crate::release;
use crate::results::{Task, TaskKind};

/// How one notebook is graded.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The notebook's name, without `.ipynb`.
    pub notebook: String,
    /// In the order of the notebook.
    pub steps: Vec<Step>,
    /// What students write, by cell.
    pub answers: Vec<AnswerCell>,
    /// Cells that students must not change: id and text.
    pub locked: Vec<(String, String)>,
    /// The ids of all cells.
    pub ids: BTreeSet<String>,
}

/// A task, and how it is graded.
#[derive(Debug, Clone)]
pub struct Step {
    pub task: Task,
    pub how: How,
}

#[derive(Debug, Clone)]
pub enum How {
    /// The bank judges the literal; `answer` is the index of its cell.
    Judge {
        question: Box<Question>,
        answer: usize,
    },
    /// Code is tried.
    Try(Check),
    /// A person reads the cell with this index among the answers.
    Read { answer: Option<usize> },
}

/// A cell of the student's.
#[derive(Debug, Clone)]
pub struct AnswerCell {
    /// The cell's id.
    pub id: String,
    /// Its name in nbgrader's metadata, for notebooks without ids.
    pub grade_id: Option<String>,
    pub is_code: bool,
    /// What students start from.
    pub stub: String,
    /// The author's own words, which a student may use, too.
    pub words: BTreeSet<String>,
    /// The names that the author's answer defines.
    pub defines: BTreeSet<String>,
    /// Those among them that it imports, each with its path.
    pub imports: BTreeMap<String, String>,
    /// The methods that it writes.
    pub methods: BTreeSet<String>,
}

/// What runs for a check, and in which order.
#[derive(Debug, Clone)]
pub struct Check {
    /// What stands above it and may be needed.
    before: Vec<Before>,
    /// The check, hidden tests and all.
    pub code: String,
    /// The check as students have it, where that is not all.
    pub visible: Option<String>,
    /// The cell's id.
    pub id: String,
    /// Names that the check relies on, by itself or through what it needs: an
    /// answer must not give them another meaning.
    pub relies_on: BTreeSet<String>,
    /// Methods that it calls: a trait of the answer's must not have them.
    pub calls: BTreeSet<String>,
    /// What given code has imported: each name with its path.
    pub imports: BTreeMap<String, String>,
    /// The names that patterns of the check, or of what is given, bind: a constant
    /// of that name would be compared with.
    pub binds: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Code of the notebook's.
    Given(String),
    /// The student's cell, by its index among the answers.
    Answer(usize),
}

impl Plan {
    /// The plan of every notebook of a course, in its order.
    ///
    /// # Errors
    /// When a notebook cannot be released, or its checks have no points.
    pub fn of_course(course: &Course) -> anyhow::Result<Vec<Self>> {
        let plans = course.notebooks.iter().map(|(file, notebook)| {
            let path = || course.folder.join(file).display().to_string();
            let released = release::notebook(notebook, course, None)
                .map_err(|(place, error)| anyhow::anyhow!("{place}: {error}"))
                .with_context(path)?;
            let name = file.with_extension("").to_string_lossy().into_owned();
            Self::new(name, notebook, &released, course).with_context(path)
        });
        plans.collect()
    }

    /// `source` and `released` have the same cells in the same order.
    fn new(
        name: String,
        source: &Notebook,
        released: &Notebook,
        course: &Course,
    ) -> anyhow::Result<Self> {
        let mut plan = Self {
            notebook: name,
            steps: Vec::new(),
            answers: Vec::new(),
            locked: Vec::new(),
            ids: source
                .cells
                .iter()
                .filter_map(|cell| cell.id.clone())
                .collect(),
        };
        let mut before = Vec::new();
        for (index, (cell, given)) in source.cells.iter().zip(&released.cells).enumerate() {
            let grading = Grading::of(&cell.metadata, cell.kind.name())
                .with_context(|| format!("cell {}", index + 1))?;
            plan.cell(cell, given, &grading, course, &before);
            if cell.is_code() {
                before.extend(match grading.role {
                    Role::Answer | Role::ManualAnswer => {
                        plan.last_answer(cell, is_quiz(&cell.source))
                    }
                    Role::Tests => Vec::new(),
                    _ => pieces(index, &given.source)
                        .into_iter()
                        .map(Before::Given)
                        .collect(),
                });
            }
        }
        Ok(plan)
    }

    /// What the answer that came last brings along for the checks below.
    fn last_answer(&self, cell: &Cell, is_quiz: bool) -> Vec<Before> {
        match self.answers.len().checked_sub(1) {
            Some(answer) if !is_quiz => vec![Before::Answer {
                answer,
                defines: defined(&cell.source),
            }],
            _ => Vec::new(),
        }
    }

    fn cell(
        &mut self,
        cell: &Cell,
        given: &Cell,
        grading: &Grading,
        course: &Course,
        before: &[Before],
    ) {
        let id = cell.id.clone().unwrap_or_default();
        let name = grading.grade_id.clone().unwrap_or_else(|| id.clone());
        let points = grading.points.unwrap_or_default();
        match grading.role {
            Role::Plain => {}
            Role::ReadOnly => self.locked.push((id, given.source.clone())),
            Role::Answer => {
                let answer = self.answer(cell, given, grading);
                if cell.is_code() {
                    self.questions(&cell.source, answer, course);
                }
            }
            Role::ManualAnswer => {
                let answer = Some(self.answer(cell, given, grading));
                self.manual(name, points, answer, &given.source);
            }
            Role::ManualTask => self.manual(name, points, None, &given.source),
            Role::Tests => {
                self.locked.push((id, given.source.clone()));
                // The questions have points of their own.
                if !is_progress(&cell.source) {
                    self.check(name, points, cell, given, course, before);
                }
            }
        }
    }

    fn answer(&mut self, cell: &Cell, given: &Cell, grading: &Grading) -> usize {
        self.answers.push(AnswerCell {
            id: cell.id.clone().unwrap_or_default(),
            grade_id: grading.grade_id.clone(),
            is_code: cell.is_code(),
            stub: given.source.clone(),
            defines: [&cell.source, &given.source]
                .into_iter()
                .flat_map(|code| defined(code))
                .collect(),
            imports: [&given.source, &cell.source]
                .into_iter()
                .flat_map(|code| imports(code))
                .collect(),
            methods: methods_of(&cell.source),
            words: words(&cell.source)
                .chain(words(&given.source))
                .map(|(word, _)| word.to_owned())
                .collect(),
        });
        self.answers.len() - 1
    }

    fn questions(&mut self, source: &str, answer: usize, course: &Course) {
        for call in answer_calls(source) {
            let AnswerCall::Literal(found) = call else {
                continue;
            };
            let Some(question) = course.bank.question(&found.question) else {
                continue;
            };
            let options = question.lettered();
            self.steps.push(Step {
                task: Task {
                    notebook: self.notebook.clone(),
                    name: question.id.clone(),
                    kind: TaskKind::Question,
                    title: question.id.clone(),
                    prompt: prompt(question),
                    possible: 1.0,
                    options: options
                        .map(|(letter, text)| (letter.to_string(), text.to_owned()))
                        .collect(),
                },
                how: How::Judge {
                    question: Box::new(question.clone()),
                    answer,
                },
            });
        }
    }

    fn manual(&mut self, name: String, possible: f64, answer: Option<usize>, prompt: &str) {
        let prompt = match answer {
            Some(_) => String::new(),
            None => prompt.to_owned(),
        };
        self.steps.push(Step {
            task: Task {
                notebook: self.notebook.clone(),
                title: name.clone(),
                name,
                kind: TaskKind::Manual,
                prompt,
                possible,
                options: Vec::new(),
            },
            how: How::Read { answer },
        });
    }

    fn check(
        &mut self,
        name: String,
        possible: f64,
        cell: &Cell,
        given: &Cell,
        course: &Course,
        before: &[Before],
    ) {
        let exercise = first_arguments(&cell.source, "exercise")
            .into_iter()
            .find_map(|call| course.bank.exercise(&call.text));
        let title = exercise.map_or_else(|| name.clone(), |exercise| exercise.title.clone());
        self.steps.push(Step {
            task: Task {
                notebook: self.notebook.clone(),
                name,
                kind: TaskKind::Exercise,
                title,
                prompt: String::new(),
                possible,
                options: Vec::new(),
            },
            how: How::Try(Check {
                relies_on: relied_on(before, &self.answers, &cell.source),
                calls: called(before, &cell.source),
                imports: imported(before),
                binds: bindings(before, &cell.source),
                before: before.to_vec(),
                visible: (cell.source != given.source).then(|| given.source.clone()),
                code: cell.source.clone(),
                id: cell.id.clone().unwrap_or_default(),
            }),
        });
    }
}

/// Something that stands above a check.
#[derive(Debug, Clone)]
enum Before {
    Given(Piece),
    Answer {
        answer: usize,
        defines: BTreeSet<String>,
    },
}

impl Check {
    /// What has to run before the check with these answers, as cells: one for
    /// all that is given between two answers. `answer` has the text of an answer
    /// by its index.
    pub fn cells<'a>(&self, answer: impl Fn(usize) -> &'a str) -> Vec<Run> {
        let mut cells: Vec<Run> = Vec::new();
        let pieces = as_pieces(&self.before, answer);
        for (one, needed) in self.before.iter().zip(needs::needed(&pieces, &self.code)) {
            match (one, needed) {
                (_, false) => {}
                (Before::Answer { answer, .. }, true) => cells.push(Run::Answer(*answer)),
                (Before::Given(piece), true) => match cells.last_mut() {
                    Some(Run::Given(code)) => {
                        code.push('\n');
                        code.push_str(&piece.code);
                    }
                    _ => cells.push(Run::Given(piece.code.clone())),
                },
            }
        }
        cells
    }
}

#[cfg(test)]
impl Check {
    /// A check of which only the names matter.
    pub fn for_tests(
        relies_on: &[&str],
        calls: &[&str],
        binds: &[&str],
        imports: &[(&str, &str)],
    ) -> Self {
        let owned = |name: &&str| (*name).to_owned();
        Self {
            before: Vec::new(),
            code: String::new(),
            visible: None,
            id: "check".to_owned(),
            relies_on: relies_on.iter().map(owned).collect(),
            calls: calls.iter().map(owned).collect(),
            binds: binds.iter().map(owned).collect(),
            imports: imports
                .iter()
                .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
                .collect(),
        }
    }
}

fn as_pieces<'a>(before: &[Before], answer: impl Fn(usize) -> &'a str) -> Vec<Piece> {
    let piece = |one: &Before| match one {
        Before::Given(piece) => piece.clone(),
        Before::Answer {
            answer: index,
            defines,
        } => {
            let code = answer(*index).to_owned();
            Piece {
                cell: *index,
                // The author's names count even where the student has lost them.
                defines: defines.iter().cloned().chain(defined(&code)).collect(),
                items: pieces(0, &code)
                    .into_iter()
                    .flat_map(|one| one.items)
                    .collect(),
                code,
                changeable: BTreeSet::new(),
                kind: pieces::PieceKind::Definition,
            }
        }
    };
    before.iter().map(piece).collect()
}

fn relied_on(before: &[Before], answers: &[AnswerCell], check: &str) -> BTreeSet<String> {
    let stub = |index: usize| answers.get(index).map_or("", |answer| answer.stub.as_str());
    let pieces = as_pieces(before, stub);
    let mut names = names::taken(check);
    for (one, needed) in before.iter().zip(needs::needed(&pieces, check)) {
        match one {
            Before::Given(piece) if needed => names.extend(names::taken(&piece.code)),
            Before::Answer { answer, .. } if needed => {
                names.extend(names::of_signatures(stub(*answer)));
            }
            _ => {}
        }
    }
    names
}

/// What is given above a check.
fn given(before: &[Before]) -> impl Iterator<Item = &str> {
    before.iter().filter_map(|one| match one {
        Before::Given(piece) => Some(piece.code.as_str()),
        Before::Answer { .. } => None,
    })
}

/// The methods that the check and what is given above it call.
fn called(before: &[Before], check: &str) -> BTreeSet<String> {
    given(before)
        .chain([check])
        .flat_map(methods)
        .map(str::to_owned)
        .collect()
}

/// The names that patterns of the check and of what is given above it bind.
fn bindings(before: &[Before], check: &str) -> BTreeSet<String> {
    given(before).chain([check]).flat_map(bound).collect()
}

/// The names that given code has imported, each with its path.
fn imported(before: &[Before]) -> BTreeMap<String, String> {
    given(before).flat_map(imports).collect()
}

/// What is asked, with the code that it is about.
fn prompt(question: &Question) -> String {
    match &question.code {
        None => question.prompt.clone(),
        Some(code) => format!("{}\n\n{}", question.prompt, fenced(code)),
    }
}

fn is_quiz(source: &str) -> bool {
    !answer_calls(source).is_empty()
}

/// Whether a cell only adds up what questions have earned.
fn is_progress(source: &str) -> bool {
    !first_arguments(source, "progress").is_empty()
        && first_arguments(source, "exercise").is_empty()
}

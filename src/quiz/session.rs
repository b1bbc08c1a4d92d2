//! Questions that came with a notebook, beside those of the crate.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::bank::{Bank, Exercise, Question, nearest};
use super::judge::QuizError;
use super::load::{self, BankError};

static LOADED: Mutex<Bank> = Mutex::new(Bank {
    questions: Vec::new(),
    exercises: Vec::new(),
});

/// Adds the questions and exercises of a file to this session, in place of
/// those of the same id that an earlier call has added, and names them.
pub(super) fn add(file: &str, content: &str) -> Result<Vec<String>, BankError> {
    let new = Bank::from_files(&[(file, content)])?;
    let ids: Vec<String> = (new.questions.iter().map(|question| question.id.clone()))
        .chain(new.exercises.iter().map(|exercise| exercise.id.clone()))
        .collect();
    let built_in = load::built_in()?;
    let is_taken =
        |id: &&String| built_in.question(id).is_some() || built_in.exercise(id).is_some();
    if let Some(taken) = ids.iter().find(is_taken) {
        return Err(BankError {
            file: file.to_owned(),
            line: 1,
            id: Some(taken.clone()),
            what: "the course has this id already: give it another".to_owned(),
        });
    }
    let mut loaded = loaded();
    loaded
        .questions
        .retain(|question| !ids.contains(&question.id));
    loaded
        .exercises
        .retain(|exercise| !ids.contains(&exercise.id));
    loaded.questions.extend(new.questions);
    loaded.exercises.extend(new.exercises);
    Ok(ids)
}

/// The question of that id, its options in the order that the id asks for.
pub(super) fn question(id: &str) -> Result<Question, QuizError> {
    let (name, letters) = match id.split_once(':') {
        Some((name, letters)) => (name, Some(letters)),
        None => (id, None),
    };
    let built_in = load::built_in()?;
    let loaded = loaded();
    let found = built_in.question(name).or_else(|| loaded.question(name));
    let Some(question) = found else {
        let all = built_in.questions.iter().chain(&loaded.questions);
        return Err(QuizError::UnknownQuestion {
            id: id.to_owned(),
            near: nearest(name, all.map(|question| question.id.as_str())),
        });
    };
    let Some(letters) = letters else {
        return Ok(question.clone());
    };
    let shown = question.variant(letters);
    shown.ok_or_else(|| QuizError::UnknownVariant {
        id: id.to_owned(),
        options: question.form.options().len(),
    })
}

/// The exercise of that id.
pub(super) fn exercise(id: &str) -> Result<Exercise, QuizError> {
    let built_in = load::built_in()?;
    let loaded = loaded();
    let found = built_in.exercise(id).or_else(|| loaded.exercise(id));
    found.cloned().ok_or_else(|| {
        let all = built_in.exercises.iter().chain(&loaded.exercises);
        QuizError::UnknownExercise {
            id: id.to_owned(),
            near: nearest(id, all.map(|exercise| exercise.id.as_str())),
        }
    })
}

/// What a section asks for, in the order of its file.
pub(super) fn section(name: &str) -> Result<Bank, QuizError> {
    let built_in = load::built_in()?;
    let loaded = loaded();
    let banks = [built_in, &*loaded];
    let mut found = Bank::default();
    let mut names = Vec::new();
    for bank in banks {
        for question in &bank.questions {
            names.push(question.section.as_str());
            if question.section == name {
                found.questions.push(question.clone());
            }
        }
        for exercise in &bank.exercises {
            names.push(exercise.section.as_str());
            if exercise.section == name {
                found.exercises.push(exercise.clone());
            }
        }
    }
    if found == Bank::default() {
        return Err(QuizError::UnknownSection {
            name: name.to_owned(),
            near: nearest(name, names.into_iter()),
        });
    }
    Ok(found)
}

fn loaded() -> MutexGuard<'static, Bank> {
    LOADED.lock().unwrap_or_else(PoisonError::into_inner)
}

//! How far the student has come in a section.

use crate::ledger::{self, Mark};

use super::bank::{Bank, Exercise, Question};
use super::judge::QuizError;
use super::session;

/// What a section asks for, and how each of it stands in this session.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    section: String,
    bank: Bank,
    marks: Vec<Option<Mark>>,
}

impl Progress {
    /// The section as it stands now.
    pub(super) fn of(section: &str) -> Result<Self, QuizError> {
        let bank = session::section(section)?;
        let questions = bank.questions.iter().map(|question| question.name());
        let exercises = bank.exercises.iter().map(|exercise| exercise.id.as_str());
        let marks = questions.chain(exercises).map(ledger::mark).collect();
        Ok(Self {
            section: section.to_owned(),
            marks,
            bank,
        })
    }

    pub(super) fn section(&self) -> &str {
        &self.section
    }

    pub(super) fn questions(&self) -> impl Iterator<Item = (&Question, Option<Mark>)> {
        let marks = self.marks.iter().copied();
        self.bank.questions.iter().zip(marks)
    }

    pub(super) fn exercises(&self) -> impl Iterator<Item = (&Exercise, Option<Mark>)> {
        let marks = self.marks.iter().copied().skip(self.bank.questions.len());
        self.bank.exercises.iter().zip(marks)
    }

    /// How many questions are answered rightly.
    pub(super) fn right(&self) -> u32 {
        self.count(|mark| mark == Some(Mark::Right))
    }

    fn count(&self, holds: impl Fn(Option<Mark>) -> bool) -> u32 {
        let count = self.questions().filter(|(_, mark)| holds(*mark)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many questions are right, in a few words.
    pub(super) fn sentence(&self) -> String {
        let questions = &self.bank.questions;
        let all = questions.len();
        if questions.iter().any(|question| question.key.is_none()) {
            let down = self.count(|mark| mark == Some(Mark::Recorded));
            return format!("{down} of {all} taken down so far");
        }
        format!("{} of {all} right so far", self.right())
    }

    /// How many points are left to tests that run when a student has handed in,
    /// of the exercises that were attempted.
    fn hidden(&self) -> u32 {
        let hidden = self.exercises().map(|(exercise, mark)| match mark {
            Some(Mark::Points { of, .. }) => exercise.points.saturating_sub(of),
            _ => 0,
        });
        hidden.fold(0, u32::saturating_add)
    }

    /// Whether nothing is left that can be seen to be missing.
    pub(super) fn is_complete(&self) -> bool {
        self.marks.iter().all(|mark| match mark {
            Some(Mark::Right | Mark::Recorded) => true,
            Some(Mark::Points { got, of }) => got == of,
            _ => false,
        })
    }

    /// What it comes to, and what to do next.
    pub(super) fn summary(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.bank.questions.is_empty() {
            sentences.push(format!("Questions: {}.", self.sentence()));
        }
        let exercises = self.exercises();
        let (got, all) = exercises.fold((0_u32, 0_u32), |(got, all), (exercise, mark)| {
            let more = match mark {
                Some(Mark::Points { got, .. }) => got,
                _ => 0,
            };
            (
                got.saturating_add(more),
                all.saturating_add(exercise.points),
            )
        });
        if all > 0 {
            let mut sentence = format!("Exercises: {got} of {all} points so far.");
            if self.hidden() > 0 {
                let come = if self.hidden() == 1 { "comes" } else { "come" };
                sentence.push_str(&format!(
                    " {} more {come} from tests that run when you have handed in.",
                    self.hidden()
                ));
            }
            sentences.push(sentence);
        }
        if self.marks.contains(&None) {
            sentences.push(
                "What has not run since the kernel started or was interrupted is not counted: choose \
                 Run → Run All Cells. If a cell is gone, copy its line, such as \
                 `answer(\"name\", \"?\");`, from a fresh copy of your notebook."
                    .to_owned(),
            );
        }
        sentences
    }
}

//! What a question is, once it is known to be well formed.

/// Some questions, in the order of their files.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    pub(super) questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// How cells and the grader name it, for example `barista-1`.
    pub id: String,
    /// The notebook's topic that it belongs to, for example `barista`.
    pub section: String,
    /// What is asked. Backticks mark code.
    pub prompt: String,
    /// Code that the question is about.
    pub code: Option<String>,
    /// What kind of answer it takes, and which one is right.
    pub kind: Kind,
    /// Why the right answer is right. Shown only beside a right answer.
    pub explanation: String,
    /// Where to read more.
    pub reference: Option<String>,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Exactly one option.
    Choice {
        /// All options, in order.
        options: Vec<Choice>,
        /// The letter of the right one.
        answer: char,
    },
    /// Every option that holds, and no other.
    Choices {
        /// All options, in order.
        options: Vec<Choice>,
        /// The letters of the right ones, in order.
        answer: Vec<char>,
    },
    /// A number.
    Number {
        /// The right one.
        answer: f64,
        /// How far off still counts as right.
        tolerance: Tolerance,
        /// What the number counts, for example `ticks`.
        unit: Option<String>,
        /// Wrong numbers that have a known cause.
        mistakes: Vec<NumberMistake>,
        /// The hint for any other wrong number.
        hint: String,
    },
    /// What the question's code prints, or `no` if it does not compile.
    Prints {
        /// The right answer.
        answer: String,
        /// Other ways to say the same, for example the error's code.
        accept: Vec<String>,
        /// Wrong answers that have a known cause.
        mistakes: Vec<Mistake>,
        /// The hint for any other wrong answer.
        hint: String,
    },
}

/// One option of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// A, B, C, ..
    pub letter: char,
    /// What it says.
    pub text: String,
    /// What to think about after picking it wrongly (or, where several hold,
    /// after missing it). Empty for the right one of [`Kind::Choice`].
    pub hint: String,
}

/// A wrong number and the hint for it.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberMistake {
    /// The wrong number; the question's tolerance applies.
    pub answer: f64,
    /// What to think about.
    pub hint: String,
}

/// A wrong answer and the hint for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The wrong answer.
    pub answer: String,
    /// What to think about.
    pub hint: String,
}

/// How far an answer may be from the right number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// By so much, in the number's unit.
    Absolute(f64),
    /// By this share of the right number, for example 0.01.
    Relative(f64),
}

impl Tolerance {
    /// Whether `given` is near enough to `right`.
    #[must_use]
    pub fn allows(self, given: f64, right: f64) -> bool {
        let most = match self {
            Self::Absolute(most) => most,
            Self::Relative(share) => share * right.abs(),
        };
        // Decimal fractions such as 0.1 are not exact in binary.
        (given - right).abs() <= most + right.abs() * 1e-12
    }
}

impl Bank {
    /// Every question, in the order of the files.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The question of that id.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// At most five ids that are most like `id`, the nearest first.
    #[must_use]
    pub fn near(&self, id: &str) -> Vec<String> {
        let mut ids: Vec<(usize, &str)> = self
            .questions
            .iter()
            .map(|question| (distance(id, &question.id), question.id.as_str()))
            .collect();
        ids.sort_unstable();
        ids.iter().take(5).map(|(_, id)| (*id).to_owned()).collect()
    }
}

/// How many characters must be put in, left out or replaced (Levenshtein
/// 1966), looking at the first 64 only.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

//! What a question is, once it is known to be well formed: what the student
//! reads ([`Question`] with its [`Form`]), and apart from it what only a judge
//! needs (its [`Key`]).

/// Some questions and exercises, in the order of their files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bank {
    pub(super) questions: Vec<Question>,
    pub(super) exercises: Vec<Exercise>,
}

/// One question, as a student reads it, and the key to it if it is here.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// How cells and the grader name it, for example `barista-1`; with the
    /// order of its options behind a colon where they are shuffled
    /// (`barista-1:CADB`).
    pub id: String,
    /// The notebook's topic that it belongs to, for example `barista`.
    pub section: String,
    /// What is asked. Backticks mark code.
    pub prompt: String,
    /// Code that the question is about.
    pub code: Option<String>,
    /// What kind of answer it takes.
    pub form: Form,
    /// When the student learns whether the answer is right.
    pub feedback: Feedback,
    /// Which answer is right, and what to say to the others. Students do not
    /// have it for a question whose feedback comes later.
    pub key: Option<Key>,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Exactly one of these options, by its letter.
    Choice(Vec<String>),
    /// Every one of these options that holds, and no other.
    Choices(Vec<String>),
    /// All of these, put into order.
    Order(Vec<String>),
    /// A number.
    Number {
        /// What the number counts, for example `ticks`.
        unit: Option<String>,
    },
    /// What the question's code prints, or `no` if it does not compile.
    Prints,
    /// A number that the next cell measures.
    Predict {
        /// What the number counts, for example `ms`.
        unit: Option<String>,
    },
}

/// When the student learns whether an answer is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Feedback {
    /// As soon as the cell has run: practice.
    #[default]
    Now,
    /// With the grade: an exam.
    Later,
}

/// Which answer is right, and what to say to it and to the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The right answer.
    pub right: Right,
    /// For each option, what to think about after getting it wrong. Empty for
    /// the right one of a [`Form::Choice`].
    pub option_hints: Vec<String>,
    /// Wrong answers that have a known cause.
    pub mistakes: Vec<Mistake>,
    /// The hint for any other wrong answer. Empty where options have hints.
    pub hint: String,
    /// Why the right answer is right. Shown only beside a right answer.
    pub explanation: String,
    /// Where to read more: author, title, year.
    pub reference: String,
}

/// The right answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Right {
    /// The options by their places: the one of a choice, all that hold, or all
    /// of them in their order.
    Options(Vec<usize>),
    /// A number.
    Number {
        /// The number.
        value: f64,
        /// How far off still counts as right.
        tolerance: Tolerance,
    },
    /// A number that lies between two, which are right themselves.
    Between {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
        /// The hint for a smaller number.
        below: String,
        /// The hint for a larger number.
        above: String,
    },
    /// A printed text.
    Text {
        /// The text, or `no`.
        text: String,
        /// Other ways to say the same, for example the error's code.
        accept: Vec<String>,
    },
}

/// A wrong answer and the hint for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The wrong answer.
    pub answer: Given,
    /// What to think about.
    pub hint: String,
}

/// An answer as it is understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Options by their places: in any order, or in that of an ordering.
    Options(Vec<usize>),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// How far an answer may be from the right number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// By so much, in the number's unit.
    Absolute(f64),
    /// By this share of the right number, for example 0.01.
    Relative(f64),
}

/// An exercise: code to write, checked by a cell of the notebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exercise {
    /// How its checking cell and the grader name it.
    pub id: String,
    /// The notebook's topic that it belongs to.
    pub section: String,
    /// What is to be done, in a few words.
    pub title: String,
    /// The most points that it can give, hidden tests among them.
    pub points: u32,
    /// Whether students get code that runs and is wrong, and repair it. Such
    /// code cannot say that nobody has touched it.
    pub repair: bool,
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

impl Form {
    /// What there is to choose from or to order; nothing for other forms.
    #[must_use]
    pub fn options(&self) -> &[String] {
        match self {
            Self::Choice(options) | Self::Choices(options) | Self::Order(options) => options,
            Self::Number { .. } | Self::Prints | Self::Predict { .. } => &[],
        }
    }

    /// What a number counts, if it is said.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Number { unit } | Self::Predict { unit } => unit.as_deref(),
            _ => None,
        }
    }
}

impl Question {
    /// The id without the order of the options.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.split(':').next().unwrap_or_default()
    }

    /// The options with their letters.
    pub fn lettered(&self) -> impl Iterator<Item = (char, &str)> {
        ('A'..='Z').zip(self.form.options().iter().map(String::as_str))
    }
}

impl Bank {
    /// Every question, in the order of the files.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// Every exercise, in the order of the files.
    #[must_use]
    pub fn exercises(&self) -> &[Exercise] {
        &self.exercises
    }

    /// The question of that id, its options in the order of the bank.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// The exercise of that id.
    #[must_use]
    pub fn exercise(&self, id: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }
}

/// At most five of `names` that are most like `name`, the nearest first.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<(usize, &str)> = names.map(|other| (distance(name, other), other)).collect();
    names.sort_unstable();
    names.dedup();
    names
        .iter()
        .take(5)
        .map(|(_, id)| (*id).to_owned())
        .collect()
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

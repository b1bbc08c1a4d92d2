//! Why a source cell cannot be released.

use thiserror::Error;

use crate::notebook::RoleError;

/// Why a source cell cannot be released.
#[derive(Debug, Error)]
pub enum ReleaseError {
    #[error("it has no id; open the notebook in JupyterLab and save it")]
    NoId,
    #[error("its id is not 1 to 64 letters, digits, `-` and `_`")]
    BadId,
    #[error("another cell has the same id")]
    RepeatedId,
    #[error("another cell has the grade_id {0:?} too")]
    RepeatedGradeId(String),
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error("the question {0:?} is answered a second time")]
    RepeatedQuestion(String),
    #[error("there is no question {id:?}; the nearest are {}", .near.join(", "))]
    UnknownQuestion { id: String, near: Vec<String> },
    #[error(
        "it answers {0:?}, and the cell above it is not that question as the bank has it; run \
         `twoaxes-grader format` on the source folder"
    )]
    QuestionNotAbove(String),
    #[error("the question file {name:?} cannot be used: {why}")]
    QuestionFile { name: String, why: String },
    #[error(
        "line {0}: the arguments of `answer` are not two literals, \
         so the answer cannot be taken out"
    )]
    UnclearAnswer(usize),
    #[error("line {0}: call `answer` by its name, so that the answer can be taken out")]
    RenamedAnswer(usize),
    #[error(
        "line {line}: give `{function}` one literal text, so that it is known what students get"
    )]
    UnclearQuestions { line: usize, function: &'static str },
    #[error(
        "its `questions(..)` holds the key to {0:?}, which students are to learn later; put the \
         questions into a file and call `questions_from(..)`"
    )]
    QuestionsWithKeys(String),
    #[error("it says what only the key to {0:?} may say: {1:?}; students are to learn that later")]
    KeyInText(String, String),
    #[error(
        "it holds more than the answer to {0:?}, which students are to learn later, and they would \
         read it; leave nothing but the call of `answer` in this cell, not even a comment"
    )]
    BesideAnswer(String),
    #[error(
        "line {line}: it names the question {id:?}, whose answer students are to learn later, where \
         more is said than `answer({id:?}, \"?\");`; take that out, or put it between hidden tests"
    )]
    KeyInCode { line: usize, id: String },
    #[error("line {0}: a comment holds an answer; delete it or put it into a solution")]
    AnswerInComment(usize),
    #[error("line {line}: write `// {marker}` alone on its line, or reword it")]
    UnclearMarker { line: usize, marker: &'static str },
    #[error(
        "line {0}: a comment that begins with BEGIN or END looks like a marker and is none; the \
         markers are `// BEGIN SOLUTION` and `// BEGIN HIDDEN TESTS`, and END for BEGIN"
    )]
    UnknownMarker(usize),
    #[error("line {line}: `{marker}` has no block to end")]
    EndWithoutBegin { line: usize, marker: &'static str },
    #[error("line {line}: `{marker}` stands inside another block")]
    Nested { line: usize, marker: &'static str },
    #[error("line {line}: `{marker}` has no end")]
    Unclosed { line: usize, marker: &'static str },
    #[error("line {0}: a `// STUB:` line stands outside a solution")]
    StrayStub(usize),
}

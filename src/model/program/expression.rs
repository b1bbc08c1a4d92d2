//! Expressions over registers: `r + 1`, `seen != old && tries < 3`.
//!
//! Truth is 1 and falsehood 0, and every value but 0 is true. `&&` and `||`
//! have their usual meaning; both sides are computed.

use super::error::ProgramError;
use super::outcome::Fault;

/// How deep parentheses and signs may nest, and how many values may wait.
pub(super) const MAX_DEPTH: usize = 32;

/// An expression, read and resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Constant(i64),
    Value(usize),
    /// A value and a constant: what a counter needs, and so worth its own arm.
    Plus(usize, i64),
    Postfix(Box<[Token]>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Constant(i64),
    Value(usize),
    Minus,
    Not,
    Infix(Infix),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// Longer spellings come first, so that `<=` is not read as `<`.
const INFIX: [(&str, u8, Infix); 13] = [
    ("||", 1, Infix::Or),
    ("&&", 2, Infix::And),
    ("==", 3, Infix::Equal),
    ("!=", 3, Infix::Unequal),
    ("<=", 4, Infix::LessEqual),
    (">=", 4, Infix::GreaterEqual),
    ("<", 4, Infix::Less),
    (">", 4, Infix::Greater),
    ("+", 5, Infix::Add),
    ("-", 5, Infix::Subtract),
    ("*", 6, Infix::Multiply),
    ("/", 6, Infix::Divide),
    ("%", 6, Infix::Remainder),
];

impl Expression {
    /// Reads `text`; `resolve` says which value a name stands for.
    pub(super) fn read(
        text: &str,
        resolve: &mut dyn FnMut(&str) -> Result<usize, ProgramError>,
    ) -> Result<Self, ProgramError> {
        let mut reader = Reader {
            text,
            rest: text.trim_start(),
            tokens: Vec::new(),
            resolve,
        };
        reader.infix(1, 0)?;
        if !reader.rest.is_empty() {
            return Err(reader.stopped("an operator or the end was expected"));
        }
        let tokens = reader.tokens;
        if waiting(&tokens) > MAX_DEPTH {
            return Err(ProgramError::TooDeep(beginning(text)));
        }
        Ok(match tokens[..] {
            [Token::Constant(value)] => Self::Constant(value),
            [Token::Value(at)] => Self::Value(at),
            [
                Token::Value(at),
                Token::Constant(by),
                Token::Infix(Infix::Add),
            ] => Self::Plus(at, by),
            _ => Self::Postfix(tokens.into()),
        })
    }

    /// The value, where name number `i` stands for `values[i]`.
    pub(super) fn value(&self, values: &[i64]) -> Result<i64, Fault> {
        match self {
            Self::Constant(value) => Ok(*value),
            Self::Value(at) => Ok(values[*at]),
            Self::Plus(at, by) => values[*at].checked_add(*by).ok_or(Fault::Overflow),
            Self::Postfix(tokens) => postfix(tokens, values),
        }
    }

    /// The numbers of the names that it reads.
    pub(super) fn names(&self) -> Vec<usize> {
        match self {
            Self::Constant(_) => Vec::new(),
            Self::Value(at) | Self::Plus(at, _) => vec![*at],
            Self::Postfix(tokens) => tokens
                .iter()
                .filter_map(|token| match token {
                    Token::Value(at) => Some(*at),
                    _ => None,
                })
                .collect(),
        }
    }
}

/// The most values that wait for an operator at once.
fn waiting(tokens: &[Token]) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for token in tokens {
        match token {
            Token::Constant(_) | Token::Value(_) => now += 1,
            Token::Infix(_) => now = now.saturating_sub(1),
            Token::Minus | Token::Not => {}
        }
        most = most.max(now);
    }
    most
}

fn postfix(tokens: &[Token], values: &[i64]) -> Result<i64, Fault> {
    let mut stack = [0_i64; MAX_DEPTH + 1];
    let mut top = 0; // stack[top] is the topmost value; stack[0] is never read
    for token in tokens {
        match *token {
            Token::Constant(value) => {
                top += 1;
                stack[top] = value;
            }
            Token::Value(at) => {
                top += 1;
                stack[top] = values[at];
            }
            Token::Minus => stack[top] = stack[top].checked_neg().ok_or(Fault::Overflow)?,
            Token::Not => stack[top] = i64::from(stack[top] == 0),
            Token::Infix(infix) => {
                top -= 1;
                stack[top] = infix.apply(stack[top], stack[top + 1])?;
            }
        }
    }
    Ok(stack[top])
}

impl Infix {
    fn apply(self, a: i64, b: i64) -> Result<i64, Fault> {
        let truth = |truth: bool| Ok(i64::from(truth));
        let fits = |value: Option<i64>| value.ok_or(Fault::Overflow);
        match self {
            Self::Or => truth(a != 0 || b != 0),
            Self::And => truth(a != 0 && b != 0),
            Self::Equal => truth(a == b),
            Self::Unequal => truth(a != b),
            Self::Less => truth(a < b),
            Self::LessEqual => truth(a <= b),
            Self::Greater => truth(a > b),
            Self::GreaterEqual => truth(a >= b),
            Self::Add => fits(a.checked_add(b)),
            Self::Subtract => fits(a.checked_sub(b)),
            Self::Multiply => fits(a.checked_mul(b)),
            Self::Divide | Self::Remainder if b == 0 => Err(Fault::DivisionByZero),
            Self::Divide => fits(a.checked_div(b)),
            Self::Remainder => fits(a.checked_rem(b)),
        }
    }
}

/// Reads by precedence climbing, and writes postfix.
struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    tokens: Vec<Token>,
    resolve: &'a mut dyn FnMut(&str) -> Result<usize, ProgramError>,
}

impl<'a> Reader<'a> {
    fn infix(&mut self, weakest: u8, depth: usize) -> Result<(), ProgramError> {
        self.operand(depth)?;
        while let Some((strength, infix)) = self.operator(weakest) {
            self.infix(strength + 1, depth + 1)?;
            self.tokens.push(Token::Infix(infix));
        }
        Ok(())
    }

    fn operator(&mut self, weakest: u8) -> Option<(u8, Infix)> {
        let (spelling, strength, infix) = INFIX
            .into_iter()
            .find(|(spelling, ..)| self.rest.starts_with(spelling))?;
        if strength < weakest {
            return None;
        }
        self.skip(spelling.len());
        Some((strength, infix))
    }

    fn operand(&mut self, depth: usize) -> Result<(), ProgramError> {
        if depth > MAX_DEPTH {
            return Err(ProgramError::TooDeep(beginning(self.text)));
        }
        let Some(first) = self.rest.chars().next() else {
            return Err(self.stopped("a number or a name was expected"));
        };
        match first {
            '(' => {
                self.skip(1);
                self.infix(1, depth + 1)?;
                if !self.rest.starts_with(')') {
                    return Err(self.stopped("a closing ) was expected"));
                }
                self.skip(1);
            }
            '-' | '!' => {
                self.skip(1);
                self.operand(depth + 1)?;
                self.tokens.push(match first {
                    '-' => Token::Minus,
                    _ => Token::Not,
                });
            }
            '0'..='9' => {
                let word = self.word();
                let number = word.replace('_', "").parse();
                let number =
                    number.map_err(|_| self.stopped("a number below 2^63 was expected"))?;
                self.tokens.push(Token::Constant(number));
                self.skip(word.len());
            }
            _ if first.is_alphabetic() || first == '_' => {
                let word = self.word();
                let number = (self.resolve)(word)?;
                self.tokens.push(Token::Value(number));
                self.skip(word.len());
            }
            _ => return Err(self.stopped("a number, a name, (, - or ! was expected")),
        }
        Ok(())
    }

    /// The letters, digits, `_` and `.` that come next.
    fn word(&self) -> &'a str {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or("")
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or("").trim_start();
    }

    fn stopped(&self, hint: &str) -> ProgramError {
        ProgramError::Expression {
            text: self.text.to_owned(),
            at: self.rest.to_owned(),
            hint: hint.to_owned(),
        }
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(20).collect()
}

//! Options in another order for each student.
//!
//! The order stands in the question's id, behind a colon: in
//! `barista-1:CADB`, what the student reads as A is the bank's C. So a cell
//! and the grader judge such an answer without knowing whose it is.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::bank::{Given, Key, Mistake, Question, Right};
use crate::html::fingerprint;

impl Question {
    /// The question with its options in the order of this student, which is
    /// the same for the same seed on every machine. A question without options
    /// stays as it is.
    #[must_use]
    pub fn shuffled_for(&self, student: &str, seed: u64) -> Self {
        let name = fingerprint(&format!("{seed}\n{student}\n{}", self.name()));
        let number = u64::from_str_radix(name.trim_start_matches("tx"), 16).unwrap_or(seed);
        let mut order: Vec<usize> = (0..self.form.options().len()).collect();
        order.shuffle(&mut Pcg64::seed_from_u64(number));
        self.in_order(&order)
    }

    /// The question with its options in the order that `letters` say: the
    /// first of them names the option that becomes A. `None` unless each
    /// option's letter stands there once.
    #[must_use]
    pub fn variant(&self, letters: &str) -> Option<Self> {
        let options = self.form.options().len();
        let order: Vec<usize> = letters.chars().map_while(place).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        let whole = order.len() == letters.chars().count() && sorted.into_iter().eq(0..options);
        (whole && options > 0).then(|| self.in_order(&order))
    }

    /// `order[shown]` is the place of that option in `self`.
    fn in_order(&self, order: &[usize]) -> Self {
        if order.is_empty() {
            return self.clone();
        }
        let mut made = self.clone();
        let letters: String = order.iter().map(|place| letter(*place)).collect();
        made.id = format!("{}:{letters}", self.name());
        let moved = |texts: &[String]| -> Vec<String> {
            order
                .iter()
                .filter_map(|from| texts.get(*from).cloned())
                .collect()
        };
        match &mut made.form {
            super::Form::Choice(options)
            | super::Form::Choices(options)
            | super::Form::Order(options) => *options = moved(options),
            _ => {}
        }
        let shown = |from: usize| {
            order
                .iter()
                .position(|place| *place == from)
                .unwrap_or(from)
        };
        if let Some(key) = &mut made.key {
            renumber(key, moved(&key.option_hints), shown);
        }
        made
    }
}

fn renumber(key: &mut Key, option_hints: Vec<String>, shown: impl Fn(usize) -> usize) {
    key.option_hints = option_hints;
    if let Right::Options(options) = &mut key.right {
        for option in options.iter_mut() {
            *option = shown(*option);
        }
    }
    for Mistake { answer, .. } in &mut key.mistakes {
        if let Given::Options(options) = answer {
            for option in options.iter_mut() {
                *option = shown(*option);
            }
        }
    }
}

/// The letter of the option at a place; the loader allows no more than 26.
pub(super) fn letter(place: usize) -> char {
    ('A'..='Z').nth(place).unwrap_or('?')
}

/// The place of a letter in any case.
pub(super) fn place(letter: char) -> Option<usize> {
    ('A'..='Z').position(|known| known == letter.to_ascii_uppercase())
}

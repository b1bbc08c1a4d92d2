//! What has to run before a check: not the lesson, whose measurements take
//! seconds, but the definitions that the check is built on.

use std::collections::BTreeSet;

use super::pieces::{Piece, PieceKind};
use crate::notebook::words;

/// Which of `pieces`, all of them before the check, the code of the check needs,
/// directly or through others. One entry for each.
pub fn needed(pieces: &[Piece], check: &str) -> Vec<bool> {
    let mut wanted: BTreeSet<String> = names(check);
    let mut taken = vec![false; pieces.len()];
    let mut changeable: BTreeSet<String> = BTreeSet::new();
    loop {
        let mut grew = false;
        for (piece, taken) in pieces.iter().zip(&mut taken) {
            if *taken || !is_needed(piece, &wanted, &changeable) {
                continue;
            }
            *taken = true;
            grew = true;
            let named = names(&piece.code);
            // What has a name of its own does not mean an earlier one's.
            wanted.extend(named.difference(&piece.items).cloned());
            changeable.extend(piece.changeable.iter().cloned());
        }
        if !grew {
            return taken;
        }
    }
}

fn is_needed(piece: &Piece, wanted: &BTreeSet<String>, changeable: &BTreeSet<String>) -> bool {
    match piece.kind {
        PieceKind::Always => true,
        PieceKind::Definition => !piece.defines.is_disjoint(wanted),
        // Its type or trait; `impl`, `for` and the like are no names of a session.
        PieceKind::Implementation => header(&piece.code).any(|name| wanted.contains(name)),
        PieceKind::Statement => words(&piece.code).any(|(word, _)| changeable.contains(word)),
    }
}

/// The words of an implementation before its body, types and traits alone.
fn header(code: &str) -> impl Iterator<Item = &str> {
    let head = code.split('{').next().unwrap_or_default();
    words(head)
        .map(|(word, _)| word)
        .filter(|word| word.starts_with(char::is_uppercase))
}

fn names(code: &str) -> BTreeSet<String> {
    words(code).map(|(word, _)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::pieces::pieces;
    use super::*;

    #[test]
    fn a_check_needs_what_it_names_and_what_that_names() {
        let lesson = "use shop::Order;\n\
             fn plain(name: &str) -> Order { Order::new(name) }\n\
             fn unused() {}\n\
             let slow = measure();\n\
             let mut seen = Vec::new();\n\
             seen.push(plain(\"A\"));\n\
             println!(\"{}\", slow);\n\
             struct Tip;\n\
             impl Clone for Tip { fn clone(&self) -> Self { Tip } }\n\
             impl Other {}";
        let pieces = pieces(0, lesson);
        let check = |code: &str, expected: &[&str]| {
            let taken = needed(&pieces, code);
            let found: Vec<&str> = pieces
                .iter()
                .zip(taken)
                .filter(|(_, taken)| *taken)
                .filter_map(|(piece, _)| piece.code.split([' ', '(']).nth(1))
                .collect();
            assert_eq!(found, expected, "{code}");
        };
        check("1 + 1", &[]);
        check("plain(\"B\")", &["shop::Order;", "plain"]);
        check("seen.len()", &["shop::Order;", "plain", "mut", "plain"]);
        check("Tip.clone()", &["Tip;", "Clone"]);
    }
}

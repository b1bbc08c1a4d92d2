//! From a student's name, which is the name of a hostile folder, to a file name
//! that is harmless anywhere, and another one for every other student.

use sha2::{Digest as _, Sha256};

/// Longer names are cut, and their digest tells them apart. With an ending this
/// is below the 255 bytes of all file systems in use.
const LONGEST: usize = 180;
const KEPT: usize = 100;

/// The name without an ending. Letters and digits of ASCII and `-_.@+` stay as
/// they are; every other byte becomes `%` and two hexadecimal digits, and so
/// does a dot at the beginning. Two names never become the same.
#[must_use]
pub fn file_stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'@' | b'+')
            || (byte == b'.' && at > 0);
        match plain {
            true => stem.push(char::from(byte)),
            false => stem.push_str(&format!("%{byte:02X}")),
        }
    }
    if stem.is_empty() {
        // What no name becomes: digits always follow.
        return "%".to_owned();
    }
    if stem.len() > LONGEST {
        stem.truncate(KEPT);
        // Nor does any name become something with a tilde.
        stem.push_str(&format!("~{:x}", Sha256::digest(name)));
    }
    stem
}

/// The folder of the students' pages.
pub const FEEDBACK: &str = "feedback";

/// Where a student's page is, as it stands in a link: there, `%` has a meaning
/// of its own.
pub(super) fn feedback_link(name: &str) -> String {
    format!("{FEEDBACK}/{}.html", file_stem(name).replace('%', "%25"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_harmless() {
        let check = |name: &str, expected: &str| assert_eq!(file_stem(name), expected);
        check("ada", "ada");
        check("ada.l+x@uni-y.edu_1", "ada.l+x@uni-y.edu_1");
        check("Grace Hopper", "Grace%20Hopper");
        check(".", "%2E");
        check("..", "%2E.");
        check(".ssh", "%2Essh");
        check("", "%");
        check("a/../b", "a%2F..%2Fb");
        check("a%20b", "a%2520b");
        check("Zoë", "Zo%C3%AB");
        check("<script>", "%3Cscript%3E");
        check("a~b\0", "a%7Eb%00");
        assert_eq!(feedback_link("a b"), "feedback/a%2520b.html");
    }

    #[test]
    fn long_names_keep_apart() {
        let (one, two) = ("x".repeat(300), "x".repeat(301));
        assert_ne!(file_stem(&one), file_stem(&two));
        assert_eq!(file_stem(&one).len(), KEPT + 1 + 64);
        let edge = "x".repeat(LONGEST);
        assert_eq!(file_stem(&edge), edge);
    }

    proptest! {
        #[test]
        fn every_name_has_a_file_of_its_own(
            names in prop::collection::hash_set(r"(\PC|[./%~ ]|[a-b%2]){0,80}", 2..40),
        ) {
            let mut taken = HashMap::new();
            for name in names {
                let stem = file_stem(&name);
                prop_assert!(!stem.is_empty() && stem.len() <= LONGEST);
                prop_assert!(!stem.starts_with('.'));
                let safe = |c: char| c.is_ascii_alphanumeric() || "-_.@+%~".contains(c);
                prop_assert!(stem.chars().all(safe), "{stem}");
                if let Some(other) = taken.insert(stem, name.clone()) {
                    prop_assert!(false, "{other:?} and {name:?}");
                }
            }
        }
    }
}

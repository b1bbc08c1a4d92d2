//! The students that a release is made for, one by one.

use std::collections::HashSet;
use std::path::PathBuf;

use thiserror::Error;

use crate::notebook::is_unseen;

/// A student's name, which is the name of a folder as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Student(String);

/// Why a list of students cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StudentsError {
    #[error("line {line}: {name:?} cannot be the name of a folder; {why}")]
    Name {
        line: usize,
        name: String,
        why: &'static str,
    },
    #[error(
        "line {line}: {name:?} stands there a second time (some systems take capital letters for \
         small ones)"
    )]
    Twice { line: usize, name: String },
    #[error("nobody stands in it; write one name on each line")]
    Nobody,
}

/// Longer names are cut by some file systems.
const LONGEST: usize = 120;

impl Student {
    /// Reads a list with one name on each line. Empty lines, and those that
    /// begin with `# `, are passed over.
    ///
    /// # Errors
    /// When a name cannot be a folder's, or stands there twice.
    pub fn list(text: &str) -> Result<Vec<Self>, StudentsError> {
        let mut students: Vec<Self> = Vec::new();
        let mut taken = HashSet::new();
        // Some editors begin a file with a mark of its byte order.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, text) in text.lines().enumerate() {
            let name = text.trim();
            if name.is_empty() || name == "#" || name.starts_with("# ") {
                continue;
            }
            let line = index + 1;
            if let Some(why) = unfit(name) {
                return Err(StudentsError::Name {
                    line,
                    name: name.to_owned(),
                    why,
                });
            }
            if !taken.insert(name.to_lowercase()) {
                return Err(StudentsError::Twice {
                    line,
                    name: name.to_owned(),
                });
            }
            students.push(Self(name.to_owned()));
        }
        match students.is_empty() {
            true => Err(StudentsError::Nobody),
            false => Ok(students),
        }
    }

    /// The name, as the list has it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The folder of that name, which lies below any other.
    pub(super) fn folder(&self) -> PathBuf {
        PathBuf::from(&self.0)
    }
}

fn unfit(name: &str) -> Option<&'static str> {
    if name.starts_with('.') {
        Some("begin it with another character than a dot")
    } else if name.ends_with('.') {
        Some("end it with another character than a dot")
    } else if name.contains(['/', '\\', '<', '>', ':', '"', '|', '?', '*']) {
        Some("leave out slashes and any of < > : \" | ? *")
    } else if name.chars().any(|c| c.is_control() || is_unseen(c)) {
        Some("leave out characters that nobody sees")
    } else if name.len() > LONGEST {
        Some("make it shorter than 120 bytes")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_name_on_each_line() {
        let names = |text: &str| -> Vec<String> {
            let students = Student::list(text).unwrap();
            students.iter().map(|s| s.name().to_owned()).collect()
        };
        assert_eq!(
            names("# class\nada\n\n Grace Hopper \r\n#\n#7\n"),
            ["ada", "Grace Hopper", "#7"]
        );
        assert_eq!(names("\u{feff}ada"), ["ada"]);
    }

    #[test]
    fn names_that_are_no_folders_are_refused() {
        let check = |text: &str, expected: &str| {
            let error = Student::list(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "nobody");
        check("a\n../b", "line 2: \"../b\"");
        check("a/b", "slashes");
        check("a\\b", "slashes");
        check(".ssh", "a dot");
        check("a.", "a dot");
        check("a:b", "any of");
        check("a\u{200b}b", "nobody sees");
        check("Ada\nada", "line 2: \"ada\" stands there a second time");
        check("a\nb\na", "line 3: \"a\" stands there a second time");
        check(&"a".repeat(200), "shorter");
    }
}

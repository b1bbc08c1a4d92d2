//! Names as browsers and learning platforms make them of a notebook's and a
//! student's.

/// How a file's name is that of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Exact,
    /// But for capitals and a browser's number: `Exam (1)`.
    Close,
}

/// Which of the notebooks `known` a file is for, by its name without `.ipynb`.
pub(super) fn notebook<'k>(stem: &str, known: &[&'k str]) -> Option<(&'k str, Fit)> {
    if let Some(exact) = known.iter().find(|name| **name == stem) {
        return Some((exact, Fit::Exact));
    }
    let (plain, small) = (without_copies(stem), stem.to_lowercase());
    let plain = plain.to_lowercase();
    let close = |name: &&&str| [&plain, &small].contains(&&name.to_lowercase());
    only(known.iter().filter(close).copied()).map(|name| (name, Fit::Close))
}

/// Without what browsers append to a second download: ` (1)`.
fn without_copies(stem: &str) -> &str {
    let mut stem = stem;
    while let Some((plain, _)) = stem
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once('('))
        .filter(|(plain, number)| !plain.trim().is_empty() && is_number(number))
    {
        stem = plain.trim_end();
    }
    stem
}

/// A student, as far as the name of a file or a folder says who that is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Person {
    pub name: String,
    /// The platform's, which tells two of one name apart.
    pub number: Option<String>,
}

impl Person {
    pub fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            number: None,
        }
    }

    fn numbered(name: &str, number: &str) -> Self {
        Self {
            name: name.to_owned(),
            number: Some(number.to_owned()),
        }
    }

    /// Whose folder this is: Moodle's `NAME_NUMBER_assignsubmission_file`, else
    /// of somebody with just this name.
    pub fn of_folder(name: &str) -> Self {
        match moodles(name) {
            Some((person, "" | "_")) => person,
            _ => Self::plain(name),
        }
    }

    /// Whose file this is, of those that a platform puts side by side, and which
    /// notebook. Canvas: `NAME_USER_SUBMISSION_FILE`, or `NAME_LATE_USER_..`;
    /// Moodle: `NAME_NUMBER_assignsubmission_file_FILE`.
    pub fn of_file<'k>(stem: &str, known: &[&'k str]) -> Option<(Self, &'k str)> {
        if let Some((person, rest)) = moodles(stem) {
            let (notebook, _) = notebook(rest.strip_prefix('_')?, known)?;
            return Some((person, notebook));
        }
        let (person, rest) = canvass(stem)?;
        // Canvas counts what is handed in again: FILE-1. That may be the name of
        // another notebook, and then nobody knows.
        let first = rest
            .rsplit_once('-')
            .filter(|(_, number)| is_number(number))
            .and_then(|(first, _)| notebook(first, known));
        let found = [notebook(rest, known), first];
        let names = found.into_iter().flatten().map(|(name, _)| name);
        only(names).map(|name| (person, name))
    }
}

fn moodles(name: &str) -> Option<(Person, &str)> {
    let (whose, rest) = name.split_once("_assignsubmission_file")?;
    let (name, number) = whose.rsplit_once('_')?;
    let is_sound = !name.is_empty() && is_number(number);
    is_sound.then(|| (Person::numbered(name, number), rest))
}

fn canvass(stem: &str) -> Option<(Person, &str)> {
    stem.match_indices('_').find_map(|(at, _)| {
        let (name, rest) = (stem.get(..at)?, stem.get(at + 1..)?);
        let (user, rest) = rest.split_once('_')?;
        let (submission, rest) = rest.split_once('_')?;
        let name = name.strip_suffix("_LATE").unwrap_or(name);
        let is_sound = !name.is_empty() && is_number(user) && is_number(submission);
        is_sound.then(|| (Person::numbered(name, user), rest))
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The one name of `names`, if they are all the same.
fn only<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// The names, those first that are most like `wanted`.
#[must_use]
pub fn nearest_first<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut names: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .collect();
    names.sort_unstable();
    names.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_for_the_notebook_that_it_is_named_after() {
        let known = ["exam", "week-1", "Twin", "twin"];
        let check = |stem: &str, expected: Option<(&str, Fit)>| {
            assert_eq!(notebook(stem, &known), expected, "{stem}");
        };
        check("exam", Some(("exam", Fit::Exact)));
        check("Exam", Some(("exam", Fit::Close)));
        check("exam (1)", Some(("exam", Fit::Close)));
        check("EXAM(2) (11)", Some(("exam", Fit::Close)));
        check("twin", Some(("twin", Fit::Exact)));
        check("TWIN", None);
        check("exam (one)", None);
        check("exam-1", None);
        check("(1)", None);
        check("", None);
    }

    #[test]
    fn platforms_say_whose_a_file_is() {
        let known = ["exam", "week", "week-1"];
        let check = |stem: &str, expected: Option<(&str, &str, &str)>| {
            let found = Person::of_file(stem, &known);
            let found = found
                .as_ref()
                .map(|(who, name)| (&*who.name, who.number.as_deref().unwrap_or(""), *name));
            assert_eq!(found, expected, "{stem}");
        };
        let ada = Some(("lovelaceada", "101", "exam"));
        check("lovelaceada_101_5523_exam", ada);
        check("lovelaceada_101_5523_exam-2", ada);
        check("lovelaceada_LATE_101_5523_Exam (1)", ada);
        check("lovelaceada_101_5523_other", None);
        check("lovelaceada_101_exam", None);
        check("lovelaceada_101_5523_week-1", None);
        check("lovelaceada_101_5523_my_exam", None);
        check("_101_5523_exam", None);
        let folders = "Ada Lovelace_4711_assignsubmission_file_exam";
        check(folders, Some(("Ada Lovelace", "4711", "exam")));
        check("exam", None);
    }

    #[test]
    fn a_folder_of_moodles_is_its_students() {
        let check = |folder: &str, name: &str, number: Option<&str>| {
            let found = Person::of_folder(folder);
            assert_eq!((&*found.name, found.number.as_deref()), (name, number));
        };
        let moodles = "Ada Lovelace_4711_assignsubmission_file";
        check(moodles, "Ada Lovelace", Some("4711"));
        check(&format!("{moodles}_"), "Ada Lovelace", Some("4711"));
        check("ada_4711", "ada_4711", None);
        check(
            "_4711_assignsubmission_file",
            "_4711_assignsubmission_file",
            None,
        );
    }

    #[test]
    fn the_nearest_name_is_first() {
        let names = ["exam", "week1", "week2"];
        assert_eq!(nearest_first("Wek2", names), ["week2", "week1", "exam"]);
    }
}

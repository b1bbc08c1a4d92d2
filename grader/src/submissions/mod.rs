//! The folder of submissions: who has handed in what, and when.
//!
//! These layouts are read, also mixed: `STUDENT/NOTEBOOK.ipynb`, nbgrader's
//! `STUDENT/ASSIGNMENT/NOTEBOOK.ipynb`, and what Moodle and Canvas make of
//! students' names. Nothing here is believed: links are not followed, and what
//! cannot be graded is told and left alone.

mod found;
mod names;

pub use found::{Submission, Unreadable, time};
pub use names::nearest_first;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use found::{submitted, written};
use names::{Fit, Person};

/// The longest name of a student.
const LONGEST_NAME: usize = 200;

/// How the names of packed files end.
const PACKED: [&str; 9] = ["zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar"];

/// What a folder of submissions holds.
#[derive(Debug, Default)]
pub struct Folder {
    /// By student, then by notebook.
    pub submissions: Vec<Submission>,
    /// What is there and cannot be graded.
    pub strange: Vec<String>,
}

/// Which submissions are looked for.
#[derive(Debug, Default)]
pub struct Filter<'a> {
    /// The only students, if there are any.
    pub students: &'a [String],
    /// The only notebooks, without `.ipynb`, if there are any.
    pub notebooks: &'a [String],
}

impl Filter<'_> {
    fn student(&self, name: &str) -> bool {
        self.students.is_empty() || self.students.iter().any(|known| known == name)
    }

    fn notebook(&self, name: &str) -> bool {
        self.notebooks.is_empty() || self.notebooks.iter().any(|known| known == name)
    }
}

/// A file for a notebook, and how sure that is.
type Candidate = (Submission, Fit);

/// What one student has handed in, before it is known what counts.
#[derive(Debug, Default)]
struct Pile {
    folders: Vec<PathBuf>,
    /// Files with the names of their notebooks.
    files: Vec<(PathBuf, String)>,
}

/// What lies in the folder of submissions.
enum Lies {
    Folder(Person),
    File(Person, String),
    /// A notebook of the course, of nobody.
    Notebook,
    Hidden,
    Strange(String),
}

impl Folder {
    /// Finds the submissions for the notebooks `known`, names without `.ipynb`.
    ///
    /// # Errors
    /// When the folder itself cannot be read, is that of one student, or holds
    /// no student at all or none that is looked for.
    pub fn read(root: &Path, known: &[&str], filter: &Filter<'_>) -> anyhow::Result<Self> {
        let mut folder = Self::default();
        let paths = entries(root)
            .with_context(|| format!("cannot read the submissions in {}", root.display()))?;
        if paths.is_empty() {
            bail!(
                "{} is empty: it should hold a folder for each student, with notebooks in it",
                root.display()
            );
        }
        for (name, pile) in folder.students(root, paths, known, filter)? {
            folder.collect(&name, pile, known, filter);
        }
        if folder.submissions.is_empty()
            && filter.students.is_empty()
            && let Some(inner) = nbgraders(root)
        {
            bail!(
                "{} holds no notebook of the course; did you mean {}?",
                root.display(),
                inner.display()
            );
        }
        Ok(folder)
    }

    /// What lies there, by the names of those students who are looked for.
    fn students(
        &mut self,
        root: &Path,
        paths: Vec<PathBuf>,
        known: &[&str],
        filter: &Filter<'_>,
    ) -> anyhow::Result<BTreeMap<String, Pile>> {
        let mut piles: BTreeMap<Person, Pile> = BTreeMap::new();
        for path in paths {
            match lies(&path, known) {
                Lies::Folder(person) => piles.entry(person).or_default().folders.push(path),
                Lies::File(person, notebook) => {
                    let pile = piles.entry(person).or_default();
                    pile.files.push((path, notebook));
                }
                Lies::Notebook => bail!(
                    "{} lies in {} itself, which looks like the folder of one student: give the \
                     folder that holds a folder for each student",
                    path.file_name().unwrap_or_default().display(),
                    root.display()
                ),
                Lies::Hidden => {}
                Lies::Strange(why) => self.strange.push(why),
            }
        }
        let mut students = BTreeMap::new();
        for (name, pile) in named(piles) {
            if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
                self.strange
                    .push(format!("{name:?} is no name of a student"));
                continue;
            }
            match students.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(pile);
                }
                Entry::Occupied(taken) => self.strange.push(format!(
                    "{:?} would be two students: rename the folder of one",
                    taken.key()
                )),
            }
        }
        for wanted in filter.students {
            if !students.contains_key(wanted) {
                let near = nearest_first(wanted, students.keys().map(String::as_str));
                bail!(
                    "there is no student {wanted:?} in {}; the nearest: {}",
                    root.display(),
                    near.iter().take(3).copied().collect::<Vec<_>>().join(", ")
                );
            }
        }
        students.retain(|name, _| filter.student(name));
        Ok(students)
    }

    fn collect(&mut self, student: &str, pile: Pile, known: &[&str], filter: &Filter<'_>) {
        let mut found: Vec<Candidate> = Vec::new();
        for (path, notebook) in pile.files {
            if filter.notebook(&notebook) {
                let submission = Submission {
                    student: student.to_owned(),
                    notebook,
                    submitted: written(&path),
                    path,
                };
                found.push((submission, Fit::Close));
            }
        }
        for path in pile.folders {
            self.notebooks(student, &path, known, filter, &mut found);
            for inner in entries(&path).unwrap_or_default() {
                let is_folder = fs::symlink_metadata(&inner).is_ok_and(|found| found.is_dir());
                let is_hidden = inner
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if is_folder && !is_hidden {
                    self.notebooks(student, &inner, known, filter, &mut found);
                }
            }
        }
        // Of several files for one notebook, one with its very name, and of those
        // the one that was handed in last.
        found.sort_by(|(a, a_fit), (b, b_fit)| {
            let newest_first = b.submitted.cmp(&a.submitted);
            let exact_first = a_fit.cmp(b_fit);
            a.notebook
                .cmp(&b.notebook)
                .then(exact_first)
                .then(newest_first)
        });
        found.dedup_by(|(later, later_fit), (first, first_fit)| {
            let same = later.notebook == first.notebook;
            if same {
                let why = match later_fit == first_fit {
                    true => "is newer",
                    false => "has the very name of the notebook",
                };
                self.strange.push(format!(
                    "{} is not graded, because {} {why}",
                    later.path.display(),
                    first.path.display()
                ));
            }
            same
        });
        let found = found.into_iter().map(|(submission, _)| submission);
        self.submissions.extend(found);
    }

    fn notebooks(
        &mut self,
        student: &str,
        folder: &Path,
        known: &[&str],
        filter: &Filter<'_>,
        found: &mut Vec<Candidate>,
    ) {
        for path in entries(folder).unwrap_or_default() {
            let Some(name) = stem(&path) else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            match names::notebook(&name, known) {
                None => self.strange.push(format!(
                    "{} is no notebook of the course ({})",
                    path.display(),
                    known.join(", ")
                )),
                Some((notebook, fit)) if filter.notebook(notebook) => {
                    let submission = Submission {
                        student: student.to_owned(),
                        notebook: notebook.to_owned(),
                        submitted: submitted(&path, &name),
                        path,
                    };
                    found.push((submission, fit));
                }
                Some(_) => {}
            }
        }
    }
}

/// What one of the things in the folder of submissions is.
fn lies(path: &Path, known: &[&str]) -> Lies {
    let Some(name) = path.file_name() else {
        return Lies::Hidden;
    };
    let Some(name) = name.to_str() else {
        return Lies::Strange(format!("{} is no name in UTF-8", path.display()));
    };
    if name.starts_with('.') {
        return Lies::Hidden;
    }
    let strange = |why: &str| Lies::Strange(format!("{} {why}", path.display()));
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) => return strange(&format!("cannot be looked at: {error}")),
    };
    if found.is_dir() {
        return Lies::Folder(Person::of_folder(name));
    }
    if found.is_symlink() {
        return strange("is a link, and links are not followed");
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    if PACKED.contains(&ending.to_lowercase().as_str()) {
        return strange("is a packed file: unpack it first");
    }
    let Some(stem) = stem(path) else {
        return strange("is not in the folder of a student");
    };
    match Person::of_file(&stem, known) {
        Some((person, notebook)) => Lies::File(person, notebook.to_owned()),
        None if names::notebook(&stem, known).is_some() => Lies::Notebook,
        None => strange("is not in the folder of a student, and its name does not say whose it is"),
    }
}

/// By the names that students get: those of the platform, with its numbers where
/// two have one name.
fn named(piles: BTreeMap<Person, Pile>) -> Vec<(String, Pile)> {
    let mut of_name: BTreeMap<&str, usize> = BTreeMap::new();
    for person in piles.keys() {
        *of_name.entry(&person.name).or_default() += 1;
    }
    let shared: BTreeSet<String> = of_name
        .into_iter()
        .filter(|(_, persons)| *persons > 1)
        .map(|(name, _)| name.to_owned())
        .collect();
    let piles = piles.into_iter().map(|(person, pile)| {
        let name = match person.number {
            Some(number) if shared.contains(&person.name) => format!("{}_{number}", person.name),
            _ => person.name,
        };
        (name, pile)
    });
    piles.collect()
}

/// The name of a notebook's file, without `.ipynb`; `None` for other files.
fn stem(path: &Path) -> Option<String> {
    let ending = path.extension()?;
    let is_notebook = ending.eq_ignore_ascii_case("ipynb");
    is_notebook.then(|| {
        let stem = path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    })
}

/// nbgrader's folder of submissions, if `root` is the course that it is in.
fn nbgraders(root: &Path) -> Option<PathBuf> {
    let inner = root.join("submitted");
    inner.is_dir().then_some(inner)
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who has handed in what by which file, and what was left out.
    fn read(files: &[&str], students: &[&str]) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        let root = tempfile::tempdir().unwrap();
        for (age, file) in files.iter().enumerate() {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = fs::File::create(path).unwrap();
            let age = std::time::Duration::from_secs(age as u64);
            file.set_modified(std::time::SystemTime::now() - age)
                .unwrap();
        }
        let students: Vec<String> = students.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter {
            students: &students,
            notebooks: &[],
        };
        let short = |text: String| text.replace(&format!("{}/", root.path().display()), "");
        let folder = Folder::read(root.path(), &["exam", "quiz"], &filter)?;
        let found = folder.submissions.into_iter().map(|one| {
            let path = short(one.path.display().to_string());
            format!("{}: {} {path}", one.student, one.notebook)
        });
        Ok((
            found.collect(),
            folder.strange.into_iter().map(short).collect(),
        ))
    }

    fn check(files: &[&str], expected: &[&str], left_out: &[&str]) {
        let (found, strange) = read(files, &[]).unwrap();
        assert_eq!((found, strange.len()), (own(expected), left_out.len()));
        for (strange, words) in strange.iter().zip(left_out) {
            assert!(strange.contains(words), "{strange}");
        }
    }

    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn names_of_browsers_are_taken_where_there_is_no_better() {
        // The first is the newest.
        check(
            &["ada/Exam (2).ipynb", "ada/exam (1).ipynb"],
            &["ada: exam ada/Exam (2).ipynb"],
            &["ada/exam (1).ipynb is not graded, because ada/Exam (2).ipynb is newer"],
        );
        check(
            &["ada/exam (1).ipynb", "ada/ps1/exam.ipynb", "ada/QUIZ.IPYNB"],
            &["ada: exam ada/ps1/exam.ipynb", "ada: quiz ada/QUIZ.IPYNB"],
            &["because ada/ps1/exam.ipynb has the very name of the notebook"],
        );
    }

    #[test]
    fn downloads_of_platforms_are_read() {
        check(
            &[
                "lovelaceada_101_5523_exam-1.ipynb",
                "lovelaceada_LATE_101_5520_quiz.ipynb",
                "lovelaceada_101_5519_notes.ipynb",
                "grades.csv",
                "rest.zip",
            ],
            &[
                "lovelaceada: exam lovelaceada_101_5523_exam-1.ipynb",
                "lovelaceada: quiz lovelaceada_LATE_101_5520_quiz.ipynb",
            ],
            &[
                "grades.csv is not in the folder",
                "does not say whose",
                "unpack it first",
            ],
        );
        check(
            &[
                "Ada Lovelace_11_assignsubmission_file/exam.ipynb",
                "Wei Lee_12_assignsubmission_file/exam.ipynb",
                "Wei Lee_13_assignsubmission_file/exam.ipynb",
                "wei_1_2_exam.ipynb",
                "wei_3_4_exam.ipynb",
            ],
            &[
                "Ada Lovelace: exam Ada Lovelace_11_assignsubmission_file/exam.ipynb",
                "Wei Lee_12: exam Wei Lee_12_assignsubmission_file/exam.ipynb",
                "Wei Lee_13: exam Wei Lee_13_assignsubmission_file/exam.ipynb",
                "wei_1: exam wei_1_2_exam.ipynb",
                "wei_3: exam wei_3_4_exam.ipynb",
            ],
            &[],
        );
    }

    #[test]
    fn a_wrong_folder_or_student_is_refused() {
        let check = |files: &[&str], students: &[&str], expected: &str| {
            let error = read(files, students).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(
            &["exam.ipynb", "backup/exam.ipynb"],
            &[],
            "exam.ipynb lies in",
        );
        check(
            &["ada/exam.ipynb", "ben/exam.ipynb"],
            &["ada", "bem"],
            "there is no student \"bem\" in",
        );
        check(&["ada/exam.ipynb", "ben/a"], &["bem"], "nearest: ben, ada");
    }
}

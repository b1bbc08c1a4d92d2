//! The folder of submissions: who has handed in what, and when.
//!
//! Two layouts are read, also mixed: `STUDENT/NOTEBOOK.ipynb`, and nbgrader's
//! `STUDENT/ASSIGNMENT/NOTEBOOK.ipynb`. Nothing here is believed: links are not
//! followed, and what cannot be graded is told and left alone.

mod found;

pub use found::{Submission, Unreadable, time};

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use found::submitted;

/// The longest name of a student.
const LONGEST_NAME: usize = 200;

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

impl Folder {
    /// Finds the submissions for the notebooks `known`, names without `.ipynb`.
    ///
    /// # Errors
    /// When the folder itself cannot be read, or holds no student at all.
    pub fn read(root: &Path, known: &[&str], filter: &Filter<'_>) -> anyhow::Result<Self> {
        let mut folder = Self::default();
        let students = entries(root)
            .with_context(|| format!("cannot read the submissions in {}", root.display()))?;
        if students.is_empty() {
            bail!(
                "{} is empty: it should hold a folder for each student, with notebooks in it",
                root.display()
            );
        }
        for path in students {
            let Some(name) = folder.student(&path) else {
                continue;
            };
            if filter.student(&name) {
                folder.collect(&name, &path, known, filter);
            }
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

    /// The name of a student's folder, if it is one.
    fn student(&mut self, path: &Path) -> Option<String> {
        let name = path.file_name()?;
        let Some(name) = name.to_str() else {
            self.strange
                .push(format!("{} is no name in UTF-8", path.display()));
            return None;
        };
        if name.starts_with('.') {
            return None;
        }
        let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        if !is_folder {
            self.strange.push(format!(
                "{} is no folder of a student (a link and a packed file are none)",
                path.display()
            ));
            return None;
        }
        if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            self.strange
                .push(format!("{:?} is no name of a student", path));
            return None;
        }
        Some(name.to_owned())
    }

    fn collect(&mut self, student: &str, path: &Path, known: &[&str], filter: &Filter<'_>) {
        let mut found: Vec<Submission> = Vec::new();
        self.notebooks(student, path, known, filter, &mut found);
        for inner in entries(path).unwrap_or_default() {
            let is_folder = fs::symlink_metadata(&inner).is_ok_and(|found| found.is_dir());
            let is_hidden = inner
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_folder && !is_hidden {
                self.notebooks(student, &inner, known, filter, &mut found);
            }
        }
        // Of two files for one notebook, the one that was handed in last.
        found.sort_by(|a, b| {
            let newest_first = b.submitted.cmp(&a.submitted);
            a.notebook.cmp(&b.notebook).then(newest_first)
        });
        found.dedup_by(|later, first| {
            let same = later.notebook == first.notebook;
            if same {
                self.strange.push(format!(
                    "{} is not graded, because {} is newer",
                    later.path.display(),
                    first.path.display()
                ));
            }
            same
        });
        self.submissions.extend(found);
    }

    fn notebooks(
        &mut self,
        student: &str,
        folder: &Path,
        known: &[&str],
        filter: &Filter<'_>,
        found: &mut Vec<Submission>,
    ) {
        for path in entries(folder).unwrap_or_default() {
            if path.extension().is_none_or(|ending| ending != "ipynb") {
                continue;
            }
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with('.') {
                continue;
            }
            if !known.contains(&name.as_str()) {
                self.strange.push(format!(
                    "{} is no notebook of the course ({})",
                    path.display(),
                    known.join(", ")
                ));
            } else if filter.notebook(&name) {
                found.push(Submission {
                    student: student.to_owned(),
                    submitted: submitted(&path, &name),
                    notebook: name,
                    path,
                });
            }
        }
    }
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

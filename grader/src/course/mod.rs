//! A folder of the instructor's notebooks, with the questions that lie beside
//! them; and folders that are made from it.
//!
//! Uses `notebook` and the question bank of the crate `twoaxes`. It reads and
//! writes files, and decides nothing about their cells.

mod made;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use twoaxes::quiz::Bank;

pub use made::{Difference, Made, differences, write};

use crate::notebook::{self, Notebook, Place};

/// The instructor's notebooks, by name, and every question that they may ask.
#[derive(Debug, Clone)]
pub struct Course {
    /// The folder.
    pub folder: PathBuf,
    /// Each notebook with the name of its file, ordered by name.
    pub notebooks: Vec<(PathBuf, Notebook)>,
    /// The questions of the crate and those of the files beside the notebooks.
    pub bank: Bank,
    /// Each question file beside the notebooks: its name and its text.
    pub question_files: Vec<(String, String)>,
}

impl Course {
    /// Reads the notebooks (`*.ipynb`) and question files (`*.toml`) of a
    /// folder; not those in folders below.
    ///
    /// # Errors
    /// When one of them cannot be read; the message names the file.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read the source folder {}", folder.display());
        let names = files_in(folder, "ipynb").with_context(cannot)?;
        if names.is_empty() {
            bail!("{} holds no notebook (*.ipynb)", folder.display());
        }
        let notebooks = names.into_iter().map(|name| {
            let path = folder.join(&name);
            let notebook = notebook::read(&path).with_context(|| path.display().to_string())?;
            Ok((name, notebook))
        });
        let notebooks = notebooks.collect::<anyhow::Result<_>>()?;
        let mut question_files = Vec::new();
        for name in files_in(folder, "toml").with_context(cannot)? {
            let path = folder.join(&name);
            let bytes =
                notebook::ordinary_file(&path).with_context(|| path.display().to_string())?;
            let content = String::from_utf8(bytes)
                .with_context(|| format!("{} is not text in UTF-8", path.display()))?;
            question_files.push((name.to_string_lossy().into_owned(), content));
        }
        let files: Vec<(&str, &str)> = question_files
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_str()))
            .collect();
        Ok(Self {
            folder: folder.to_owned(),
            notebooks,
            bank: Bank::with_built_in(&files)?,
            question_files,
        })
    }

    /// Makes something of every notebook. Nothing is written.
    ///
    /// # Errors
    /// What `make` says, with the file and the cell.
    pub fn make<E: std::error::Error>(
        &self,
        make: impl Fn(&Notebook) -> Result<Notebook, (Place, E)>,
    ) -> anyhow::Result<Vec<Made>> {
        let made = self.notebooks.iter().map(|(name, notebook)| {
            let path = || self.folder.join(name).display().to_string();
            let made = make(notebook)
                .map_err(|(place, error)| anyhow::anyhow!("{place}: {error}"))
                .with_context(path)?;
            let text = notebook::to_json(&made).with_context(path)?;
            Ok(Made {
                name: name.clone(),
                text,
            })
        });
        made.collect()
    }
}

/// The names of a folder's files that end in `.ending`, sorted; not those of
/// hidden files.
fn files_in(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        let hidden = name.to_string_lossy().starts_with('.');
        if !hidden && name.extension().is_some_and(|found| found == ending) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

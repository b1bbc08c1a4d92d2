//! A folder of source notebooks, and the folder that is made from it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::notebook;

/// A notebook made for students, not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The file's name, the same in both folders.
    pub name: PathBuf,
    /// The whole file.
    pub text: String,
}

/// A way in which a folder is not what would be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    Missing(PathBuf),
    Changed(PathBuf),
    Foreign(PathBuf),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Missing(path) => write!(f, "{} is missing", path.display()),
            Difference::Changed(path) => {
                write!(f, "{} differs from its source's release", path.display())
            }
            Difference::Foreign(path) => write!(f, "{} has no source", path.display()),
        }
    }
}

/// Makes the students' edition of every notebook in the folder `source`,
/// ordered by name. Nothing is written.
///
/// # Errors
/// When one of them cannot be released; the message names the file and the
/// cell.
pub fn folder(source: &Path) -> anyhow::Result<Vec<Released>> {
    let names = notebooks_in(source)
        .with_context(|| format!("cannot read the source folder {}", source.display()))?;
    if names.is_empty() {
        bail!("{} holds no notebook (*.ipynb)", source.display());
    }
    names
        .into_iter()
        .map(|name| {
            let text = file(&source.join(&name))?;
            Ok(Released { name, text })
        })
        .collect()
}

/// Writes what was made into the folder `out`, and says how many files were new
/// or changed. Files that are right already keep their time stamp.
///
/// # Errors
/// When `out` is the source folder, or cannot be written.
pub fn write(made: &[Released], source: &Path, out: &Path) -> anyhow::Result<usize> {
    let cannot = |path: &Path| format!("cannot write {}", path.display());
    fs::create_dir_all(out).with_context(|| cannot(out))?;
    if fs::canonicalize(source)? == fs::canonicalize(out)? {
        bail!(
            "{} is the source folder itself, and writing there would delete the solutions",
            out.display()
        );
    }
    let mut written = 0;
    for released in made {
        let path = out.join(&released.name);
        if fs::read(&path).is_ok_and(|bytes| bytes == released.text.as_bytes()) {
            continue;
        }
        replace(&path, &released.text).with_context(|| cannot(&path))?;
        written += 1;
    }
    Ok(written)
}

/// How the folder `out` differs from what was made.
///
/// # Errors
/// When `out` or a notebook in it cannot be read.
pub fn differences(made: &[Released], out: &Path) -> anyhow::Result<Vec<Difference>> {
    let mut found = Vec::new();
    for released in made {
        let path = out.join(&released.name);
        match fs::read(&path) {
            Ok(bytes) if bytes == released.text.as_bytes() => {}
            Ok(_) => found.push(Difference::Changed(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.push(Difference::Missing(path));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        }
    }
    let names = match notebooks_in(out) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", out.display()));
        }
    };
    let foreign = names
        .into_iter()
        .filter(|name| made.iter().all(|released| &released.name != name))
        .map(|name| Difference::Foreign(out.join(name)));
    found.extend(foreign);
    Ok(found)
}

/// The students' edition of the notebook at `path`, as the text of its file.
fn file(path: &Path) -> anyhow::Result<String> {
    let source = notebook::read(path).with_context(|| path.display().to_string())?;
    let made = super::notebook(&source)
        .map_err(|(place, error)| anyhow::anyhow!("{place}: {error}"))
        .with_context(|| path.display().to_string())?;
    notebook::to_json(&made).with_context(|| path.display().to_string())
}

/// The names of the notebooks in a folder, sorted; not those of hidden files,
/// and not those in folders below.
fn notebooks_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        let hidden = name.to_string_lossy().starts_with('.');
        if !hidden
            && name
                .extension()
                .is_some_and(|extension| extension == "ipynb")
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Writes a file so that a reader sees the old text or the new, never a part.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let half = path.with_extension("ipynb.part");
    fs::write(&half, text)?;
    fs::rename(&half, path)
}

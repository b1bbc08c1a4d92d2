//! Notebooks that were made, and the folder that receives them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::files_in;

/// A notebook that was made, not yet written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The file's name, with folders if it goes below the one that is written.
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
                write!(f, "{} differs from what would be made", path.display())
            }
            Difference::Foreign(path) => write!(f, "{} has no source", path.display()),
        }
    }
}

/// Writes what was made into the folder `out`, and says how many files were new
/// or changed. Files that are right already keep their time stamp.
///
/// # Errors
/// When something would go into the folder `not`, or through a link out of
/// `out`, or cannot be written. Nothing is written then.
pub fn write(made: &[Made], out: &Path, not: Option<&Path>) -> anyhow::Result<usize> {
    let cannot = |path: &Path| format!("cannot write {}", path.display());
    fs::create_dir_all(out).with_context(|| cannot(out))?;
    let source = not.map(fs::canonicalize).transpose()?;
    for folder in folders(made, out) {
        let is_link = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_symlink());
        if is_link && folder != out {
            bail!(
                "{} is a link to another folder; remove it, or give another folder",
                folder.display()
            );
        }
        if source.is_some() && fs::canonicalize(&folder).ok() == source {
            bail!(
                "{} is the source folder itself, and writing there would delete the solutions",
                folder.display()
            );
        }
    }
    let mut written = 0;
    for made in made {
        let path = out.join(&made.name);
        if fs::read(&path).is_ok_and(|bytes| bytes == made.text.as_bytes()) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| cannot(folder))?;
        }
        replace(&path, &made.text).with_context(|| cannot(&path))?;
        written += 1;
    }
    Ok(written)
}

/// How the folder `out` differs from what was made. Notebooks that nothing was
/// made for are looked for in each folder that something goes into.
///
/// # Errors
/// When `out` or a notebook in it cannot be read.
pub fn differences(made: &[Made], out: &Path) -> anyhow::Result<Vec<Difference>> {
    let mut found = Vec::new();
    for one in made {
        let path = out.join(&one.name);
        match fs::read(&path) {
            Ok(bytes) if bytes == one.text.as_bytes() => {}
            Ok(_) => found.push(Difference::Changed(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                found.push(Difference::Missing(path));
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        }
    }
    for folder in folders(made, out) {
        let names = match files_in(&folder, "ipynb") {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.display()));
            }
        };
        let paths = names.into_iter().map(|name| folder.join(name));
        let foreign = paths.filter(|path| made.iter().all(|one| out.join(&one.name) != *path));
        found.extend(foreign.map(Difference::Foreign));
    }
    Ok(found)
}

/// The folders that something goes into, `out` among them.
fn folders(made: &[Made], out: &Path) -> BTreeSet<PathBuf> {
    let parents = made
        .iter()
        .filter_map(|one| out.join(&one.name).parent().map(Path::to_owned));
    parents.chain([out.to_owned()]).collect()
}

/// Writes a file so that a reader sees the old text or the new, never a part.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let half = path.with_extension("ipynb.part");
    // What an interrupted writing left, or a link that leads elsewhere.
    match fs::remove_file(&half) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::File::create_new(&half)?.write_all(text.as_bytes())?;
    fs::rename(&half, path)
}

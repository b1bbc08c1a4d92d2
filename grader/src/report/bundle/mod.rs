//! The archive that Gradescope makes an autograder of: two scripts, the course,
//! and this project's own sources, from which the scripts build it there.
//!
//! Sources instead of binaries: a kernel needs the compiler that built it, and
//! Gradescope's machine is another one than ours.

mod project;

use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::gradescope::Results;
use crate::course::Course;

pub use project::project_of;

const SETUP: &str = include_str!("setup.sh");
const RUN_AUTOGRADER: &str = include_str!("run_autograder");

const PLAIN: u32 = 0o644;
const EXECUTABLE: u32 = 0o755;

/// Writes the archive, and says how many files are in it. `project` is the
/// checkout whose tracked files go in; with `notebook`, the autograder is about
/// that one alone.
///
/// # Errors
/// When the course has no such notebook, a file cannot be read, or the archive
/// not be written.
pub fn bundle(
    course: &Course,
    project: &Path,
    notebook: Option<&str>,
    out: impl Write + Seek,
) -> anyhow::Result<usize> {
    let names = notebooks(course, notebook)?;
    let mut archive = Archive::new(out);
    archive.add(Path::new("setup.sh"), EXECUTABLE, SETUP.as_bytes())?;
    archive.add(
        Path::new("run_autograder"),
        EXECUTABLE,
        RUN_AUTOGRADER.as_bytes(),
    )?;
    let chosen = notebook.map(|name| format!("{name}\n")).unwrap_or_default();
    archive.add(Path::new("notebook"), PLAIN, chosen.as_bytes())?;
    let ungraded = Results::problem(&ungraded(&names)).to_json()?;
    archive.add(Path::new("ungraded.json"), PLAIN, ungraded.as_bytes())?;
    let notebooks = course.notebooks.iter().map(|(name, _)| name.clone());
    let questions = course.question_files.iter().map(|(name, _)| name.into());
    for name in notebooks.chain(questions) {
        archive.copy(&course.folder, &name, &Path::new("course").join(&name))?;
    }
    for name in project::files(project)? {
        archive.copy(project, &name, &Path::new("project").join(&name))?;
    }
    archive.finish()
}

/// The names of the notebooks that the autograder takes.
fn notebooks(course: &Course, chosen: Option<&str>) -> anyhow::Result<Vec<String>> {
    let names = course.notebooks.iter();
    let names = names.map(|(path, _)| path.with_extension("").to_string_lossy().into_owned());
    let all: Vec<String> = names.collect();
    match chosen {
        None => Ok(all),
        Some(chosen) if all.iter().any(|name| name == chosen) => Ok(vec![chosen.to_owned()]),
        Some(chosen) => bail!(
            "{} has no notebook {chosen:?}; it has {}",
            course.folder.display(),
            all.join(", ")
        ),
    }
}

/// What a student reads where nothing could be graded.
fn ungraded(names: &[String]) -> String {
    let files: Vec<String> = names.iter().map(|name| format!("{name}.ipynb")).collect();
    let expected = match files.as_slice() {
        [one] => format!("the notebook {one}"),
        several => format!("one of the notebooks {}", several.join(", ")),
    };
    format!(
        "Nothing of this submission could be graded. Hand in {expected}, under this very name. If \
         you did, ask your instructor, who can read what went wrong."
    )
}

/// An archive under way.
struct Archive<W: Write + Seek> {
    zip: ZipWriter<W>,
    files: usize,
}

impl<W: Write + Seek> Archive<W> {
    fn new(out: W) -> Self {
        Self {
            zip: ZipWriter::new(out),
            files: 0,
        }
    }

    fn add(&mut self, name: &Path, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        // No times: the same sources give the same archive.
        let options = SimpleFileOptions::default().unix_permissions(mode);
        self.zip
            .start_file_from_path(name, options)
            .map_err(anyhow::Error::from)
            .and_then(|()| Ok(self.zip.write_all(content)?))
            .with_context(|| format!("cannot put {} into the archive", name.display()))?;
        self.files += 1;
        Ok(())
    }

    /// Copies the file `name` of `folder`, if it is an ordinary one.
    fn copy(&mut self, folder: &Path, name: &Path, to: &Path) -> anyhow::Result<()> {
        let path: PathBuf = folder.join(name);
        let cannot = || format!("cannot read {}", path.display());
        let found = fs::symlink_metadata(&path).with_context(cannot)?;
        if !found.is_file() {
            bail!("{} is no ordinary file", path.display());
        }
        let content = fs::read(&path).with_context(cannot)?;
        self.add(to, mode(&found), &content)
    }

    fn finish(self) -> anyhow::Result<usize> {
        let mut out = self.zip.finish().context("cannot write the archive")?;
        out.flush().context("cannot write the archive")?;
        Ok(self.files)
    }
}

fn mode(found: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    match found.permissions().mode() & 0o100 {
        0 => PLAIN,
        _ => EXECUTABLE,
    }
}

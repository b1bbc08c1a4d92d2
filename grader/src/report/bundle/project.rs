//! The checkout of this project that a bundle is built from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// What every checkout has.
const SIGNS: [&str; 4] = [
    "Cargo.toml",
    "Cargo.lock",
    "install.sh",
    "grader/Cargo.toml",
];

/// What is made in a checkout and is no source.
const MADE: [&str; 5] = [
    ".git",
    ".venv",
    "target",
    ".ipynb_checkpoints",
    "__pycache__",
];

/// The checkout that a course lies in, if it lies in one.
#[must_use]
pub fn project_of(source: &Path) -> Option<PathBuf> {
    let source = fs::canonicalize(source).ok()?;
    let mut folders = source.ancestors();
    folders
        .find(|folder| is_checkout(folder))
        .map(Path::to_owned)
}

fn is_checkout(folder: &Path) -> bool {
    SIGNS.iter().all(|sign| folder.join(sign).is_file())
}

/// The names of a checkout's sources, sorted: what Git tracks and is there, or
/// where Git has no part in it, what was not made there.
pub(super) fn files(project: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !is_checkout(project) {
        bail!(
            "{} is no checkout of twoaxes; it should hold {}",
            project.display(),
            SIGNS.join(", ")
        );
    }
    let mut files = match tracked(project) {
        Some(files) => files,
        None => walked(project)?,
    };
    // A link may lead anywhere; nothing of ours is one.
    files.retain(|name| fs::symlink_metadata(project.join(name)).is_ok_and(|file| file.is_file()));
    files.sort();
    Ok(files)
}

/// What Git tracks below the folder; `None` without Git or a repository.
fn tracked(project: &Path) -> Option<Vec<PathBuf>> {
    let listed = Command::new("git")
        .arg("-C")
        .arg(project)
        .args(["ls-files", "-z"])
        .output()
        .ok()?;
    let names = String::from_utf8(listed.stdout).ok()?;
    let names: Vec<PathBuf> = names.split_terminator('\0').map(PathBuf::from).collect();
    let has_all = SIGNS
        .iter()
        .all(|sign| names.iter().any(|name| name == Path::new(sign)));
    (listed.status.success() && has_all).then_some(names)
}

fn walked(project: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let path = project.join(&folder);
        let cannot = || format!("cannot read {}", path.display());
        for entry in fs::read_dir(&path).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let name = entry.file_name();
            if MADE.iter().any(|made| name == *made) {
                continue;
            }
            let name = folder.join(name);
            match entry.file_type().with_context(cannot)? {
                kind if kind.is_dir() => folders.push(name),
                _ => files.push(name),
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let made = ["target/x.rs", ".venv/bin/x", "notebooks/source/a.ipynb"];
        for name in SIGNS.into_iter().chain(made) {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        folder
    }

    #[test]
    fn a_course_knows_its_checkout() {
        let folder = checkout();
        let found = project_of(&folder.path().join("notebooks/source")).unwrap();
        assert_eq!(found, fs::canonicalize(folder.path()).unwrap());
        assert_eq!(project_of(&folder.path().join("nowhere")), None);
        fs::remove_file(folder.path().join("Cargo.lock")).unwrap();
        assert_eq!(project_of(folder.path()), None);
        let error = files(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no checkout of twoaxes"), "{error}");
    }

    #[test]
    fn what_was_made_stays_out() {
        let folder = checkout();
        let expected = [
            "Cargo.lock",
            "Cargo.toml",
            "grader/Cargo.toml",
            "install.sh",
        ];
        let with_notebook = [&expected[..], &["notebooks/source/a.ipynb"]].concat();
        let check = |expected: &[&str]| {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(files(folder.path()).unwrap(), expected);
        };
        check(&with_notebook);
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            let done = command
                .arg("-C")
                .arg(folder.path())
                .args(arguments)
                .output();
            assert!(done.unwrap().status.success(), "{arguments:?}");
        };
        git(&["init", "--quiet"]);
        check(&with_notebook);
        git(&[
            "add",
            "Cargo.lock",
            "Cargo.toml",
            "grader",
            "install.sh",
            "link",
        ]);
        check(&expected);
    }
}

//! The helper crate's sources as one number, to see whether a library is made
//! of them.
//!
//! Contents are read, not times: a checkout sets times anew and changes
//! nothing. It is a few hundred kilobytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The digest of what the helper crate of `workspace` is built from.
///
/// # Errors
/// When the workspace, or a file of it, cannot be read.
pub fn digest(workspace: &Path) -> io::Result<String> {
    let mut files = vec![workspace.join("Cargo.toml"), workspace.join("Cargo.lock")];
    list(&workspace.join("src"), &mut files)?;
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let content = fs::read(&file)?;
        let name = file.strip_prefix(workspace).unwrap_or(&file);
        // Lengths, so that no two lists of files read the same.
        for part in [name.as_os_str().as_encoded_bytes(), &content] {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part);
        }
    }
    Ok(hex::encode(hasher.finalize()))
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_a_source_is_seen_and_nothing_else() {
        let workspace = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = workspace.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            digest(workspace.path()).ok()
        };
        assert_eq!(write("Cargo.toml", "[package]"), None);
        assert_eq!(write("Cargo.lock", ""), None);
        let mut seen = vec![write("src/lib.rs", "mod a;").unwrap()];
        for (name, content) in [
            ("src/lib.rs", "mod a; "),
            ("src/a/mod.rs", ""),
            ("src/a/b.rs", ""),
            ("src/quiz.toml", "b = 1"),
            ("Cargo.lock", "# v2"),
            ("Cargo.toml", "[package] "),
        ] {
            let now = write(name, content).unwrap();
            assert!(!seen.contains(&now), "{name}");
            assert_eq!(write(name, content).unwrap(), now);
            assert_eq!(write("notes.txt", name).unwrap(), now);
            seen.push(now);
        }
    }
}

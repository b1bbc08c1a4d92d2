//! Manifests that stand for a cell's own, with other dependencies.

use std::fs;
use std::path::Path;

use anyhow::Context;
use toml::Table;

use super::library::BUILT_IN;

/// Writes `Cargo.toml` into `directory`: a cell's crate with `dependencies` and
/// the source `source`.
pub fn write(
    directory: &Path,
    dependencies: &Table,
    opt_level: &str,
    source: &Path,
) -> anyhow::Result<()> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let mut manifest: Table = toml::from_str(&format!(
        "[package]\nname = \"ctx\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\
         [workspace]\n\
         [profile.dev]\nopt-level = {opt_level}\ndebug = false\nstrip = \"debuginfo\"\n\
         incremental = false\n"
    ))?;
    if let Some(library) = manifest.get_mut("lib").and_then(toml::Value::as_table_mut) {
        let source = source.to_string_lossy().into_owned();
        library.insert("path".to_owned(), source.into());
    }
    manifest.insert("dependencies".to_owned(), dependencies.clone().into());
    let path = directory.join("Cargo.toml");
    let text = toml::to_string(&manifest)?;
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The dependencies that give a cell's crate what it has without a `:dep`. The
/// versions are those of the lock file beside the manifest; `features` are the
/// helper crate's.
pub fn built_in_dependencies(workspace: &Path, features: &[String]) -> Table {
    let mut dependencies = Table::new();
    let mut helper = Table::new();
    helper.insert(
        "path".to_owned(),
        workspace.to_string_lossy().into_owned().into(),
    );
    if !features.is_empty() {
        helper.insert("features".to_owned(), features.to_vec().into());
    }
    dependencies.insert(BUILT_IN[0].to_owned(), helper.into());
    for name in &BUILT_IN[1..] {
        let mut dependency = Table::new();
        dependency.insert("version".to_owned(), "*".into());
        dependency.insert("default-features".to_owned(), false.into());
        dependencies.insert((*name).to_owned(), dependency.into());
    }
    dependencies
}

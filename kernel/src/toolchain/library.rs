//! The helper library as it is installed: what cells link to.
//!
//! | file | what |
//! |---|---|
//! | `library.json` | the [`Manifest`] |
//! | `libtwoaxes.so` | the helper crate with rayon, tokio and plotters inside |
//! | `deps/` | the crates that rustc reads to link to it |
//! | `compiler.json` | what rust-analyzer asks the compiler, answered |
//! | `metadata.json` | what `cargo metadata` says of a cell, for rust-analyzer |
//! | `Cargo.lock` | the versions inside |
//! | `cells/` | compiled cells of the notebooks that come with it |
//! | `rust-src/` | what rust-analyzer needs of the standard library's source |
//! | `crates-src/` | and of the crates that cells can name |

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answers::Answers;
use super::{metadata, rust_src, shadow, source};

/// The crates that cells can name without a `:dep`. The helper crate first.
pub const BUILT_IN: [&str; 4] = ["twoaxes", "rayon", "tokio", "plotters"];

pub(super) const MANIFEST: &str = "library.json";
/// What a library's folder is called until it is complete.
pub(super) const UNFINISHED: &str = ".twoaxes-library";

const RUST_SRC: &str = "rust-src";
const CRATES_SRC: &str = "crates-src";
/// Compiled cells of the notebooks that are installed.
pub(super) const CELLS: &str = "cells";

/// Describes an installed library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the helper crate.
    pub version: String,
    /// What `rustc -vV` said when it was built; another compiler cannot use it.
    pub rustc: String,
    /// SHA-256 of the shared object of the helper crate.
    pub digest: String,
    /// The standard library that it is linked to.
    pub std_path: PathBuf,
    /// The workspace that it was built from.
    pub workspace: PathBuf,
    /// Crate name to file, relative to the library's directory.
    pub externs: BTreeMap<String, PathBuf>,
    /// What the helper crate was built from ([`super::source::digest`]).
    #[serde(default)]
    pub source: String,
    /// The files that rustc reads, with their lengths.
    #[serde(default)]
    pub files: BTreeMap<PathBuf, u64>,
    /// The directory that stands for a cell's crate in `metadata.json`.
    pub template: PathBuf,
    /// The features of the helper crate that are on: none, as a rule.
    #[serde(default)]
    pub features: Vec<String>,
}

impl Manifest {
    /// Reads the manifest of the library in `directory`.
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(MANIFEST);
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "there is no helper library at {} (run ./install.sh)",
                directory.display()
            )
        })?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged (run ./install.sh)", path.display()))
    }

    /// Refuses a library of which a file is missing or cut off.
    pub fn check_files(&self, directory: &Path) -> anyhow::Result<()> {
        for (file, length) in &self.files {
            let path = directory.join(file);
            let about =
                fs::metadata(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if about.len() != *length {
                bail!("{} has {} bytes, not {length}", path.display(), about.len());
            }
        }
        Ok(())
    }

    /// The version of the compiler, for example `1.95.0`.
    pub fn rust_version(&self) -> String {
        let release = |line: &str| line.strip_prefix("release: ").map(str::to_owned);
        self.rustc.lines().find_map(release).unwrap_or_default()
    }

    /// Where the shared object of the helper crate is.
    pub fn library_path(&self, directory: &Path) -> anyhow::Result<PathBuf> {
        let file = self.externs.get(BUILT_IN[0]).with_context(|| {
            format!(
                "{} names no helper library (run ./install.sh)",
                directory.join(MANIFEST).display()
            )
        })?;
        Ok(directory.join(file))
    }

    /// The arguments that let rustc link a cell to the library.
    pub fn rustc_arguments(&self, directory: &Path) -> Vec<String> {
        let mut arguments = vec![
            "-L".to_owned(),
            format!("dependency={}", directory.join("deps").display()),
        ];
        for (name, file) in &self.externs {
            arguments.push("--extern".to_owned());
            arguments.push(format!("{name}={}", directory.join(file).display()));
        }
        arguments
    }
}

/// The library that belongs to this kernel: `given`, or beside the executable.
pub fn locate(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(directory) = given {
        return fs::canonicalize(&directory)
            .with_context(|| format!("there is no helper library at {}", directory.display()));
    }
    let executable = std::env::current_exe().context("cannot find this executable")?;
    let prefix = executable.parent().and_then(Path::parent);
    let directory = prefix.map(|prefix| prefix.join("share/twoaxes"));
    match directory {
        Some(directory) if directory.join(MANIFEST).is_file() => Ok(directory),
        _ => bail!(
            "there is no helper library beside {} (run ./install.sh, or name one with --library)",
            executable.display()
        ),
    }
}

/// Builds the helper crate of `workspace` with `features` and installs it in
/// `out`. What was there is replaced only when the new library is complete.
pub fn build(workspace: &Path, features: &[String], out: &Path) -> anyhow::Result<()> {
    let workspace = fs::canonicalize(workspace)
        .with_context(|| format!("there is no workspace at {}", workspace.display()))?;
    // Before the build, so that a change during it is noticed later.
    let source = source::digest(&workspace)
        .with_context(|| format!("cannot read the helper crate of {}", workspace.display()))?;
    // What may be missing is looked for before minutes are spent.
    let std_source = rust_src::find(ask_rustc("sysroot")?.as_ref())?;
    let artifacts = compile(&workspace, features)?;
    let parent = out
        .parent()
        .context("the library needs a directory of its own")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let staging = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(parent)
        .with_context(|| format!("cannot write to {}", parent.display()))?;
    let new = staging.path().join("library");
    fs::create_dir_all(new.join("deps"))?;
    let externs = copy(&artifacts, &new)?;
    fs::copy(workspace.join("Cargo.lock"), new.join("Cargo.lock"))?;
    rust_src::copy(&std_source, &new.join(RUST_SRC))?;
    Answers::record(&host()?)?.write(&new)?;
    let installed = fs::canonicalize(parent)?.join(out.file_name().unwrap_or_default());
    let template = write_metadata(&workspace, features, &new, &installed)?;
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rustc: rustc_version("rustc".as_ref())?,
        digest: digest(&new, &externs)?,
        std_path: std_path()?,
        workspace,
        files: lengths(&new)?,
        source,
        externs,
        template,
        features: features.to_vec(),
    };
    let text = serde_json::to_string_pretty(&manifest)?;
    fs::write(new.join(MANIFEST), text + "\n")?;
    let old = staging.path().join("old");
    match fs::rename(out, &old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", out.display()));
        }
        _ => {}
    }
    keep_cells(&old, &new);
    fs::rename(&new, out).with_context(|| format!("cannot write {}", out.display()))
}

/// Cells that were compiled for the library before are good for one that has the
/// same contents. Without them, cells are compiled when they are run.
fn keep_cells(old: &Path, new: &Path) {
    let digest = |library| Manifest::read(library).map(|manifest| manifest.digest).ok();
    if digest(old).is_some() && digest(old) == digest(new) {
        // There may be none.
        let _ = fs::rename(old.join(CELLS), new.join(CELLS));
    }
}

/// The files for rustc in `directory`, with their lengths.
fn lengths(directory: &Path) -> anyhow::Result<BTreeMap<PathBuf, u64>> {
    let mut files = BTreeMap::new();
    for folder in ["", "deps"] {
        for entry in fs::read_dir(directory.join(folder))? {
            let entry = entry?;
            let about = entry.metadata()?;
            if about.is_file() {
                files.insert(Path::new(folder).join(entry.file_name()), about.len());
            }
        }
    }
    Ok(files)
}

/// Cells that were compiled for one library are of no use to another.
fn digest(new: &Path, externs: &BTreeMap<String, PathBuf>) -> anyhow::Result<String> {
    let library = externs
        .get(BUILT_IN[0])
        .context("cargo built no helper crate")?;
    let path = new.join(library);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex::encode(Sha256::digest(bytes)))
}

/// Where rust-analyzer reads the standard library of the library in `directory`.
pub fn rust_src(directory: &Path) -> PathBuf {
    directory.join(RUST_SRC)
}

fn ask_rustc(what: &str) -> anyhow::Result<String> {
    let output = Command::new("rustc")
        .args(["--print", what])
        .output()
        .context("cannot run rustc (is Rust installed?)")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// What `rustc -vV` says.
pub fn rustc_version(rustc: &Path) -> anyhow::Result<String> {
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .with_context(|| format!("cannot run {} (is Rust installed?)", rustc.display()))?;
    Ok(String::from_utf8(output.stdout)?)
}

/// Crate name and the files that cargo made for it.
struct Artifact {
    name: String,
    files: Vec<PathBuf>,
}

fn compile(workspace: &Path, features: &[String]) -> anyhow::Result<Vec<Artifact>> {
    let output = Command::new("cargo")
        .current_dir(workspace)
        .args(["rustc", "--release", "--locked", "--package", "twoaxes"])
        .args(["--lib", "--crate-type", "dylib"])
        .args(features.iter().flat_map(|name| ["--features", name]))
        .arg("--message-format=json-render-diagnostics")
        // One copy of the standard library for the helper and all cells.
        .args(["--", "-C", "prefer-dynamic"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo (is Rust installed?)")?;
    if !output.status.success() {
        bail!(
            "cargo could not build the helper crate of {}",
            workspace.display()
        );
    }
    Ok(output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(artifact)
        .collect())
}

fn artifact(line: &[u8]) -> Option<Artifact> {
    let message: Value = serde_json::from_slice(line).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let files = message["filenames"].as_array()?;
    Some(Artifact {
        name: message["target"]["name"].as_str()?.to_owned(),
        files: files
            .iter()
            .filter_map(|file| file.as_str().map(PathBuf::from))
            .collect(),
    })
}

/// Copies what rustc reads into `new`, and returns the crates cells can name.
fn copy(artifacts: &[Artifact], new: &Path) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let mut externs = BTreeMap::new();
    for artifact in artifacts {
        for file in &artifact.files {
            let wanted = file
                .extension()
                .is_some_and(|extension| extension == "rlib" || extension == "so");
            let Some(name) = file.file_name().filter(|_| wanted) else {
                continue;
            };
            let place = if artifact.name == BUILT_IN[0] {
                PathBuf::from(name)
            } else {
                Path::new("deps").join(name)
            };
            fs::copy(file, new.join(&place))
                .with_context(|| format!("cannot copy {}", file.display()))?;
            if BUILT_IN.contains(&artifact.name.as_str()) {
                externs.insert(artifact.name.clone(), place);
            }
        }
    }
    match BUILT_IN.iter().find(|name| !externs.contains_key(**name)) {
        Some(missing) => bail!("cargo built no `{missing}`, which cells need"),
        None => Ok(externs),
    }
}

/// Asks cargo about a crate that depends on what cells can name, and keeps the
/// answer; returns the directory that stands for the cell's crate in it.
fn write_metadata(
    workspace: &Path,
    features: &[String],
    new: &Path,
    installed: &Path,
) -> anyhow::Result<PathBuf> {
    let template = fs::canonicalize(new)?.join("template");
    let dependencies = shadow::built_in_dependencies(workspace, features);
    shadow::write(&template, &dependencies, "2", Path::new("src/lib.rs"))?;
    fs::create_dir_all(template.join("src"))?;
    fs::write(template.join("src/lib.rs"), "")?;
    fs::copy(workspace.join("Cargo.lock"), template.join("Cargo.lock"))?;
    let output = Command::new("cargo")
        .current_dir(&template)
        .args(["metadata", "--format-version=1", "--offline"])
        .args(["--filter-platform", &host()?])
        .output()
        .context("cannot run cargo (is Rust installed?)")?;
    if !output.status.success() {
        bail!(
            "cargo could not describe the helper crate:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut pruned = metadata::prune(&output.stdout)?;
    rust_src::copy_crates(
        &mut pruned,
        &new.join(CRATES_SRC),
        &installed.join(CRATES_SRC),
    )?;
    fs::write(new.join("metadata.json"), pruned.to_string())?;
    fs::remove_dir_all(&template)?;
    Ok(template)
}

fn host() -> anyhow::Result<String> {
    let version = rustc_version("rustc".as_ref())?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not say which host it is for")
}

fn std_path() -> anyhow::Result<PathBuf> {
    let directory = PathBuf::from(ask_rustc("target-libdir")?);
    let entries =
        fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".so")
        })
        .with_context(|| {
            format!(
                "there is no shared standard library in {}",
                directory.display()
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_that_names_no_library_is_an_error() {
        let manifest = Manifest {
            version: String::new(),
            rustc: String::new(),
            digest: String::new(),
            std_path: PathBuf::new(),
            workspace: PathBuf::new(),
            source: String::new(),
            files: BTreeMap::new(),
            externs: BTreeMap::new(),
            template: PathBuf::new(),
            features: Vec::new(),
        };
        let error = manifest.library_path(Path::new("here")).unwrap_err();
        assert!(error.to_string().contains("install.sh"), "{error}");
    }
}

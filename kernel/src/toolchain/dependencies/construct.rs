//! cargo's output made into a set.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;
use toml::Table;

use super::record::{self, Record};
use super::watch::{self, Note, Watched};
use super::{Progress, Request, Set, cargo, describe, store, words};
use crate::toolchain::toolbox;

/// Crates are compiled as a release has them, whatever `:opt` says of cells:
/// they are compiled once and used many times, their own users measure them so,
/// and one set serves every level.
const MANIFEST: &str = "[package]
name = \"ctx\"
version = \"1.0.0\"
edition = \"2024\"
[lib]
path = \"lib.rs\"
[workspace]
[profile.dev]
opt-level = 3
debug = false
debug-assertions = false
overflow-checks = false
incremental = false
codegen-units = 16
";

/// Asks cargo whether the crates can be had, and leaves nothing behind.
pub fn try_fetch(request: &Request<'_>, progress: Progress<'_>) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("validate-")
        .tempdir_in(request.directory)
        .context("cannot make a temporary directory (is the disk full?)")?;
    fetch_into(folder.path(), request, progress).map(drop)
}

/// Fetches the crates; returns cargo's description of them.
pub fn fetch(request: &Request<'_>, progress: Progress<'_>) -> anyhow::Result<Value> {
    let workshop = request.workshop();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&workshop)
        .with_context(|| format!("cannot make {}", workshop.display()))?;
    fetch_into(&workshop, request, progress)
}

fn fetch_into(
    folder: &Path,
    request: &Request<'_>,
    progress: Progress<'_>,
) -> anyhow::Result<Value> {
    let mut manifest: Table = toml::from_str(MANIFEST)?;
    manifest.insert(
        "dependencies".to_owned(),
        request.wanted.table().clone().into(),
    );
    write(&folder.join("Cargo.toml"), &toml::to_string(&manifest)?)?;
    write(&folder.join("lib.rs"), "")?;
    let arguments = [
        "metadata",
        "--format-version=1",
        "--filter-platform",
        host(request)?,
    ];
    let said = cargo::call(request, folder, &arguments, 0, progress)?;
    if let Some(error) = words::without_library(&said.stderr) {
        return Err(error);
    }
    serde_json::from_slice(&said.stdout).context("cargo's description cannot be read")
}

/// Fetches and compiles the crates and keeps the set. The lock must be held.
pub fn build(request: &Request<'_>, progress: Progress<'_>) -> anyhow::Result<Set> {
    let mut description = fetch(request, progress)?;
    let workshop = request.workshop();
    // Before they are compiled: a change while that goes on makes another set.
    let mut watched = Watched::folders(&description, &workshop);
    let folders = watched.state_of_folders();
    let _target = request.store.lock_target(progress)?;
    let said = messages(&compile(request, &description, progress)?);
    let key = if request.wanted.has_paths() {
        watched.add_noted(&notes(&said), &fixed_folders(&description, request))?;
        watched.write(&workshop)?;
        watch::key_in(request.key(), &folders, &watched.state_of_files())
    } else {
        request.key().to_owned()
    };
    let new = workshop.join("new");
    let place = request.store.place(&key);
    let set = assemble(request, &mut description, &said, &new, &place)
        .and_then(|()| request.store.keep(&key, &new, request.directory));
    if set.is_err() || !request.wanted.has_paths() {
        // What is left has no use, and may be what fills the disk.
        let _ = fs::remove_dir_all(&workshop);
    }
    set
}

fn compile(
    request: &Request<'_>,
    description: &Value,
    progress: Progress<'_>,
) -> anyhow::Result<Vec<u8>> {
    let crates = description["resolve"]["nodes"].as_array();
    let total = crates.map_or(0, Vec::len).saturating_sub(1);
    let arguments = [
        "build",
        "--locked",
        "--target",
        host(request)?,
        "--message-format=json-render-diagnostics",
    ];
    let workshop = request.workshop();
    Ok(cargo::call(request, &workshop, &arguments, total, progress)?.stdout)
}

/// Makes the set that will be at `place` in the folder `new`.
fn assemble(
    request: &Request<'_>,
    description: &mut Value,
    messages: &[Value],
    new: &Path,
    place: &Path,
) -> anyhow::Result<()> {
    if new.exists() {
        fs::remove_dir_all(new).with_context(|| format!("cannot remove {}", new.display()))?;
    }
    let deps = new.join(record::DEPS);
    for folder in [new, &deps] {
        DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let workshop = request.workshop();
    let target = request.store.target();
    let for_cells = target.join(host(request)?);
    let mut shared = false;
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    let artifacts = messages
        .iter()
        .filter(|message| message["package_id"] != description["resolve"]["root"])
        .filter_map(|message| Artifact::of(message, &for_cells));
    for artifact in artifacts {
        let name = artifact.file.file_name().unwrap_or_default();
        copy(&artifact.file, &deps.join(name))?;
        shared |= artifact.shared;
        files.insert(artifact.package, Path::new(record::DEPS).join(name));
    }
    let mut record = Record {
        wanted: request.wanted.canonical(),
        externs: externs(description, &files)?,
        native: native(messages, &target, new, place)?,
        shared,
        files: BTreeMap::new(),
        bytes: 0,
    };
    let sources = record::SOURCES;
    describe::take_sources(description, &new.join(sources), &place.join(sources))?;
    let described = describe::describe(&request.tools.library, description)?;
    write(&new.join(record::METADATA), &described.to_string())?;
    copy(
        &workshop.join(record::LOCK_FILE),
        &new.join(record::LOCK_FILE),
    )?;
    record.seal(new)?;
    record.bytes = store::folder_size(new);
    record.write(new)
}

/// A compiled crate that rustc needs to see.
struct Artifact {
    package: String,
    file: PathBuf,
    /// A shared object that is loaded with the cell.
    shared: bool,
}

impl Artifact {
    /// `for_cells` is where cargo puts what runs in a cell; the rest is for
    /// build scripts and procedural macros, of which only the latter matter.
    fn of(message: &Value, for_cells: &Path) -> Option<Self> {
        if message["reason"] != "compiler-artifact" {
            return None;
        }
        let is_macro = message["target"]["kind"][0] == "proc-macro";
        let files: Vec<&Path> = message["filenames"]
            .as_array()?
            .iter()
            .filter_map(|file| file.as_str().map(Path::new))
            .filter(|file| is_macro || file.starts_with(for_cells))
            .collect();
        let with = |wanted: &str| {
            let is_wanted = |file: &&&Path| file.extension().is_some_and(|found| found == wanted);
            files.iter().find(is_wanted)
        };
        let kinds = message["target"]["crate_types"].as_array()?;
        let is_dylib = kinds.iter().any(|kind| kind == "dylib");
        let shared = with("so").filter(|_| is_macro || is_dylib);
        let file = with("rlib").or(shared)?;
        Some(Self {
            package: message["package_id"].as_str()?.to_owned(),
            file: file.to_path_buf(),
            shared: with("rlib").is_none() && !is_macro,
        })
    }
}

fn messages(stdout: &[u8]) -> Vec<Value> {
    stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// What a cell calls the crates that were asked for, and their files.
fn externs(
    description: &Value,
    files: &BTreeMap<String, PathBuf>,
) -> anyhow::Result<BTreeMap<String, PathBuf>> {
    let root = describe::node(description, &description["resolve"]["root"]);
    let mut externs = BTreeMap::new();
    for dependency in root["deps"].as_array().into_iter().flatten() {
        let name = dependency["name"].as_str().unwrap_or_default();
        let package = dependency["pkg"].as_str().unwrap_or_default();
        let Some(file) = files.get(package) else {
            bail!("`{name}` has no library that a cell could be linked to");
        };
        externs.insert(name.to_owned(), file.clone());
    }
    Ok(externs)
}

/// Where build scripts say that native libraries are. Those that they made
/// themselves are copied, the rest is the system's.
fn native(
    messages: &[Value],
    target: &Path,
    new: &Path,
    place: &Path,
) -> anyhow::Result<Vec<String>> {
    let paths: BTreeSet<&str> = messages
        .iter()
        .filter(|message| message["reason"] == "build-script-executed")
        .filter_map(|message| message["linked_paths"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut native = Vec::new();
    for (number, path) in paths.into_iter().enumerate() {
        let (kind, folder) = path.split_once('=').unwrap_or(("all", path));
        if !Path::new(folder).starts_with(target) {
            native.push(path.to_owned());
            continue;
        }
        let inside = Path::new(record::NATIVE).join(number.to_string());
        let to = new.join(&inside);
        fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read {folder}"))?;
        for entry in entries {
            let entry = entry?;
            let is_library = entry.file_name().to_string_lossy().starts_with("lib");
            if is_library && entry.path().is_file() {
                copy(&entry.path(), &to.join(entry.file_name()))?;
            }
        }
        native.push(format!("{kind}={}", toolbox::text(&place.join(inside))));
    }
    Ok(native)
}

/// What the student does not edit.
fn fixed_folders(description: &Value, request: &Request<'_>) -> Vec<PathBuf> {
    let packages = description["packages"].as_array();
    let fetched = packages
        .into_iter()
        .flatten()
        .filter(|package| !package["source"].is_null())
        .filter_map(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .map(Path::to_owned);
    fetched
        .chain([request.workshop(), request.store.target()])
        .collect()
}

/// The `.d` files, one for each crate.
fn notes(messages: &[Value]) -> Vec<Note> {
    let note = |message: &Value| {
        let file = Path::new(message["filenames"][0].as_str()?);
        let name = file.file_stem()?.to_str()?;
        let name = name.strip_prefix("lib").unwrap_or(name);
        let manifest = Path::new(message["manifest_path"].as_str()?);
        Some(Note {
            file: file.with_file_name(format!("{name}.d")),
            from: manifest.parent()?.to_owned(),
        })
    };
    messages.iter().filter_map(note).collect()
}

/// The platform that cells are compiled for.
fn host<'a>(request: &'a Request<'_>) -> anyhow::Result<&'a str> {
    let lines = request.library.rustc.lines();
    lines
        .filter_map(|line| line.strip_prefix("host: "))
        .next()
        .context("the helper library does not say which host it is for (run ./install.sh)")
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    // cargo goes by the time of change.
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

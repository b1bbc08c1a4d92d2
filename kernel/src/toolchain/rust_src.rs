//! The standard library's source as rust-analyzer reads it, and that of the
//! crates that cells can name.
//!
//! A session's first variable waits for rust-analyzer to read all of it, and it
//! is most of the memory that a kernel holds. So this is a copy of its own, made
//! once, of the parts whose types a variable can have.
//!
//! May use `slim` and `toolbox`. It must never write to the compiler's own files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{slim, toolbox};

/// The crates that a cell can name. Without the workspace's manifest around
/// them, rust-analyzer looks for just these by name, and asks no cargo.
const CRATES: [&str; 3] = ["core", "alloc", "std"];

/// Directories and files of a crate that no variable has to do with: tests,
/// processor intrinsics and other systems than those that the kernel runs on.
const LEFT_OUT: [&str; 26] = [
    "arm_shim.rs",
    "benches",
    "cygwin",
    "fortanix_sgx",
    "fuchsia",
    "hermit",
    "horizon",
    "itron",
    "motor",
    "nto",
    "sgx",
    "solid",
    "solid_asp3",
    "stdarch",
    "teeos",
    "tests",
    "tests.rs",
    "trusty",
    "uefi",
    "vxworks",
    "wasi",
    "wasip1",
    "wasm",
    "windows",
    "xous",
    "zkvm",
];

/// Copies what rust-analyzer needs from the compiler's directory `sysroot`.
pub(super) fn copy(source: &Path, to: &Path) -> anyhow::Result<()> {
    for name in CRATES {
        copy_sources(&source.join(name).join("src"), &to.join(name).join("src"))?;
    }
    Ok(())
}

/// Where the standard library's source is in `sysroot`.
pub(super) fn find(sysroot: &Path) -> anyhow::Result<PathBuf> {
    let source = sysroot.join("lib/rustlib/src/rust/library");
    if !source.join("core").is_dir() {
        bail!(
            "the standard library's source is not at {} (run: rustup component add rust-src)",
            source.display()
        );
    }
    Ok(source)
}

/// Copies the library crates that `metadata` describes to `staging`, and lets it
/// point to where they will be, below `installed`. The cell's own stays.
pub(super) fn copy_crates(
    metadata: &mut Value,
    staging: &Path,
    installed: &Path,
) -> anyhow::Result<()> {
    let members = metadata["workspace_members"].clone();
    for package in metadata["packages"].as_array_mut().into_iter().flatten() {
        let is_member = members
            .as_array()
            .is_some_and(|members| members.contains(&package["id"]));
        if is_member {
            continue;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let name = format!("{}-{}", text(&package["name"]), text(&package["version"]));
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let root = manifest
            .parent()
            .with_context(|| format!("cargo says of {name} no place"))?;
        let Some(targets) = package["targets"].as_array_mut() else {
            continue;
        };
        targets.retain(|target| target["kind"] == json!(["lib"]));
        for target in targets {
            let source = PathBuf::from(text(&target["src_path"]));
            let directory = source.parent().unwrap_or(root);
            let below = directory.strip_prefix(root).with_context(|| {
                format!("{name} has its source elsewhere: {}", source.display())
            })?;
            copy_sources(directory, &staging.join(&name).join(below))?;
            let file = source.file_name().unwrap_or_default();
            let place = installed.join(&name).join(below).join(file);
            target["src_path"] = toolbox::text(&place).into();
        }
        let place = installed.join(&name).join("Cargo.toml");
        package["manifest_path"] = toolbox::text(&place).into();
    }
    Ok(())
}

/// Copies the Rust files below `from`, each made slim.
fn copy_sources(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let (path, place) = (entry.path(), to.join(&name));
        if entry.file_type()?.is_dir() {
            copy_sources(&path, &place)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            fs::write(&place, slim::slim(&text))
                .with_context(|| format!("cannot write {}", place.display()))?;
        }
    }
    Ok(())
}

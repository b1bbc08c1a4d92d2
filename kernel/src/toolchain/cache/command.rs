//! `twoaxes-kernel cache`: what is there, and clearing it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::folder::{Folder, Owners, Refusal};
use super::{Location, space};
use crate::toolchain::library;

/// Tells people about the cache, or with `clear` empties their own folder.
pub fn run(library: Option<PathBuf>, clear: bool) -> anyhow::Result<ExitCode> {
    // Without an installed library there may still be entries of our own.
    let library = library::locate(library).unwrap_or_default();
    let location = Location::standard(&library);
    let text = if clear {
        cleared(&location)
    } else {
        described(&location)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn described(location: &Location) -> String {
    let mut text = match &location.own {
        None => "Compiled cells are not cached.\n".to_owned(),
        Some(own) => format!(
            "Compiled cells: {}\n  {}; at most {}\n",
            own.display(),
            holding(own, Owners::ours()),
            mebibytes(location.limit_bytes)
        ),
    };
    if let Some(installed) = &location.installed {
        text += &format!(
            "Installed: {}\n  {}\n",
            installed.display(),
            holding(installed, Owners::installed())
        );
    }
    text
}

pub(super) fn cleared(location: &Location) -> String {
    let Some(own) = &location.own else {
        return "Compiled cells are not cached; nothing removed.\n".to_owned();
    };
    // Whoever can write to it: what is removed from it is never used.
    let Ok(root) = Folder::open_any(own) else {
        return format!("There is nothing at {}; nothing removed.\n", own.display());
    };
    let (entries, bytes) = space::clear(&root);
    format!(
        "Removed {} ({}) from {}\n",
        counted(entries),
        mebibytes(bytes),
        own.display()
    )
}

fn holding(path: &Path, owners: Owners) -> String {
    match Folder::open(path, owners) {
        Ok(root) => {
            let usage = space::Usage::of(&root);
            format!(
                "{}, {}",
                counted(usage.entries.len()),
                mebibytes(usage.bytes)
            )
        }
        Err(Refusal::Absent) => counted(0),
        Err(refusal) => format!("not used: {refusal}"),
    }
}

fn counted(entries: usize) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        _ => format!("{entries} entries"),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

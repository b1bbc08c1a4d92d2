//! Where the cache is and how large it may grow, from the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folder::{Folder, Owners, Refusal};
use crate::toolchain::library;
use crate::toolchain::user_cache::{self, FOLDER};

/// The limit in MiB.
const LIMIT: &str = "TWOAXES_CACHE_MB";

const DEFAULT_LIMIT: u64 = 512 << 20;

/// Where entries are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Where entries are read and stored; nothing is stored without it.
    pub own: Option<PathBuf>,
    /// Entries that came with the helper library; they are only read.
    pub installed: Option<PathBuf>,
    /// What the entries in `own` may take on the disk.
    pub limit_bytes: u64,
}

impl Location {
    /// Where this user's environment puts it, with what was installed in
    /// the library's directory. Warns of settings that mean nothing and of a folder that is
    /// not trusted.
    pub fn standard(directory: &Path) -> Self {
        let location = Self::from_variables(|name| std::env::var_os(name), directory);
        if let Some(own) = &location.own
            && let Err(refusal @ Refusal::Untrusted(_)) = Folder::open(own, Owners::ours())
        {
            tracing::warn!(
                "compiled cells are not cached: {}: {refusal}; hint: name a folder in {FOLDER} that only you can write to, \
                 or empty this one with `twoaxes-kernel cache --clear` and take the permission away with `chmod go-w`",
                own.display()
            );
        }
        location
    }

    pub(super) fn from_variables(
        variable: impl Fn(&str) -> Option<OsString>,
        directory: &Path,
    ) -> Self {
        let installed = directory.join(library::CELLS);
        Self {
            own: user_cache::folder(&variable, "cells"),
            installed: installed.is_dir().then_some(installed),
            limit_bytes: variable(LIMIT).map_or(DEFAULT_LIMIT, limit),
        }
    }
}

fn limit(set: OsString) -> u64 {
    let mebibytes = set
        .to_str()
        .and_then(|text| text.trim().parse::<u64>().ok());
    let bytes = mebibytes.and_then(|number| number.checked_mul(1 << 20));
    bytes.unwrap_or_else(|| {
        tracing::warn!(
            "{LIMIT} is {set:?}, which is no number of MiB; the limit of the cache is {} MiB",
            DEFAULT_LIMIT >> 20
        );
        DEFAULT_LIMIT
    })
}

//! Landlock, where namespaces are not to be had: which files a thread, and what
//! it starts, may open. The filter of system calls does the rest.

use std::path::{Path, PathBuf};

use anyhow::Context;
use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr,
};

use super::{CompilerPlaces, sysroot};

/// The first version that lets rustc move a file from one folder to another; later
/// ones add what the filter of system calls forbids.
const VERSION: ABI = ABI::V2;

/// Where the loader looks for shared libraries.
const SYSTEM: [&str; 9] = [
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib32",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
];

/// Whether the kernel has Landlock.
pub(super) fn probe() -> anyhow::Result<()> {
    ruleset().map(drop)
}

/// From now on this thread, and what it starts, opens nothing but `seen`, for
/// reading.
pub(super) fn restrict(seen: &[&Path]) -> anyhow::Result<()> {
    restrict_to(seen, &[])
}

/// Restricts this process to what rustc needs.
pub(super) fn compiler(places: &CompilerPlaces<'_>) -> anyhow::Result<()> {
    let source = places.directory.join(places.source);
    let mut seen = vec![
        sysroot(places.rustc),
        places.library,
        Path::new("/usr"),
        &source,
    ];
    seen.extend(places.crates.iter().map(PathBuf::as_path));
    restrict_to(&seen, &[places.out, Path::new("/dev/null")])
}

fn restrict_to(seen: &[&Path], written: &[&Path]) -> anyhow::Result<()> {
    let mut ruleset = ruleset()?;
    let read = AccessFs::from_read(VERSION);
    let allowed = SYSTEM
        .iter()
        .map(|path| (Path::new(path), read))
        .chain(seen.iter().map(|path| (*path, read)))
        .chain(
            written
                .iter()
                .map(|path| (*path, AccessFs::from_all(VERSION))),
        );
    for (path, access) in allowed {
        // What is not there cannot be read either.
        let Ok(file) = PathFd::new(path) else {
            continue;
        };
        let access = match path.is_dir() {
            true => access,
            false => access & AccessFs::from_file(VERSION),
        };
        ruleset = ruleset
            .add_rule(PathBeneath::new(file, access))
            .with_context(|| format!("cannot allow {}", path.display()))?;
    }
    ruleset
        .restrict_self()
        .context("cannot restrict files by Landlock")?;
    Ok(())
}

fn ruleset() -> anyhow::Result<landlock::RulesetCreated> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(VERSION))
        .and_then(Ruleset::create)
        .context("Landlock is not to be had: the system's kernel is too old, or forbids it")
}

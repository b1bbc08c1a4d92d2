//! bubblewrap: namespaces of its own for every confined process.
//!
//! A process sees the files that it needs, read-only, an empty `/tmp` of bounded
//! size, no `/proc` (which would lead to its own memory and descriptors), no
//! network, and no process but its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::{CompilerPlaces, RuntimePlaces, sysroot};

/// The size of `/tmp`, in bytes.
const TMP: &str = "16777216";

/// What every confined process gets. The order matters: later mounts lie on top.
const ALWAYS: [&str; 18] = [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--hostname",
    "grading",
    "--clearenv",
    "--dev",
    "/dev",
    "--remount-ro",
    "/dev",
    "--size",
];

/// Finds bubblewrap and sees that it works here: containers and some systems
/// forbid new namespaces.
pub(super) fn find() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::env::split_paths(&path)
        .map(|folder| folder.join("bwrap"))
        .find(|file| file.is_file())
        .context("bubblewrap is not installed (Debian's package `bubblewrap`)")?;
    let mut probe = Command::new(&program);
    always(&mut probe);
    system(&mut probe);
    let program_inside = ["/usr/bin/true", "/bin/true"]
        .into_iter()
        .find(|file| Path::new(file).is_file())
        .unwrap_or("/bin/true");
    let probe = probe
        .args(["--ro-bind", program_inside, program_inside])
        .args(["--remount-ro", "/", program_inside])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !probe.status.success() {
        let words = String::from_utf8_lossy(&probe.stderr);
        let words = words.lines().next().unwrap_or("it says nothing");
        bail!("bubblewrap does not work here ({words}): are user namespaces forbidden?");
    }
    Ok(program)
}

pub(super) fn runtime(
    program: &Path,
    places: &RuntimePlaces<'_>,
    variables: &[(&str, &Path)],
) -> Command {
    let mut command = Command::new(program);
    always(&mut command);
    system(&mut command);
    for file in [places.executable, places.library, places.std, places.bridge] {
        see(&mut command, file);
    }
    for (name, value) in variables {
        command.args(["--setenv", name]).arg(value);
    }
    command
        .args(["--setenv", "HOME", "/tmp"])
        .args(["--setenv", "EVCXR_IS_RUNTIME", "1"])
        .args(["--remount-ro", "/", "--chdir", "/tmp"])
        .arg(places.executable);
    command
}

pub(super) fn compiler(program: &Path, places: &CompilerPlaces<'_>) -> Command {
    let mut command = Command::new(program);
    always(&mut command);
    system(&mut command);
    // For the rare cell that rustc has to link by itself.
    command.args(["--ro-bind-try", "/usr", "/usr"]);
    let source = places.directory.join(places.source);
    for file in [sysroot(places.rustc), places.library, &source] {
        see(&mut command, file);
    }
    for file in places.crates {
        see(&mut command, file);
    }
    command
        .arg("--bind")
        .args([places.out, places.out])
        .args(["--setenv", "PATH", "/usr/bin:/bin"])
        .args(["--setenv", "TMPDIR", "/tmp"])
        // Without /proc it does not know where it is.
        .args(["--setenv", "LD_LIBRARY_PATH"])
        .arg(sysroot(places.rustc).join("lib"))
        .args(["--remount-ro", "/", "--chdir"])
        .arg(places.directory)
        .arg(places.rustc);
    command
}

fn always(command: &mut Command) {
    command.args(ALWAYS).args([TMP, "--tmpfs", "/tmp"]);
}

/// The system's shared libraries, where the loader looks for them.
fn system(command: &mut Command) {
    for folder in ["/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib"] {
        command.args(["--ro-bind-try", folder, folder]);
    }
    for folder in ["/lib", "/lib64", "/lib32", "/bin"] {
        match std::fs::read_link(folder) {
            Ok(target) => {
                command.arg("--symlink").arg(target).arg(folder);
            }
            Err(_) if folder != "/bin" => {
                command.args(["--ro-bind-try", folder, folder]);
            }
            Err(_) => {}
        }
    }
    for file in ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"] {
        command.args(["--ro-bind-try", file, file]);
    }
}

fn see(command: &mut Command, file: &Path) {
    command.arg("--ro-bind").args([file, file]);
}

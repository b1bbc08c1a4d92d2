//! The helper library that fits, when compiler or sources have changed.
//!
//! Compiler and cargo are scripts here: what is tested is when a library is
//! built, by whom, where, and what is said when it cannot be.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use twoaxes_kernel::toolchain::cache::Location;
use twoaxes_kernel::toolchain::libraries::Libraries;
use twoaxes_kernel::toolchain::library::Manifest;
use twoaxes_kernel::toolchain::rebuild::{Search, Watch};
use twoaxes_kernel::toolchain::toolbox::Toolbox;

const KERNEL: &str = env!("CARGO_BIN_EXE_twoaxes-kernel");

const RUSTC: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$*" in
-vV) cat "$here/version" ;;
"--print sysroot") echo "$here/sysroot" ;;
"--print target-libdir") echo "$here/sysroot" ;;
esac
"#;

/// Does what the file `mode` beside it says, and counts the builds.
const CARGO: &str = r#"#!/bin/sh
here=$(dirname "$0")
if [ "$1" = metadata ]; then
    echo '{"packages": [], "resolve": {"nodes": []}}'
    exit
fi
[ "$1" != --version ] || exit 0
echo "$RUSTC $PWD" >>"$here/builds"
case $(cat "$here/mode") in
fail)
    echo 'error: failed to download `rayon v1.12.0`' >&2
    exit 101
    ;;
hang) exec sleep 1000 ;;
esac
mkdir -p "$CARGO_TARGET_DIR"
echo '   Compiling rayon v1.12.0' >&2
for name in twoaxes rayon tokio plotters; do
    file=$CARGO_TARGET_DIR/lib$name.so
    cat "$here/version" >"$file"
    echo "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"$name\"},\"filenames\":[\"$file\"]}"
done
"#;

/// A machine: a compiler, a workspace, an installed library and a cache.
struct Machine {
    folder: tempfile::TempDir,
    toolbox: PathBuf,
    tools: Toolbox,
}

/// What happens between two sessions.
type Change<'a> = &'a dyn Fn(&Machine);

#[derive(Default)]
struct Witness {
    texts: Mutex<Vec<Option<String>>>,
    group: Mutex<Option<u32>>,
    refuse: bool,
    interrupt: bool,
}

impl Watch for Witness {
    fn progress(&self, text: Option<String>) {
        self.texts.lock().unwrap().push(text);
    }

    fn begin(&self, pid: u32) -> Result<(), String> {
        *self.group.lock().unwrap() = Some(pid);
        if self.interrupt {
            kill(pid, rustix::process::Signal::KILL);
        }
        if self.refuse {
            return Err("the kernel is shutting down".to_owned());
        }
        Ok(())
    }

    fn end(&self) {}
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for directory in [
            "bin/sysroot/lib/rustlib/src/rust/library/core/src",
            "bin/sysroot/lib/rustlib/src/rust/library/alloc/src",
            "bin/sysroot/lib/rustlib/src/rust/library/std/src",
            "work/src",
            "toolbox",
        ] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        for (name, script) in [("rustc", RUSTC), ("cargo", CARGO)] {
            let path = at("bin").join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (name, text) in [
            ("bin/sysroot/libstd-1.so", ""),
            ("bin/mode", "build"),
            ("bin/builds", ""),
            ("work/Cargo.toml", ""),
            ("work/Cargo.lock", ""),
            ("work/src/lib.rs", ""),
        ] {
            fs::write(at(name), text).unwrap();
        }
        let environment = json!([["PATH", std::env::var("PATH").unwrap().as_bytes()]]);
        fs::write(at("toolbox/environment.json"), environment.to_string()).unwrap();
        let tools = Toolbox {
            cargo: at("bin/cargo"),
            rustc: at("bin/rustc"),
            library: at("installed"),
            bridge: at("bridge"),
            cache: Location::standard(&at("installed")),
            sandbox: None,
        };
        let toolbox = at("toolbox");
        let machine = Machine {
            folder,
            toolbox,
            tools,
        };
        machine.upgrade("1.0.0");
        machine.install();
        machine
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).unwrap();
    }

    /// Another compiler is there from now on.
    fn upgrade(&self, version: &str) {
        let text = format!("rustc {version} (abc 2026-01-01)\nhost: x\nrelease: {version}\n");
        self.write("bin/version", &text);
    }

    fn install(&self) {
        let built = std::process::Command::new(KERNEL)
            .args(["build-library", "--workspace"])
            .arg(self.at("work"))
            .arg("--out")
            .arg(self.at("installed"))
            .env(
                "PATH",
                format!(
                    "{}:{}",
                    self.at("bin").display(),
                    std::env::var("PATH").unwrap()
                ),
            )
            .env("CARGO_TARGET_DIR", self.at("target"))
            .status()
            .unwrap();
        assert!(built.success());
        self.write("bin/builds", "");
    }

    fn search(&self) -> Search<'_> {
        Search {
            tools: &self.tools,
            directory: &self.toolbox,
            executable: Path::new(KERNEL),
            libraries: Ok(Libraries::at(self.at("cache/libraries"))),
            limit: Duration::from_secs(60),
        }
    }

    /// Where the library is that fits now: `installed`, or in the cache; or why
    /// there is none.
    fn find(&self) -> Result<String, String> {
        let found = self.search().run(&Witness::default());
        let found = found.map_err(|error| format!("{error:#}"))?;
        let manifest = Manifest::read(&found).unwrap();
        manifest.check_files(&found).unwrap();
        let place = found
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let place = if found == self.at("installed") {
            "installed"
        } else {
            place
        };
        Ok(format!("{place} {}", manifest.rust_version()))
    }

    /// How often cargo was called since the last question.
    fn builds(&self) -> usize {
        let builds = fs::read_to_string(self.at("bin/builds"))
            .unwrap()
            .lines()
            .count();
        self.write("bin/builds", "");
        builds
    }

    fn manifest(&self) -> Value {
        serde_json::from_slice(&fs::read(self.at("installed/library.json")).unwrap()).unwrap()
    }
}

#[test]
fn a_library_is_built_when_compiler_or_sources_change_and_never_else() {
    let machine = Machine::new();
    let nothing = |_: &Machine| {};
    let steps: &[(&str, Change, &str, usize)] = &[
        ("as installed", &nothing, "installed 1.0.0", 0),
        (
            "a new compiler",
            &|m| m.upgrade("1.1.0"),
            "libraries 1.1.0",
            1,
        ),
        ("the next session", &nothing, "libraries 1.1.0", 0),
        (
            "back to the old compiler",
            &|m| m.upgrade("1.0.0"),
            "installed 1.0.0",
            0,
        ),
        ("forth again", &|m| m.upgrade("1.1.0"), "libraries 1.1.0", 0),
        (
            "a changed source",
            &|m| m.write("work/src/lib.rs", "// x"),
            "libraries 1.1.0",
            1,
        ),
        (
            "a new file",
            &|m| m.write("work/src/new.rs", ""),
            "libraries 1.1.0",
            1,
        ),
        (
            "a file that is no source",
            &|m| m.write("work/README.md", ""),
            "libraries 1.1.0",
            0,
        ),
        (
            "both old again",
            &|m| {
                m.upgrade("1.0.0");
                m.write("work/src/lib.rs", "");
                fs::remove_file(m.at("work/src/new.rs")).unwrap();
            },
            "installed 1.0.0",
            0,
        ),
        // Without the workspace the compiler alone counts.
        (
            "no workspace",
            &|m| fs::rename(m.at("work"), m.at("gone")).unwrap(),
            "installed 1.0.0",
            0,
        ),
        (
            "but a library in the cache",
            &|m| m.upgrade("1.1.0"),
            "libraries 1.1.0",
            0,
        ),
    ];
    for (step, change, expected, builds) in steps {
        change(&machine);
        assert_eq!(machine.find().as_deref(), Ok(*expected), "{step}");
        assert_eq!(machine.builds(), *builds, "{step}");
    }
}

#[test]
fn what_cannot_be_built_is_said() {
    let steps: &[(&str, Change, &[&str])] = &[
        (
            "cargo fails",
            &|m| m.write("bin/mode", "fail"),
            &[
                "for rustc 1.0.0",
                "for rustc 1.1.0",
                "install.sh",
                "failed to download `rayon",
            ],
        ),
        (
            "no workspace",
            &|m| fs::remove_dir_all(m.at("work")).unwrap(),
            &["its sources at", "work cannot be read"],
        ),
        (
            "a workspace that everybody may write to",
            &|m| fs::set_permissions(m.at("work"), fs::Permissions::from_mode(0o777)).unwrap(),
            &["everybody may write to"],
        ),
        (
            "no room in the cache",
            &|m| m.write("cache", ""),
            &["cannot make", "cache/libraries"],
        ),
        (
            "a cache that others may write to",
            &|m| {
                fs::create_dir_all(m.at("cache/libraries")).unwrap();
                fs::set_permissions(m.at("cache/libraries"), fs::Permissions::from_mode(0o777))
                    .unwrap();
            },
            &["others may write to", "remove it"],
        ),
        (
            "no source of the standard library",
            &|m| fs::remove_dir_all(m.at("bin/sysroot/lib")).unwrap(),
            &["rustup component add rust-src"],
        ),
        (
            "no cargo",
            &|m| fs::remove_file(m.at("bin/cargo")).unwrap(),
            &["error:"],
        ),
    ];
    for (step, change, expected) in steps {
        let machine = Machine::new();
        machine.upgrade("1.1.0");
        change(&machine);
        let error = machine.find().expect_err(step);
        for words in *expected {
            assert!(error.contains(words), "{step}: no `{words}` in {error}");
        }
        assert!(!error.contains('\n'), "{step}: {error}");
    }
}

#[test]
fn changed_sources_that_do_not_build_leave_the_library_as_it_was() {
    let machine = Machine::new();
    machine.write("work/src/lib.rs", "fn half(");
    machine.write("bin/mode", "fail");
    assert_eq!(machine.find().as_deref(), Ok("installed 1.0.0"));
}

#[test]
fn a_library_that_is_damaged_is_built_anew() {
    let machine = Machine::new();
    machine.upgrade("1.1.0");
    let cached = machine.search().run(&Witness::default()).unwrap();
    assert_eq!(machine.builds(), 1);
    for (damage, change) in [
        (
            "truncated",
            &(|| fs::write(cached.join("libtwoaxes.so"), "").unwrap()) as &dyn Fn(),
        ),
        ("forged", &|| {
            fs::write(cached.join("library.json"), "{}").unwrap()
        }),
        ("lost", &|| {
            fs::remove_file(cached.join("deps/librayon.so")).unwrap()
        }),
        ("open to all", &|| {
            fs::set_permissions(&cached, fs::Permissions::from_mode(0o777)).unwrap();
        }),
    ] {
        change();
        assert_eq!(machine.find().as_deref(), Ok("libraries 1.1.0"), "{damage}");
        assert_eq!(machine.builds(), 1, "{damage}");
    }
}

#[test]
fn two_kernels_build_one_library() {
    let machine = Machine::new();
    machine.upgrade("1.1.0");
    let start = Barrier::new(3);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                start.wait();
                assert_eq!(machine.find().as_deref(), Ok("libraries 1.1.0"));
            });
        }
    });
    assert_eq!(machine.builds(), 1);
}

#[test]
fn a_build_is_told_of_and_ends_with_its_kernel() {
    let machine = Machine::new();
    machine.upgrade("1.1.0");
    let witness = Witness::default();
    machine.search().run(&witness).unwrap();
    let texts = witness.texts.into_inner().unwrap();
    let expected = "building the helper library for rustc 1.1.0, once";
    assert_eq!(texts[0].as_deref(), Some(expected));
    let rayon = format!("{expected}: rayon v1.12.0, crate 1");
    assert!(texts.contains(&Some(rayon)), "{texts:?}");
    assert_eq!(texts.last(), Some(&None));

    machine.upgrade("1.2.0");
    machine.write("bin/mode", "hang");
    for (witness, words) in [
        (Witness::default(), "took longer than 1s"),
        (
            Witness {
                interrupt: true,
                ..Witness::default()
            },
            "interrupted",
        ),
        (
            Witness {
                refuse: true,
                ..Witness::default()
            },
            "shutting down",
        ),
    ] {
        let begin = Instant::now();
        let mut search = machine.search();
        search.limit = Duration::from_secs(1);
        let error = format!("{:#}", search.run(&witness).unwrap_err());
        assert!(error.contains(words), "no `{words}` in {error}");
        assert!(begin.elapsed() < Duration::from_secs(30));
        let group = witness.group.into_inner().unwrap().unwrap();
        // Killed is not yet gone.
        let deadline = Instant::now() + Duration::from_secs(10);
        while lives(group) {
            assert!(Instant::now() < deadline, "{words}: the build goes on");
            std::thread::yield_now();
        }
    }
    // What it left half done hinders nobody.
    machine.write("bin/mode", "build");
    assert_eq!(machine.find().as_deref(), Ok("libraries 1.2.0"));
}

#[test]
fn libraries_that_nobody_used_for_long_are_removed() {
    let machine = Machine::new();
    // This test's process uses the first, and so keeps it.
    for minor in 1..=7 {
        machine.upgrade(&format!("1.{minor}.0"));
        machine.find().unwrap();
    }
    assert_eq!(machine.builds(), 7);
    let names = fs::read_dir(machine.at("cache/libraries")).unwrap();
    let names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let libraries = names.iter().filter(|name| name.len() == 32).count();
    assert!((4..=5).contains(&libraries), "{names:?}");
    assert_eq!(
        names
            .iter()
            .filter(|name| name.starts_with("target-"))
            .count(),
        1,
        "{names:?}"
    );
    assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?}");
}

#[test]
fn a_library_says_what_it_is_made_of() {
    let manifest = Machine::new().manifest();
    assert_eq!(manifest["source"].as_str().unwrap().len(), 64);
    assert!(manifest["files"]["libtwoaxes.so"].as_u64().unwrap() > 0);
}

fn group(pid: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap()
}

fn kill(pid: u32, signal: rustix::process::Signal) {
    rustix::process::kill_process_group(group(pid), signal).unwrap();
}

/// Whether a process of the group is more than a zombie of another parent.
fn lives(pid: u32) -> bool {
    fs::read_dir("/proc").unwrap().any(|entry| {
        let stat = fs::read_to_string(entry.unwrap().path().join("stat")).unwrap_or_default();
        let fields: Vec<&str> = stat
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        fields.get(2) == Some(&pid.to_string().as_str()) && fields.first() != Some(&"Z")
    })
}

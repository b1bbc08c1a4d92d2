//! `:dep` crates with the real evcxr, cargo and rustc. The crates are paths, so
//! that no network is needed.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use twoaxes_kernel::engine::{
    Engine, Evaluator, Execution, Failure, Job, Notice, Outcome, Output, Settings,
};
use twoaxes_kernel::toolchain::{self, toolbox};

const KERNEL: &str = env!("CARGO_BIN_EXE_twoaxes-kernel");
const LIMIT: Duration = Duration::from_secs(120);

/// What a cell must lead to.
enum Expected {
    Value(&'static str),
    Nothing,
    /// Words that the report must have.
    Error(&'static [&'static str]),
    /// It is interrupted when it compiles, and fails.
    Interrupted,
}

use Expected::{Error, Interrupted, Nothing, Value};

/// What happens in the folder of the crates before a cell; what the cell says,
/// with `@` for that folder; what is to come of it; whether the student is told
/// that something is compiled.
type Step = (fn(&Path), &'static str, Expected, bool);

fn nothing(_: &Path) {}

const STEPS: &[Step] = &[
    // A crate is compiled once, and its types are inferred.
    (
        |at| {
            write_crate(
                at,
                "one",
                "1.0.0",
                "pub struct One(pub i32); pub fn f() -> i32 { 1 }",
            )
        },
        ":dep one = { path = \"@/one\" }\none::f()",
        Value("1"),
        true,
    ),
    (
        nothing,
        "let kept = one::One(7); one::f() + 1",
        Value("2"),
        false,
    ),
    // A change of its source counts at once, and a return to the old one.
    (
        |at| {
            write_crate(
                at,
                "one",
                "1.0.0",
                "pub struct One(pub i32); pub fn f() -> i32 { 10 }",
            )
        },
        "one::f()",
        Value("10"),
        true,
    ),
    (nothing, "one::f()", Value("10"), false),
    // So does that of a file elsewhere.
    (
        |at| {
            fs::write(at.join("text"), "a").unwrap();
            let source = "pub const TEXT: &str = include_str!(\"../../text\");";
            write_crate(at, "including", "1.0.0", source);
        },
        ":dep including = { path = \"@/including\" }\nincluding::TEXT.len()",
        Value("1"),
        true,
    ),
    (
        |at| fs::write(at.join("text"), "a longer one").unwrap(),
        "including::TEXT.len()",
        Value("12"),
        true,
    ),
    // Errors are about the `:dep`, and it is forgotten.
    (
        |at| write_crate(at, "bad", "1.0.0", "pub fn f() -> i32 { missing }"),
        ":dep bad = { path = \"@/bad\" }\nbad::f()",
        Error(&["`bad` does not compile", "cannot find value `missing`"]),
        true,
    ),
    (nothing, "one::f()", Value("10"), false),
    (nothing, "bad::f()", Error(&["E0433", "bad"]), false),
    (
        nothing,
        ":dep bad = { path",
        Error(&["`:dep` is not valid TOML"]),
        false,
    ),
    (
        nothing,
        ":dep gone = { path = \"/no/such\" }",
        Error(&["`gone`", "/no/such"]),
        false,
    ),
    (
        nothing,
        ":dep one = { path = \"@/one\", features = [\"no\"] }",
        Error(&["`one` has no feature `no`"]),
        false,
    ),
    (
        |at| {
            write_crate(at, "program", "1.0.0", "");
            fs::rename(
                at.join("program/src/lib.rs"),
                at.join("program/src/main.rs"),
            )
            .unwrap();
        },
        ":dep program = { path = \"@/program\" }",
        Error(&["`program` is a program without a library"]),
        false,
    ),
    // What is built in is what is asked for, or it is said.
    (nothing, ":dep rayon = \"1\"", Nothing, false),
    (
        nothing,
        ":dep rayon = \"0.9\"",
        Error(&["`rayon` is built in as 1."]),
        false,
    ),
    // Two versions of one crate, beside and after each other.
    (
        |at| {
            fs::create_dir(at.join("new")).unwrap();
            write_crate(at, "same", "1.0.0", "pub fn v() -> u8 { 1 }");
            write_crate(&at.join("new"), "same", "2.0.0", "pub fn v() -> u8 { 2 }");
        },
        ":dep a = { package = \"same\", path = \"@/same\" }\n\
         :dep b = { package = \"same\", path = \"@/new/same\" }\n(a::v(), b::v())",
        Value("(1, 2)"),
        true,
    ),
    (
        |at| {
            write_crate(at, "later", "1.0.0", "pub fn v() -> u8 { 1 }");
            write_crate(&at.join("new"), "later", "2.0.0", "pub fn v() -> u8 { 2 }");
        },
        ":dep later = { path = \"@/later\" }\nlater::v()",
        Value("1"),
        true,
    ),
    (
        nothing,
        ":dep later = { path = \"@/new/later\" }\nlater::v()",
        Value("2"),
        true,
    ),
    (
        nothing,
        ":dep c = { package = \"same\", path = \"@/same\" }",
        Error(&["this notebook depends on crate `same", "multiple times"]),
        false,
    ),
    (nothing, "kept.0", Value("7"), false),
    // A set that was damaged is built again.
    (
        |at| {
            for set in fs::read_dir(at.join("cache/crates")).unwrap() {
                let deps = set.unwrap().path().join("deps");
                for file in fs::read_dir(deps).into_iter().flatten() {
                    fs::write(file.unwrap().path(), "").unwrap();
                }
            }
        },
        "(a::v(), one::f())",
        Value("(1, 10)"),
        false,
    ),
    // An interrupt ends cargo, and leaves nothing in the way.
    (
        |at| {
            write_crate(at, "slow", "1.0.0", "pub fn f() -> i32 { 5 }");
            fs::write(
                at.join("slow/build.rs"),
                "fn main() { loop { std::thread::park() } }",
            )
            .unwrap();
        },
        ":dep slow = { path = \"@/slow\" }\nslow::f()",
        Interrupted,
        true,
    ),
    (
        |at| fs::write(at.join("slow/build.rs"), "fn main() {}").unwrap(),
        ":dep slow = { path = \"@/slow\" }\nslow::f() + one::f()",
        Value("15"),
        true,
    ),
];

#[test]
fn cells_with_crates_lead_to_what_the_table_says() {
    let directory = tempfile::tempdir().unwrap();
    let crates = fs::canonicalize(directory.path()).unwrap().join("crates");
    fs::create_dir(&crates).unwrap();
    let library = library();
    // SAFETY: the only test in this program, and it has started no thread.
    unsafe {
        std::env::set_var("TWOAXES_CACHE", crates.join("cache"));
        std::env::set_var("CARGO_NET_OFFLINE", "true");
        // The stand-in for cargo is the kernel's executable, not this test's.
        toolbox::enter(Path::new(KERNEL), &directory.path().join("toolbox")).unwrap();
    };
    let (notices, heard) = mpsc::channel();
    let settings = Settings {
        executable: PathBuf::from(KERNEL),
        directory: directory.path().to_owned(),
        library,
        sandbox: None,
        prepares: true,
        warns: true,
    };
    let notify = move |notice| notices.send(notice).unwrap_or_default();
    let mut engine = Engine::start(settings, Arc::new(notify));
    for (number, (prepare, code, expected, compiles)) in (1..).zip(STEPS) {
        prepare(&crates);
        engine.submit(Job::Execute(Execution {
            request: None,
            secret: None,
            ticket: u64::from(number),
            code: code.replace('@', crates.to_str().unwrap()),
            execution_count: number,
            cell: None,
            allow_stdin: false,
            expressions: Vec::new(),
        }));
        let ran = run(&mut engine, &heard, matches!(expected, Interrupted));
        let report = ran.report();
        match expected {
            Value(value) => assert_eq!(ran.value.as_deref(), Some(*value), "{code}\n{report}"),
            Nothing => assert!(
                ran.failure.is_none() && ran.value.is_none(),
                "{code}\n{report}"
            ),
            Interrupted => assert_eq!(
                ran.failure.as_ref().unwrap().name,
                "Interrupted",
                "{report}"
            ),
            Error(words) => {
                for word in *words {
                    assert!(report.contains(word), "{code}: no `{word}` in\n{report}");
                }
                assert!(!report.contains("evcxr"), "{code}\n{report}");
            }
        }
        let compiled = ran
            .progress
            .iter()
            .any(|text| text.starts_with("compiling "));
        assert_eq!(compiled, *compiles, "{code}: {:?}", ran.progress);
    }
    engine.shutdown();
}

/// What a cell showed, and how it ended.
#[derive(Default)]
struct Ran {
    value: Option<String>,
    failure: Option<Failure>,
    progress: Vec<String>,
}

impl Ran {
    /// The error as somebody reads it: without colours.
    fn report(&self) -> String {
        let coloured = self
            .failure
            .as_ref()
            .map(|failure| failure.traceback.join("\n"));
        let coloured = coloured.unwrap_or_default();
        let mut parts = coloured.split('\x1b');
        let first = parts.next().unwrap_or_default().to_owned();
        let plain = |part: &str| part.split_once('m').map(|(_, text)| text.to_owned());
        std::iter::once(first)
            .chain(parts.filter_map(plain))
            .collect()
    }
}

fn run(engine: &mut Engine, heard: &mpsc::Receiver<Notice>, interrupt: bool) -> Ran {
    let mut ran = Ran::default();
    loop {
        match heard.recv_timeout(LIMIT).unwrap() {
            Notice::Output(Output::Result { data, .. }) => {
                ran.value = data["text/plain"].as_str().map(str::to_owned);
            }
            Notice::Progress(Some(text)) => {
                if interrupt && text.starts_with("compiling ") {
                    engine.interrupt();
                }
                ran.progress.push(text);
            }
            Notice::Executed { outcome, .. } => {
                if let Outcome::Failed(failure) = outcome {
                    ran.failure = Some(failure);
                }
                return ran;
            }
            Notice::Broken(reason) => panic!("the engine is broken: {reason}"),
            _ => {}
        }
    }
}

fn write_crate(at: &Path, name: &str, version: &str, source: &str) {
    let folder = at.join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), source).unwrap();
}

/// Builds the helper library as the set-up does.
fn library() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library-for-crates");
    let mut build = Command::new(KERNEL);
    build.arg("build-library").arg("--workspace").arg(workspace);
    assert!(build.arg("--out").arg(&out).status().unwrap().success());
    toolchain::library::locate(Some(out)).unwrap()
}

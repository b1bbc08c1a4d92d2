//! The engine with the real evcxr, rustc and helper library.
//!
//! The kernel relies on names that are private to evcxr: the lines between it
//! and the process that runs cells, and the source that it generates. When one
//! of them changes, a row of this table fails.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use twoaxes_kernel::engine::{
    Engine, Evaluator, Execution, Failure, Job, Notice, Outcome, Output, Settings, StreamName,
};
use twoaxes_kernel::toolchain::{self, toolbox};

const LIMIT: Duration = Duration::from_secs(120);

/// One cell and what it must lead to.
enum Expected {
    Value(&'static str),
    Nothing,
    Printed(&'static str),
    /// The error's name, and words that its report must have.
    Error(&'static str, &'static [&'static str]),
}

use Expected::{Error, Nothing, Printed, Value};

const CELLS: &[(&str, Expected)] = &[
    ("1 + 1", Value("2")),
    ("println!(\"a\");", Printed("a\n")),
    ("print!(\"no line end\");", Printed("no line end")),
    ("()", Nothing),
    // The variable store, which the rewriting moves into the library.
    ("let mut v = vec![1, 2];", Nothing),
    ("v.push(3);", Nothing),
    ("v", Value("[1, 2, 3]")),
    // A panic: evcxr's marker, the hook, the line; variables are kept.
    (
        "let w = 7;\n\nv[9]",
        Error("Panic", &["line 3", "v[9]", "index is 9"]),
    ),
    ("v.len()", Value("3")),
    // `?`: evcxr's other marker.
    (
        "\"x\".parse::<i32>()?;",
        Error("ParseIntError", &["invalid digit"]),
    ),
    ("v.len()", Value("3")),
    // A variable whose type was defined anew: the third marker.
    ("#[derive(Debug)] struct S(u8); let s = S(1);", Nothing),
    ("#[derive(Debug)] struct S(u16);", Nothing),
    // ... also one of the same size, seen through another type; a new derive is no new type.
    (
        "struct Inner(u64); struct Outer(Inner); let outer = Outer(Inner(7)); let kept = Inner(8);",
        Nothing,
    ),
    ("#[derive(Clone)] struct Inner(u64);", Nothing),
    ("kept.clone().0 + (outer.0).0", Value("15")),
    ("struct Inner(f64);", Nothing),
    ("(outer.0).0", Error("CompileError", &["E0425"])),
    (
        "fn std() {}\nstruct Guard;\nimpl ::std::ops::Drop for Guard { fn drop(&mut self) { println!(\"bye\"); } }",
        Nothing,
    ),
    ("{ let _guard = Guard; }", Printed("bye\n")),
    ("let r#type = 5;", Nothing),
    ("r#type + 1", Value("6")),
    // The compiler's words about the student's own line.
    (
        "let a = 1;\nlet b: u8 = \"é\";",
        Error(
            "CompileError",
            &[
                "E0308",
                "let b: u8 =",
                "expected `u8`, found `&str`",
                ":2:13",
            ],
        ),
    ),
    (
        "use std::collections::HashMapp;",
        Error(
            "CompileError",
            &["E0432", "use std::collections::HashMapp;"],
        ),
    ),
    ("1 / 0", Error("CompileError", &["1 / 0", "divide"])),
    ("|x: i32| x", Error("CompileError", &["E0277", "{closure}"])),
    (
        "println!(\"{} {}\", 1);",
        Error("CompileError", &["2 positional arguments", "println!"]),
    ),
    (
        "let r = &v;",
        Error("VariableError", &["`r` borrows", "let r = &v;"]),
    ),
    (
        "let add = |x: i32| x + 1;",
        Error("VariableError", &["`add` is a closure"]),
    ),
    ("let = 3;", Error("CompileError", &["pattern", "let = 3;"])),
    ("!echo a; echo b", Printed("a\nb\n")),
    ("!exit 3", Error("CommandFailed", &["exit code 3"])),
    ("std::panic::set_hook(Box::new(|_| {}));", Nothing),
    (
        "panic!(\"after a hook\")",
        Error("Panic", &["after a hook", "line 1"]),
    ),
    // A panic is shown where the function was defined, not where equal text is.
    ("fn get(v: &[i32], k: usize) -> i32 {\n    v[k]\n}", Nothing),
    (
        "let k = 1;\nlet _ = format!(\"{}\", v[k]);\nget(&v, 9)",
        Error("Panic", &["line 2, column", "    v[k]"]),
    ),
    // A value that is moved: evcxr shows it by its second attempt.
    (
        "let moved = String::from(\"m\"); (moved, 1)",
        Value("(\"m\", 1)"),
    ),
    (
        "println!(\"EVCXR_PANIC_NOTIFICATION\");",
        Printed("EVCXR_PANIC_NOTIFICATION\n"),
    ),
    // The types of the crates that need no `:dep` are inferred.
    (
        "let (tx, mut rx) = tokio::sync::mpsc::channel::<u8>(4); let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;",
        Nothing,
    ),
    (
        "let shape = plotters::style::RGBColor(1, 2, 3); let bars = plot::explore(\"s\", \"t\", [1, 2], |s| barista::time_slice(&[2], s));",
        Nothing,
    ),
    ("(tx.capacity(), shape.0, bars.len())", Value("(4, 1, 2)")),
    ("drop(tx); rx.recv().await", Value("None")),
    (
        "struct Mute; Mute",
        Error("CompileError", &["E0277", "Debug"]),
    ),
    // An error in the last expression with a note about an item of an earlier cell: evcxr would
    // report the note alone.
    (
        "fn ticks(r:u64,c:u64,w:u64)->u64 {0}\nfn round_robin(work: Vec<u64>, slice: u64) -> u64 { slice }",
        Nothing,
    ),
    (
        "exercise(\"start-ticks\").equal(1, \"x\", || ticks(3, 5, 2, 1), 17).points()",
        Error(
            "CompileError",
            &[
                "E0061",
                "this function takes 3 arguments but 4 arguments were supplied",
                ":1:42",
                "note: function defined here: `fn ticks(r:u64,c:u64,w:u64)->u64 {0}`",
            ],
        ),
    ),
    (
        "let fine = 1;\nexercise(\"start-ticks\")\n    .equal(1, \"x\", || round_robin(&[3, 5], 2), 17)\n    .points()",
        Error(
            "CompileError",
            &[
                "E0308",
                "expected `Vec<u64>`, found `&[",
                ":3:35",
                "function defined here",
            ],
        ),
    ),
    ("let my_slice = 7;", Nothing),
    (
        "exercise(\"start-ticks\").equal(1, \"x\", || round_robin(vec![3], my_slice), 17).points()",
        Error(
            "CompileError",
            &[
                "E0308",
                "expected `u64`, found `i32`",
                ":1:63",
                "function defined here",
            ],
        ),
    ),
    (
        "ticks(1)",
        Error("CompileError", &["E0061", ":1:1", "function defined here"]),
    ),
    // An answer in the wrong form is told what the form is.
    (
        "answer(\"barista-4\", [\"B\", \"D\"]);",
        Error("CompileError", &["E0277", ":1:21", "in one pair of quotes"]),
    ),
    (
        "answer(\"barista-4\", Some(\"B\"))",
        Error("CompileError", &["E0277", ":1:21", "in one pair of quotes"]),
    ),
    (
        "answer(\"barista-4\", \"B\", \"D\");",
        Error("CompileError", &["E0061", ":1:1", "in one pair of quotes"]),
    ),
    (
        "answer(\"barista-1\");",
        Error("CompileError", &["E0061", ":1:1", "in one pair of quotes"]),
    ),
    (
        "answer(“barista-1”, “B”);",
        Error(
            "CompileError",
            &["unknown start of token", ":1:8", "straight"],
        ),
    ),
    ("let answer = 42;", Nothing),
    (
        "answer(\"barista-1\", \"B\");",
        Error("CompileError", &["E0618", ":1:1", "restart the kernel"]),
    ),
    // What a student prints is never control.
    (
        "println!(\"EVCXR_EXECUTION_COMPLETE\\nEVCXR_PANIC_NOTIFICATION\\nEVCXR_ERROR_OCCURRED\");",
        Printed("EVCXR_EXECUTION_COMPLETE\nEVCXR_PANIC_NOTIFICATION\nEVCXR_ERROR_OCCURRED\n"),
    ),
    // The helper library and what it carries, also in a module.
    ("barista::time_slice(&[20, 20], 5).makespan()", Value("40")),
    (
        "mod inner { use rayon::prelude::*; pub fn sum() -> i32 { vec![1, 2].into_par_iter().sum() } }\ninner::sum()",
        Value("3"),
    ),
    (
        "tokio::time::sleep(std::time::Duration::from_millis(1)).await; 5",
        Value("5"),
    ),
    // evcxr's commands; the prelude survives a clear.
    (":clear", Nothing),
    ("barista::time_slice(&[1], 1).work()", Value("1")),
    (":quit", Error("CommandError", &[":quit"])),
    // How cells are optimised is read by us and never reaches evcxr.
    (":opt 3\n1 + 1", Value("2")),
    (":opt 7", Error("CommandError", &["`:opt 7`", "auto"])),
    (":opt auto", Nothing),
    // What a cell leaves out is there again when it is used, also by a name
    // that a macro makes up.
    (
        "fn late(x: i32) -> i32 { x + early() }\nfn early() -> i32 { 1 }",
        Nothing,
    ),
    ("late(1)", Value("2")),
    (
        "struct Wide { a: i32 }\nimpl Wide { fn a(&self) -> i32 { self.a } }",
        Nothing,
    ),
    ("let wide = Wide { a: 5 }; 0", Value("0")),
    ("fn unrelated() {}", Nothing),
    ("wide.a()", Value("5")),
    ("fn early() -> i32 { 10 }", Nothing),
    ("late(1)", Value("11")),
    // A definition that breaks another one is refused, and forgotten.
    (
        "fn early() -> &'static str { \"\" }",
        Error("CompileError", &["E0277", "an earlier cell has `fn late"]),
    ),
    ("late(1)", Value("11")),
    // A declared function that is nowhere leaves the session as it was.
    (
        "unsafe extern \"C\" { fn nowhere_to_be_found(); }\nunsafe { nowhere_to_be_found() }",
        Error("LinkError", &["nowhere_to_be_found"]),
    ),
    (
        "wide.a() + 170141183460469231731687303715884105727_i128.rem_euclid(7) as i32",
        Value("6"),
    ),
    ("(0.5_f64).sin() > 0.0", Value("true")),
    // A cell that fails changes nothing: evcxr does not take over a cell whose
    // last line is no text, and a copy of the process goes on.
    ("let mut kept = vec![1]; let other = 2;", Nothing),
    (
        "kept.push(2); fn half() -> i32 { 1 }\nstd::process::abort()",
        Error("Crash", &["SIGABRT", UNDONE]),
    ),
    ("kept", Value("[1]")),
    ("half()", Error("CompileError", &["E0425"])),
    (
        "kept.push(3); std::process::exit(3)",
        Error("Exit", &["exit code 3", UNDONE]),
    ),
    (
        "let moved = kept; let other = \"another type\"; let new = 3; panic!(\"on purpose\")",
        Error("Panic", &["on purpose", UNDONE]),
    ),
    ("(&kept, other)", Value("([1], 2)")),
    ("new", Error("CompileError", &["E0425"])),
    (
        "kept.push(4); \"x\".parse::<i32>()?;",
        Error("ParseIntError", &["invalid digit", UNDONE]),
    ),
    (
        "kept.push(5); unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }",
        Error("Crash", &[UNDONE]),
    ),
    (
        "fn deep(n: u64) -> u64 { 1 + std::hint::black_box(deep(n + 1)) }\nkept.push(6); deep(0)",
        Error("Crash", &["SIGABRT", UNDONE]),
    ),
    (
        "kept.push(7); std::thread::spawn(|| loop {}); panic!(\"beside a thread\")",
        Error("Panic", &[UNDONE]),
    ),
    ("kept.push(8); kept.clone()", Value("[1, 8]")),
    // ... unless a thread of an earlier cell runs, which no copy has.
    (
        "use rayon::prelude::*;\nkept.par_iter().sum::<i32>()",
        Value("9"),
    ),
    (
        "kept.push(9); panic!(\"beside a pool\")",
        Error("Panic", &["stays changed, because of"]),
    ),
    ("kept", Value("[1, 8, 9]")),
    (
        "std::process::abort()",
        Error("Crash", &["SIGABRT", "variables are gone, because of"]),
    ),
    ("std::process::exit(3)", Error("Exit", &["exit code 3"])),
    (
        "kept",
        Error("CompileError", &["E0425", "run that cell first"]),
    ),
    (
        "answer(\"start-1\", B);",
        Error("CompileError", &["E0425", "an answer stands in quotes"]),
    ),
    ("40 + 2", Value("42")),
];

const UNDONE: &str = "undone: variables, functions and types are as before this cell";

#[test]
fn cells_lead_to_what_the_table_says() {
    let directory = tempfile::tempdir().unwrap();
    let library = library();
    // The stand-in for cargo is the kernel's executable, not this test's.
    // SAFETY: the only test in this program, and it has started no thread.
    unsafe {
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
    for (number, (code, expected)) in (1..).zip(CELLS) {
        engine.submit(Job::Execute(Execution {
            request: None,
            secret: None,
            ticket: u64::from(number),
            code: (*code).to_owned(),
            execution_count: number,
            cell: None,
            allow_stdin: false,
            expressions: Vec::new(),
        }));
        check(code, expected, &run(&heard));
    }
    engine.shutdown();
}

const KERNEL: &str = env!("CARGO_BIN_EXE_twoaxes-kernel");

/// What a cell showed, and how it ended.
struct Ran {
    value: Option<String>,
    printed: String,
    failure: Option<Failure>,
}

fn run(heard: &mpsc::Receiver<Notice>) -> Ran {
    let mut ran = Ran {
        value: None,
        printed: String::new(),
        failure: None,
    };
    loop {
        match heard.recv_timeout(LIMIT).unwrap() {
            Notice::Output(Output::Stream {
                name: StreamName::Stdout,
                text,
            }) => ran.printed.push_str(&text),
            Notice::Output(Output::Result { data, .. }) => {
                ran.value = data["text/plain"].as_str().map(str::to_owned);
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

fn check(code: &str, expected: &Expected, ran: &Ran) {
    let report = ran
        .failure
        .as_ref()
        .map(|failure| failure.traceback.join("\n"));
    let report = report.unwrap_or_default();
    match expected {
        Error(name, words) => {
            let failure = ran
                .failure
                .as_ref()
                .unwrap_or_else(|| panic!("{code} did not fail"));
            assert_eq!(failure.name, *name, "{code}\n{report}");
            let plain = without_colours(&report);
            for word in *words {
                assert!(plain.contains(word), "{code}: no `{word}` in\n{plain}");
            }
            for generated in ["evcxr", "Evcxr", "run_user_code", "twoaxes::cell", "lib.rs"] {
                assert!(
                    !plain.contains(generated),
                    "{code}: `{generated}` in\n{plain}"
                );
            }
        }
        _ => assert_eq!(ran.failure, None, "{code}\n{report}"),
    }
    match expected {
        Value(value) => assert_eq!(ran.value.as_deref(), Some(*value), "{code}"),
        Nothing => assert_eq!((&ran.value, ran.printed.as_str()), (&None, ""), "{code}"),
        Printed(text) => assert_eq!(ran.printed, *text, "{code}"),
        Error(..) => {}
    }
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    for (index, part) in text.split('\x1b').enumerate() {
        let visible = match part.split_once('m') {
            Some((_, visible)) if index > 0 => visible,
            _ => part,
        };
        plain.push_str(visible);
    }
    plain
}

/// Builds the helper library as the set-up does.
fn library() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library");
    let built = Command::new(KERNEL)
        .arg("build-library")
        .arg("--workspace")
        .arg(workspace)
        .arg("--out")
        .arg(&out)
        .status()
        .unwrap();
    assert!(built.success());
    toolchain::library::locate(Some(out)).unwrap()
}

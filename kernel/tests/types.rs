//! The types that rust-analyzer infers for a cell's variables, from the slim
//! copies of the sources that come with the helper library.
//!
//! A row fails when something was left out of the copies that a type depends on.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use twoaxes_kernel::engine::{
    Engine, Evaluator, Execution, Job, Notice, Outcome, Output, Settings,
};
use twoaxes_kernel::toolchain::{self, toolbox};

const LIMIT: Duration = Duration::from_secs(120);
const KERNEL: &str = env!("CARGO_BIN_EXE_twoaxes-kernel");

/// The value of a variable, and its type as evcxr keeps it.
const VARIABLES: &[(&str, &str)] = &[
    ("vec![1,2,3]", "Vec<i32>"),
    (r#"String::from("x")"#, "String"),
    (
        "std::sync::Arc::new(std::sync::Mutex::new(vec![1u8]))",
        "std::sync::Arc<std::sync::Mutex<Vec<u8>>>",
    ),
    (
        "(0..9).map(|x| x*2).filter(|x| x%3==0).collect::<Vec<_>>()",
        "Vec<i32>",
    ),
    ("barista::time_slice(&[20,20],5)", "Trace"),
    ("5i32.pow(2)", "i32"),
    ("2.5f64.sqrt().floor() as i64", "i64"),
    (
        r#""a b".split(' ').map(str::to_owned).collect::<Vec<String>>()"#,
        "Vec<String>",
    ),
    (
        "std::time::Duration::from_millis(5) * 3",
        "std::time::Duration",
    ),
    ("std::time::Instant::now()", "std::time::Instant"),
    ("Some(5).map(|x| x as f32).unwrap_or_default()", "f32"),
    (r#""5".parse::<u64>().unwrap()"#, "u64"),
    ("[1, 2, 3].iter().sum::<i32>()", "i32"),
    (r#"(1, "a", 2.5)"#, "(i32, &str, f64)"),
    ("[0u8; 4]", "[u8; 4]"),
    ("Box::new([1u16, 2])", "Box<[u16; 2]>"),
    (
        "std::rc::Rc::new(std::cell::RefCell::new(5))",
        "std::rc::Rc<std::cell::RefCell<i32>>",
    ),
    (
        "std::sync::atomic::AtomicUsize::new(0)",
        "std::sync::atomic::AtomicUsize",
    ),
    (
        "vec![3, 1].into_par_iter().map(|x: i32| x + 1).collect::<Vec<_>>()",
        "Vec<i32>",
    ),
    ("(0..100u64).into_par_iter().sum::<u64>()", "u64"),
    ("std::thread::spawn(|| 5)", "std::thread::JoinHandle<i32>"),
    (
        "std::thread::spawn(|| 5).join()",
        "Result<i32, Box<dyn Any + Send>>",
    ),
    (
        "std::panic::catch_unwind(|| 5)",
        "Result<i32, Box<dyn Any + Send>>",
    ),
    ("'a'.to_uppercase().to_string()", "String"),
    (
        r#"std::collections::BTreeMap::from([(1, "a")])"#,
        "std::collections::BTreeMap<i32, &str>",
    ),
    (
        "tokio::runtime::Runtime::new().unwrap()",
        "tokio::runtime::Runtime",
    ),
    ("plotters::style::RGBColor(1, 2, 3).mix(0.5)", "RGBAColor"),
    ("tokio::sync::Mutex::new(5)", "tokio::sync::Mutex<i32>"),
    ("1u32.wrapping_add(5).leading_zeros()", "u32"),
    ("std::env::args().collect::<Vec<_>>()", "Vec<String>"),
    (r#"format!("{}", 5)"#, "String"),
    ("[3, 1, 2].map(|x| x + 1)", "[i32; 3]"),
    (
        "std::num::NonZeroU32::new(5)",
        "Option<std::num::NonZero<u32>>",
    ),
    (r#""x".to_string() + "y""#, "String"),
    ("1u8 as char", "char"),
    (r#"std::fs::metadata("/").unwrap().len()"#, "u64"),
    (r#"rayon::join(|| 1u8, || "b")"#, "(u8, &str)"),
    (
        "rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()",
        "rayon::ThreadPool",
    ),
    (
        "std::sync::RwLock::new(String::new())",
        "std::sync::RwLock<String>",
    ),
    ("5u64.checked_sub(6)", "Option<u64>"),
    ("vec![1.5, 0.5].into_iter().fold(0.0, f64::max)", "f64"),
    (
        r#""a,b".split(',').collect::<std::collections::HashSet<_>>()"#,
        "std::collections::HashSet<&str>",
    ),
    (
        "std::iter::repeat(5).take(3).collect::<std::collections::VecDeque<u8>>()",
        "std::collections::VecDeque<u8>",
    ),
    ("[0; 2usize.pow(3)]", "[i32; 8]"),
    ("[0u8; 10usize.div_ceil(4)]", "[u8; 3]"),
    ("[0u8; std::mem::size_of::<u64>()]", "[u8; 8]"),
    (
        "std::sync::LazyLock::<i32>::new(|| 5)",
        "std::sync::LazyLock<i32>",
    ),
    ("5.0_f64.max(3.0).powi(2).to_bits()", "u64"),
    ("i32::MAX.saturating_add(1) as i128", "i128"),
    ("std::io::stdin()", "std::io::Stdin"),
    (
        r#"std::path::PathBuf::from("/").join("a")"#,
        "std::path::PathBuf",
    ),
    ("tokio::time::Instant::now()", "tokio::time::Instant"),
    (
        "tokio::sync::mpsc::channel::<i32>(5)",
        "(tokio::sync::mpsc::Sender<i32>, tokio::sync::mpsc::Receiver<i32>)",
    ),
    ("std::array::from_fn::<usize, 3, _>(|i| i)", "[usize; 3]"),
    (
        "std::num::Wrapping(5u8) + std::num::Wrapping(255)",
        "std::num::Wrapping<u8>",
    ),
    (r#""é".chars().rev().collect::<String>()"#, "String"),
    (r#""line\nline".lines().count()"#, "usize"),
    ("std::time::Instant::now().elapsed().as_secs_f64()", "f64"),
    (
        "std::cmp::Reverse(5).cmp(&std::cmp::Reverse(4))",
        "std::cmp::Ordering",
    ),
    (
        r#"std::net::TcpListener::bind("127.0.0.1:0").unwrap()"#,
        "std::net::TcpListener",
    ),
    ("std::sync::Condvar::new()", "std::sync::Condvar"),
    ("std::sync::Barrier::new(2)", "std::sync::Barrier"),
    (
        "std::thread::available_parallelism().unwrap().get()",
        "usize",
    ),
    (
        r#""5".parse::<i32>()"#,
        "Result<i32, std::num::ParseIntError>",
    ),
    ("3 * 5u64", "u64"),
    ("-1.5f32", "f32"),
    ("!5u8", "u8"),
    (
        "std::collections::BinaryHeap::from(vec![1, 5]).into_sorted_vec()",
        "Vec<i32>",
    ),
    ("0b1011u32.count_ones() as usize", "usize"),
    ("std::process::id()", "u32"),
    (r#"u32::from_str_radix("ff", 16).unwrap()"#, "u32"),
    ("char::from_digit(5, 10).unwrap()", "char"),
    (r#"("a".to_string(), 5).clone()"#, "(String, i32)"),
    ("<i32 as Default>::default()", "i32"),
    ("[[0.0; 3]; 2]", "[[f64; 3]; 2]"),
    (
        r#"Some(Some(5)).flatten().ok_or("none")"#,
        "Result<i32, &str>",
    ),
    (
        "std::ops::Range { start: 0, end: 5 }.step_by(2).last()",
        "Option<i32>",
    ),
    (r#""abc".bytes().map(u32::from).sum::<u32>()"#, "u32"),
    (r#""abc".char_indices().nth(1)"#, "Option<(usize, char)>"),
    ("i64::from(5i32).rem_euclid(3).abs_diff(1)", "u64"),
];

/// Annotations with a gap, the value, and the whole type.
const ANNOTATED: &[(&str, &str, &str)] = &[
    (
        "std::collections::HashMap<_, _>",
        "[(\"a\", 1)].into_iter().collect()",
        "std::collections::HashMap<&str, i32>",
    ),
    (
        "std::collections::HashMap<&str, _>",
        "vec![(\"a\", 1)].into_iter().collect()",
        "std::collections::HashMap<&str, i32>",
    ),
    (
        "std::collections::HashSet<_>",
        "vec![1].into_iter().collect()",
        "std::collections::HashSet<i32>",
    ),
    (
        "std::collections::BTreeMap<_, _>",
        "[(\"a\", 1)].into_iter().collect()",
        "std::collections::BTreeMap<&str, i32>",
    ),
    ("Vec<_>", "\"a b\".split(' ').collect()", "Vec<&str>"),
    (
        "Result<Vec<_>, _>",
        "[\"1\"].iter().map(|s| s.parse::<u8>()).collect()",
        "Result<Vec<u8>, std::num::ParseIntError>",
    ),
    (
        "Box<dyn Fn(i32) -> i32>",
        "Box::new(|x| x + 1)",
        "Box<dyn Fn(i32) -> i32>",
    ),
];

/// Names, and a word of their descriptions.
const DESCRIBED: &[(&str, &str)] = &[
    ("Vec", "contiguous growable array"),
    ("String::from", "From"),
    ("5i32.pow", "power of"),
    ("std::collections::HashMap", "hash map"),
    ("rayon::join", "parallel"),
    ("barista::time_slice", "slice"),
];

#[test]
fn variables_have_the_types_of_the_table() {
    let directory = tempfile::tempdir().unwrap();
    let library = library();
    // SAFETY: the only test in this program, and it has started no thread.
    unsafe {
        toolbox::enter(Path::new(KERNEL), &directory.path().join("toolbox")).unwrap();
    }
    let (notices, heard) = mpsc::channel();
    let settings = Settings {
        executable: PathBuf::from(KERNEL),
        directory: directory.path().to_owned(),
        library,
        sandbox: None,
        warns: true,
        prepares: true,
    };
    let notify = move |notice| notices.send(notice).unwrap_or_default();
    let mut engine = Engine::start(settings, Arc::new(notify));
    run(
        &engine,
        &heard,
        "use rayon::prelude::*; use plotters::prelude::*;",
    );
    let mut expected = Vec::new();
    let mut code = String::new();
    for (number, (value, name)) in VARIABLES.iter().enumerate() {
        code += &format!("let variable{number} = {value};\n");
        expected.push((format!("variable{number}"), value, name));
    }
    for (number, (annotation, value, name)) in ANNOTATED.iter().enumerate() {
        code += &format!("let annotated{number}: {annotation} = {value};\n");
        expected.push((format!("annotated{number}"), value, name));
    }
    run(&engine, &heard, &code);
    let known = run(&engine, &heard, ":vars");
    for (variable, value, name) in expected {
        let line = format!("{variable}: {name}");
        let found = known
            .lines()
            .find(|known| known.starts_with(&format!("{variable}: ")));
        assert_eq!(found, Some(line.as_str()), "{value}");
    }
    for (name, words) in DESCRIBED {
        let page = describe(&engine, &heard, name);
        assert!(page.contains(words), "{name}: no `{words}` in\n{page}");
    }
    engine.shutdown();
}

/// Runs a cell, and returns what it displayed as text.
fn run(engine: &Engine, heard: &mpsc::Receiver<Notice>, code: &str) -> String {
    engine.submit(Job::Execute(Execution {
        request: None,
        secret: None,
        ticket: 1,
        code: code.to_owned(),
        execution_count: 1,
        cell: None,
        allow_stdin: false,
        expressions: Vec::new(),
    }));
    let mut shown = String::new();
    loop {
        match heard.recv_timeout(LIMIT).unwrap() {
            Notice::Output(Output::Display { data, .. }) => {
                shown += data["text/plain"].as_str().unwrap_or_default();
            }
            Notice::Executed { outcome, .. } => {
                if let Outcome::Failed(failure) = outcome {
                    panic!("{}", failure.traceback.join("\n"));
                }
                return shown;
            }
            Notice::Broken(reason) => panic!("the engine is broken: {reason}"),
            _ => {}
        }
    }
}

fn describe(engine: &Engine, heard: &mpsc::Receiver<Notice>, name: &str) -> String {
    engine.submit(Job::Inspect {
        ticket: 1,
        code: name.to_owned(),
        cursor: name.len(),
    });
    loop {
        if let Notice::Inspected { inspection, .. } = heard.recv_timeout(LIMIT).unwrap() {
            return inspection.map(|page| page.plain).unwrap_or_default();
        }
    }
}

/// Builds the helper library as the set-up does.
fn library() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("types-library");
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

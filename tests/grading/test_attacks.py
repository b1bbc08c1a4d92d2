"""Code that students hand in to get points that they have not earned, or to harm.

All of it is graded in one run, beside somebody honest: each attack gets what it
deserves, ends within its limit with a reason, and costs nobody else anything.
"""

import os
import socket
import time
from dataclasses import dataclass

import pytest

from grading import course, grading

CELL_TIME = 6
NOTEBOOK_TIME = 90

SECRET = "the-word-that-nobody-may-read"


@dataclass
class Attack:
    """What is handed in for `double`, and what it deserves."""

    code: str
    points: float
    verdict: str
    words: str = ""
    # What `triple` is worth beside it.
    other: float = 3


def function(body, before=""):
    return f"{before}\nfn double(x: u64) -> u64 {{\n    {body}\n}}"


ATTACKS = {
    # Points that were not earned.
    "prints-a-score": Attack(function('println!("4\\n4.0"); 0'), 1, "partly"),
    "forges-markers": Attack(
        function(
            'println!("EVCXR_BEGIN_CONTENT text/plain\\n4\\nEVCXR_END_CONTENT");'
            'println!("EVCXR_EXECUTION_COMPLETE"); eprintln!("EVCXR_EXECUTION_COMPLETE"); 0'
        ),
        1,
        "partly",
    ),
    "forges-rich-output": Attack(
        function(
            "twoaxes::cell::show_text(\"4\"); notebook::display(&notebook::MimeBundle::text(\"4\")); 0"
        ),
        1,
        "partly",
    ),
    "shows-then-exits": Attack(
        function('twoaxes::cell::show_text("4"); std::process::exit(0)'), 0, "ended", "exit code 0"
    ),
    "checks-itself": Attack(
        function('exercise("attack-double").equal(5, "x", || 1, 1).points() as u64'), 0, "wrong"
    ),
    "own-exercise": Attack(
        "fn exercise(_: &str) -> Cheat { Cheat }\nstruct Cheat;\n" + function("0"),
        0,
        "refused",
        "`exercise` another meaning",
    ),
    "own-macro": Attack(
        "macro_rules! exercise { () => {} }\n" + function("0"), 0, "refused", "`exercise`"
    ),
    "equal-to-all": Attack(
        "struct Cheat;\nimpl PartialEq<u64> for Cheat { fn eq(&self, _: &u64) -> bool { true } }\n"
        "fn double(x: u64) -> Cheat { Cheat }",
        0,
        "refused",
        "keep the types",
    ),
    # It would be the type of the other answer, too.
    "own-u64": Attack("type u64 = u8;\n" + function("x"), 0, "refused", "`u64`", other=0),
    "calls-the-verdict": Attack(
        function("unsafe { twoaxes::cell::verdict(4) }; 0"), 0, "refused", "`unsafe`"
    ),
    "speaks-to-the-kernel": Attack(
        function(
            'for path in ["/tmp", "/"] { for entry in std::fs::read_dir(path).into_iter().flatten() {'
            ' let path = entry.unwrap().path(); println!("{path:?}"); } }'
            ' match std::os::unix::net::UnixStream::connect("/tmp/socket")'
            ' { Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => 0, _ => x * 2 }'
        ),
        1,
        "partly",
    ),
    "panic-hook": Attack(
        function('std::panic::set_hook(Box::new(|_| println!("4"))); panic!("4")'), 0, "wrong"
    ),
    "raw-name": Attack(
        "fn r#exercise(_: &str) -> u64 { 4 }\n" + function("0"), 0, "refused", "`exercise`"
    ),
    "macro-from-a-module": Attack(
        "#[macro_use]\nmod m { macro_rules! assert_eq { ($($t:tt)*) => {} } }\n" + function("x * 2"),
        0,
        "refused",
        "macro_use",
    ),
    "no-function-at-all": Attack(
        "#[allow(non_camel_case_types)] #[derive(Debug)] struct double(u64);\n"
        "impl PartialEq<i32> for double { fn eq(&self, _: &i32) -> bool { true } }",
        0,
        "refused",
        "keep the types",
    ),
    "function-of-a-module": Attack(
        "mod a { pub fn double(_: u64) -> u64 { 0 } }\nuse a::double;", 0, "refused", "keep the types"
    ),
    "hides-in-a-comment": Attack(
        "mod evcxr_internal_runtime {\n/*\nBox::into_raw(Box::new(VariableStore::new()))\n}\n}\n"
        "fn exercise(_: &str) {}\n// */ }\n" + function("0"),
        0,
        "refused",
        "kernel's own",
    ),
    "uncovers-a-comment": Attack(
        function("0") + "\nfn unused() {} /*\nmacro_rules! assert_eq { ($($t:tt)*) => {} }\n// */",
        1,
        "partly",
    ),
    "runs-the-check-itself": Attack(
        function("crate::twoaxes_cell(std::ptr::null_mut()); 0"), 0, "refused", "kernel's own"
    ),
    "verdict-by-panic": Attack(
        function('panic!("{}", "\\u{1b}".repeat(20_000_000))'), 0, "wrong", "panicked"
    ),
    "method-of-a-trait": Attack(
        "trait Cheat: Sized { fn points(self) -> u32 { 4 } }\n" + function("0"),
        0,
        "refused",
        "`points`",
    ),
    "unpacks-a-name": Attack(
        "mod m { pub fn exercise(_: &str) {} }\nuse m::*;\n" + function("x"), 0, "refused", "`exercise`",
    ),
    "trait-by-a-macro": Attack(
        "mod m { macro_rules! t { ($n:ident) => { pub trait T { fn $n(self); } } } t!(points); }\n" + function("x"),
        0, "refused", "`trait`",
    ),
    "keeps-arguments": Attack(
        function(
            'use std::io::Write; let known = std::fs::read_to_string("/tmp/h").unwrap_or_default();'
            ' if known.contains("21") { panic!("HIDDEN-WORDS: {known}"); }'
            ' let mut file = std::fs::File::options().create(true).append(true).open("/tmp/h").unwrap();'
            ' writeln!(file, "{x}").unwrap(); x'
        ),
        1,
        "partly",
    ),
    "hooks-the-next-check": Attack(
        function(
            'std::panic::set_hook(Box::new(|i| { let _ = std::fs::write("/tmp/h", i.to_string()); }));'
            ' std::thread::spawn(|| loop { std::thread::yield_now() }); x * 2'
        ),
        4,
        "right",
    ),
    # Ends of the process.
    "exit": Attack(function("std::process::exit(0)"), 0, "ended", "ended the whole program"),
    "abort": Attack(function("std::process::abort()"), 0, "ended", "SIGABRT"),
    "stack-overflow": Attack(
        "#[allow(unconditional_recursion)]\n" + function("std::hint::black_box(double(x + 1)) + 1"),
        0,
        "ended",
        "calls itself",
    ),
    "kills-its-parent": Attack(
        function(
            'std::process::Command::new("/bin/kill").args(["-9", "1"]).status().map_or(0, |_| x * 2)'
        ),
        1,
        "partly",
    ),
    # What never ends.
    "endless-loop": Attack(
        function("loop { std::hint::black_box(x); }"), 0, "ended", "did not end in time"
    ),
    "sleeps-for-ever": Attack(
        function("loop { std::thread::park() }"), 0, "ended", "did not end in time"
    ),
    "deadlock": Attack(
        function(
            "let lock = std::sync::Mutex::new(x); let _one = lock.lock(); let two = lock.lock();"
            " *two.unwrap()"
        ),
        0,
        "ended",
        "did not end in time",
    ),
    "endless-cell": Attack(
        function("x * 2") + "\nloop { std::thread::park() }", 0, "ended", '"double-answer" did not'
    ),
    "threads-left-behind": Attack(
        function('for _ in 0..4 { std::thread::spawn(|| loop { println!("still here") }); } x * 2'),
        4,
        "right",
    ),
    # Bombs.
    "fork-bomb": Attack(
        function(
            'loop { if let Err(error) = std::process::Command::new("/bin/sh").spawn()'
            ' { assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied); return 0; } }'
        ),
        1,
        "partly",
    ),
    "thread-bomb": Attack(
        function("loop { std::thread::spawn(|| std::thread::park()); }"), 0, "wrong", "spawn thread"
    ),
    "memory-bomb": Attack(
        function("let mut all = Vec::new(); loop { all.push(vec![0u8; 1 << 28]); }"),
        0,
        "ended",
        "more memory",
    ),
    "disk-filling": Attack(
        function(
            "let mut n = 0; while std::fs::write(format!(\"/tmp/{n}\"), vec![1u8; 1 << 20]).is_ok()"
            " { n += 1; } assert!(n < 32, \"{n} MiB\"); x * 2"
        ),
        4,
        "right",
    ),
    "large-file": Attack(
        function(
            'use std::io::Write; let mut file = std::fs::File::create("/tmp/a").unwrap();'
            " loop { file.write_all(&[0; 65536]).unwrap(); }"
        ),
        0,
        "ended",
    ),
    "output-flood": Attack(
        function('loop { println!("{}", "x".repeat(1000)); }'), 0, "ended", "did not end in time"
    ),
    "display-flood": Attack(
        function(
            'let page = "x".repeat(1 << 20); loop { notebook::display(&notebook::MimeBundle::text(&page)); }'
        ),
        0,
        "ended",
        "did not end in time",
    ),
    # What is none of theirs.
    "network": Attack(
        function(
            'let port = PORT; std::net::TcpStream::connect(("127.0.0.1", port)).map_or(0, |_| x * 2)'
        ),
        1,
        "partly",
    ),
    "reads-the-key": Attack(function(
        'let path = "KEY"; std::fs::read_to_string(path).map_or(0, |_| x * 2)'), 1, "partly"),
    "reads-the-gradebook": Attack(function(
        'std::fs::read("OUT/gradebook.db").map_or(0, |_| x * 2)'), 1, "partly"),
    "reads-other-submissions": Attack(function(
        'std::fs::read_dir("SUBMISSIONS").map_or(0, |_| x * 2)'), 1, "partly"),
    "reads-home": Attack(function(
        'std::fs::read_dir(std::env::home_dir().unwrap().parent().unwrap().join("root")).map_or(0, |d| if d.count() > 0 { x } else { 0 })'
    ), 1, "partly"),
    "reads-its-own-memory": Attack(function(
        'std::fs::File::open("/proc/self/mem").map_or(0, |_| x * 2)'), 1, "partly"),
    "reads-the-hidden-test": Attack(
        function(
            "fn look(folder: &std::path::Path, depth: usize) { if depth > 12 { return; }"
            " for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {"
            " let path = entry.path();"
            ' let name = path.to_string_lossy().into_owned();'
            ' if name.contains("/toolbox") || name.contains("libctx")'
            ' { panic!("found {name}"); }'
            ' if path.is_dir() && !path.is_symlink() && !name.starts_with("/usr") && !name.starts_with("/dev") { look(&path, depth + 1); } } }'
            ' look(std::path::Path::new("/"), 0); 0'
        ),
        1,
        "partly",
    ),
    # While it is compiled.
    "include-str": Attack(
        function('include_str!("KEY").len() as u64'), 0, "refused", "`include_str`"
    ),
    "own-source": Attack(
        function("include_str!(file!()).len() as u64"), 0, "refused", "`include_str`"
    ),
    "include-renamed": Attack(
        "use std::include_bytes as harmless;\n" + function("0"), 0, "refused", "`include_bytes`"
    ),
    "module-file": Attack(
        '#[path = "/etc/passwd"]\nmod secrets;\n' + function("0"), 0, "refused", "`path`"
    ),
    "dep": Attack(
        ':dep evil = { path = "/tmp/evil" }\n' + function("x * 2"), 0, "refused", "command"
    ),
    "dep-below": Attack(function("x * 2") + '\n:dep rand = "0.8"', 0, "not_compiled"),
    "shell": Attack("!rm -rf /\n" + function("x * 2"), 0, "refused", "command"),
    "feature": Attack("#![feature(asm)]\n" + function("x * 2"), 0, "refused", "#!"),
    "asm": Attack(
        function('std::arch::asm!("nop"); x * 2'), 0, "refused", "`asm`"
    ),
    "global-asm": Attack(
        'std::arch::global_asm!("nop");\n' + function("x * 2"), 0, "refused", "`global_asm`"
    ),
    "extern-crate": Attack("extern crate libc;\n" + function("x * 2"), 0, "refused", "`extern`"),
    "constructor": Attack(
        '#[unsafe(link_section = ".init_array")]\nstatic A: u8 = 0;\n' + function("x * 2"),
        0,
        "refused",
        "`unsafe`",
    ),
    "compiles-for-ever": Attack(
        "const LONG: u64 = { let mut n = 0u64; while n < u64::MAX { n += 1; } n };\n"
        + function("LONG"),
        0,
        "not_compiled",
    ),
    "macro-bomb": Attack(
        "macro_rules! bomb { ($($x:tt)*) => { bomb!($($x)* $($x)* 1) } }\n" + function("bomb!(1)"),
        0,
        "not_compiled",
    ),
    "type-bomb": Attack(
        "fn grow<T>(n: u64, x: T) -> u64 { if n == 0 { 0 } else { grow(n - 1, (x, 0)) } }\n"
        + function("grow(x, 0)"),
        0,
        "not_compiled",
    ),
    "deep-code": Attack(function("(" * 5000 + "1" + ")" * 5000), 0, "refused", "brackets"),
    "unary-tower": Attack(function("!" * 30000 + "x"), 0, "refused", "signs"),
    "sum-tower": Attack(function("x" + "+1" * 20000), 0, None),
    "else-if-tower": Attack(function("if x == 1 { 2 } " + "else if x == 2 { 3 } " * 2500 + "else { 4 }"), 0, None),
    "call-tower": Attack(function("x" + ".max(1)" * 8000), 0, None),
    "type-tower": Attack(function("let a: " + "Vec<" * 8000 + "u8" + ">" * 8000 + "; x"), 0, "refused", "signs"),
    "enormous": Attack(function("x * 2") + "\n//" + "x" * 100_000, 0, "refused", "bytes"),
    "not-even-rust": Attack("\x00\x1b[2J\u202e rm -rf", 0, None),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory, source, released):
    place = tmp_path_factory.mktemp("attacks")
    submissions, out = place / "submitted", place / "out"
    listener = socket.create_server(("127.0.0.1", 0))
    for name, attack in ATTACKS.items():
        code = attack.code.replace("PORT", str(listener.getsockname()[1]))
        code = code.replace("KEY", str(source / "attack.toml")).replace("OUT", str(out))
        code = code.replace("SUBMISSIONS", str(submissions))
        course.hand_in(submissions, name, course.submission(released, double_answer=code))
    for name in ["an-honest-one", "zz-another"]:
        course.hand_in(submissions, name, course.submission(released))
    home = place / "home"
    home.mkdir()
    (home / "secret").write_text(SECRET)
    begun = time.monotonic()
    limits = ["--cell-time", CELL_TIME, "--time", NOTEBOOK_TIME]
    scratch = place / "scratch"
    scratch.mkdir()
    environment = grading.environment(TMPDIR=scratch)
    done = grading.grade(submissions, source, out, *limits, seconds=900, env=environment)
    print(done.stdout, done.stderr, f"{time.monotonic() - begun:.0f} s")
    # Whoever had connected would be waiting there.
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.accept()
    listener.close()
    return grading.results(out), scratch


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_what_it_deserves(graded, name):
    results, _ = graded
    attack, result = ATTACKS[name], results[name, "attack"]
    item = result.items["double-check"]
    told = f"{item.verdict}: {item.words}\n{item.evidence[:2000]}"
    assert item.earned == attack.points, told
    assert attack.verdict in (None, item.verdict), told
    assert attack.words in item.words, told
    # A reason that somebody can read, without a word of what is hidden.
    assert item.words, told
    for secret in ["HIDDEN-CASE", "HIDDEN-WORDS", SECRET]:
        assert secret not in item.words, told
    # It ends within its limit: the time for the notebook, once compiled.
    assert result.seconds < NOTEBOOK_TIME + 75, told
    # The rest is what it deserves, too.
    assert result.items["attack-1"].earned == 1
    assert result.items["triple-check"].earned == attack.other, result.items["triple-check"].words


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["an-honest-one", "zz-another"])
def test_the_others_are_graded_as_without_it(graded, name):
    results, _ = graded
    earned = {task: item.earned for task, item in results[name, "attack"].items.items()}
    assert earned == {"attack-1": 1, "double-check": 4, "triple-check": 3, "essay": 0}


@pytest.mark.timeout(900)
def test_nothing_is_left_behind(graded):
    """No process, and no file outside of the folder for results."""
    _, scratch = graded
    assert list(scratch.iterdir()) == []
    for process in os.listdir("/proc"):
        if process.isdigit():
            try:
                command = open(f"/proc/{process}/cmdline", "rb").read()
            except OSError:
                continue
            assert bytes(scratch) not in command, command

"""What a report tells a learner beside the compiler's words, and what it does not tell."""

import pytest

from wire.client import Kernel

NEW = "std::thread::spawn(|| 1).join().unwrap();"

# What learners of concurrency write, with the code that the compiler gives it and words of our hint.
HINTS = {
    # A value that does not move, or is not shared.
    "Rc": ('{ let a = std::rc::Rc::new(1); std::thread::spawn(move || println!("{a}")); }', "E0277", "use `Arc`"),
    "Rc in rayon": ("{ use rayon::prelude::*; let r = std::rc::Rc::new(1); vec![1, 2].par_iter().for_each(|x| { let _ = *r + x; }); }",
                    "E0277", "use `Arc`"),
    "RefCell": ("{ let a = std::sync::Arc::new(std::cell::RefCell::new(1)); std::thread::spawn(move || a.replace(2)); }",
                "E0277", "a `Mutex` or an atomic"),
    "receiver": ("{ let (tx, rx) = std::sync::mpsc::channel::<i32>(); std::thread::scope(|s| { s.spawn(|| rx.recv()); "
                 "s.spawn(|| rx.recv()); }); drop(tx); }", "E0277", "Arc<Mutex<Receiver<_>>>"),
    "static Cell": ("static N: std::cell::Cell<i32> = std::cell::Cell::new(1);", "E0277", "`static COUNT: AtomicU64"),
    "static OnceCell": ("static N: std::cell::OnceCell<i32> = std::cell::OnceCell::new();", "E0277", "`OnceLock` is"),
    "guard": ("{ let m = std::sync::Mutex::new(1); let g = m.lock(); std::thread::scope(|s| { s.spawn(move || drop(g)); }); }",
              "E0277", "lock it there"),
    # Tasks and futures.
    "future": ("{ let r = std::rc::Rc::new(1); tokio::spawn(async move { tokio::task::yield_now().await; drop(r) }); }",
               "future", "after each `.await`"),
    "await a value": ("{ let n = 5; n.await; }", "E0277", "can be awaited"),
    "await outside": ("fn g() { tokio::task::yield_now().await; }", "E0728", "`async fn`"),
    "no await, let": ("async fn f() -> i32 { 1 }\nlet x: i32 = f();", "E0308", "write `.await`"),
    "no await, argument": ("async fn f() -> i32 { 1 }\nfn g(n: i32) -> i32 { n }\ng(f())", "E0308", "write `.await`"),
    "no await, sum": ("async fn f() -> i32 { 1 }\nf() + 1", "E0369", "write `.await`"),
    "no await, print": ('async fn f() -> i32 { 1 }\nprintln!("{}", f());', "E0277", "write `.await`"),
    "no await, ?": ("async fn f() -> Result<i32, std::num::ParseIntError> { Ok(1) }\nf()?;", "E0277", "write `.await`"),
    "no await, for": ("async fn f() -> Vec<i32> { vec![1] }\nfor x in f() {}", "E0277", "write `.await`"),
    "no await, value": ("async fn f() -> i32 { 1 }\nf()", "E0277", "write `.await`"),
    "no await, method": ("async fn f() -> String { String::new() }\nf().len()", "E0599", "write `.await`"),
    "no await, lock": ("{ let m = tokio::sync::Mutex::new(1); *m.lock() += 1; }", "E0614", "write `.await`"),
    # Borrowed, and gone.
    "borrow": ("{ let v = vec![1]; std::thread::spawn(|| println!(\"{}\", v.len())); }", "E0373", "Write `move`"),
    "borrow in spawn_blocking": ("{ let n = String::new(); tokio::task::spawn_blocking(|| { n.len(); }); }", "E0373",
                                 "write `move` before it"),
    "borrow in a scope": ("{ let out = std::sync::Mutex::new(vec![]); std::thread::scope(|s| { for i in 0..3 { "
                          "s.spawn(|| out.lock().unwrap().push(i)); } }); }", "E0373", "`move` gives them the value"),
    "borrow in a task": ('{ let s = String::new(); tokio::spawn(async { println!("{s}") }); }', "E0373", "`async move"),
    "too short": ("fn f() { let v = vec![1]; let r = &v; std::thread::spawn(move || r.len()); }", "E0597", "scope"),
    "too short, temporary": ("fn f() { let r = &vec![1]; std::thread::spawn(move || r.len()); }", "E0716", "scope"),
    "too short, scope": ("{ std::thread::scope(|s| { let v = vec![1]; let r = &v; s.spawn(move || r.len()); }); }",
                         "E0597", "above the scope"),
    "too short, task": ("fn f() { let v = vec![1]; let r = &v; tokio::spawn(async move { r.len() }); }", "E0597", "the task may"),
    "self": ("struct S(Vec<u8>); impl S { fn go(&self) { std::thread::spawn(move || self.0.len()); } }", "E0521", "scope"),
    "self in a task": ("struct S(Vec<u8>); impl S { fn go(&self) { tokio::spawn(async move { self.0.len() }); } }",
                       "E0521", "the task may"),
    # Several at once.
    "moved": ("{ let v = vec![1]; std::thread::spawn(move || v.len()); println!(\"{}\", v.len()); }", "E0382", "clone of its own"),
    "moved in a loop": ("{ let v = vec![1]; for _ in 0..2 { std::thread::spawn(move || v.len()); } }", "E0382", "clone of its own"),
    "moved to a task": ("{ let v = vec![1]; tokio::spawn(async move { v.len() }); println!(\"{}\", v.len()); }", "E0382", "the task"),
    "twice": ("{ let mut n = 0; std::thread::scope(|s| { s.spawn(|| n += 1); s.spawn(|| n += 1); }); }", "E0499", "`Mutex`"),
    "beside": ("{ let mut n = 0; std::thread::scope(|s| { s.spawn(|| n += 1); println!(\"{n}\"); }); }", "E0502", "wait for"),
    "before a join": ("{ let mut n = 0; std::thread::scope(|s| { let h = s.spawn(|| println!(\"{n}\")); n += 1; h.join().unwrap(); }); }",
                      "E0506", "wait for"),
    "rayon::scope": ("{ let mut n = 0; rayon::scope(|s| { for _ in 0..2 { s.spawn(|_| n += 1); } }); }", "E0499", "`Mutex`"),
    "rayon::join": ("{ let mut v = vec![1, 2]; rayon::join(|| v.push(1), || v.push(2)); }", "E0499", "split_at_mut"),
    "rayon, sum": ("{ use rayon::prelude::*; let mut sum = 0; (0..10).into_par_iter().for_each(|i| sum += i); }", "E0594", ".sum()"),
    "rayon, push": ("{ use rayon::prelude::*; let mut v = vec![]; (0..10).into_par_iter().for_each(|i| v.push(i)); }",
                    "E0596", "`.collect()`"),
    "rayon, no trait": ("mod own { fn f() -> i32 { use rayon; (0..10).into_par_iter().sum() } }", "E0599", "`use rayon::prelude::*;`"),
    # Changed through what does not change.
    "push": ("{ let a = std::sync::Arc::new(vec![1]); a.push(2); }", "E0596", "Arc::new(Mutex::new(0))"),
    "assign": ("{ let a = std::sync::Arc::new(1); *a += 1; }", "E0594", "an `RwLock` or an atomic"),
    "static": ("static N: u64 = 0; fn bump() { N += 1; }", "E0594", "AtomicU64"),
    "static mut": ("static mut N: u64 = 0; N += 1;", "E0133", "AtomicU64"),
    "static mut, reference": ("static mut V: Vec<i32> = Vec::new(); unsafe { V.push(1) }", "static_mut_refs", "AtomicU64"),
    "lock": ("{ let m = std::sync::Mutex::new(1); m += 1; }", "E0368", "behind its lock"),
    "lock, no unwrap": ("{ let m = std::sync::Mutex::new(1); *m.lock() += 1; }", "E0614", "*shared.lock().unwrap() += 1"),
    "read guard": ("{ let m = std::sync::RwLock::new(1); *m.read().unwrap() += 1; }", "E0594", "take `write()`"),
    "atomic": ("{ let a = std::sync::atomic::AtomicU64::new(0); a += 1; }", "E0368", "fetch_add"),
    "atomic, compared": ("{ let a = std::sync::atomic::AtomicU64::new(0); a == 1 }", "E0369", "count.load"),
    # Handles.
    "join": ("{ let hs: Vec<std::thread::JoinHandle<()>> = vec![]; for h in &hs { h.join(); } }", "E0507", "without `&`"),
    "join an element": ("{ let hs = vec![std::thread::spawn(|| 1)]; hs[0].join().unwrap(); }", "E0507", "`pop()`"),
    "join a field": ("struct W { h: std::thread::JoinHandle<()> } impl Drop for W { fn drop(&mut self) { self.h.join().unwrap(); } }",
                     "E0507", ".take()"),
    "a thread's value": ("let x: i32 = std::thread::spawn(|| 1);", "E0308", "`handle.join().unwrap()`"),
    "a task's value": ("let x: i32 = tokio::spawn(async { 1 });", "E0308", "`handle.await?`"),
    # Names.
    "a name": ("no_such_thing(3)", "E0425", "run that cell first"),
    "a crate": ("use no_such_crate::Thing;", "E0432", ":dep"),
    "a variable": ("let total = 5; fn add(x: i32) -> i32 { x + total }", "E0425", "give the function a parameter"),
}

# Words of hints that are for others: what is wrong here has nothing to do with threads, or is told by the compiler.
WRONG = {
    "moved by a let": ('{ let v = vec![1]; let w = v; println!("{v:?}"); std::thread::spawn(move || 1); }', "E0382", "`move` has"),
    "moved into a closure": ("{ let v = vec![1]; let f = move || v.len(); v.len(); f(); std::thread::spawn(|| 1); }", "E0382", "`move` has"),
    "push in a loop": ("{ let mut v = vec![1]; for x in &v { v.push(*x); } NEW }", "E0502", "thread"),
    "drop": ("{ let g = vec![1]; let r = &g; drop(g); println!(\"{r:?}\"); NEW }", "E0505", "thread"),
    "two elements": ("{ let mut v = vec![1, 2]; let (a, b) = (&mut v[0], &mut v[1]); *a += *b; NEW }", "E0499", "thread"),
    "two closures": ("{ let mut n = 0; let mut a = || n += 1; let mut b = || n += 2; a(); b(); NEW }", "E0499", "thread"),
    "a field": ("struct S { name: String } fn f(s: &S) -> String { s.name } fn g() { NEW }", "E0507", "`join`"),
    "join a field": ("struct W { h: std::thread::JoinHandle<()> } impl W { fn end(&mut self) { self.h.join().unwrap(); } }",
                     "E0507", "for handle in"),
    "too short": ('{ let r; { let x = 5; r = &x; } println!("{r}"); NEW }', "E0597", "thread"),
    "escapes": ("struct O(Vec<i32>); impl O { fn f(&self, o: &mut Vec<&'static i32>) { std::thread::spawn(|| 1); o.push(&self.0[0]); } }",
                "E0521", "thread"),
    "returned": ("fn f() -> impl Fn() -> i32 { let n = 1; NEW || n }", "E0373", "thread may"),
    "in a scope": ("{ std::thread::scope(|s| { for i in 0..3 { s.spawn(|| i); } }); }", "E0373", "or start it in"),
    "gone in a scope": ("{ std::thread::scope(|s| { let v = vec![1]; let r = &v; s.spawn(move || r.len()); }); }", "E0597", "or start"),
    "in a task": ('{ let s = String::new(); tokio::spawn(async { println!("{s}") }); }', "E0373", "thread::scope"),
    "Rc": ("{ use rayon::prelude::*; let r = std::rc::Rc::new(1); [1].par_iter().for_each(|x| { let _ = *r + x; }); }", "E0277", "RefCell"),
    "receiver": ("{ let (_tx, rx) = std::sync::mpsc::channel::<i32>(); std::thread::scope(|s| { s.spawn(|| rx.recv()); }); }",
                 "E0277", "RefCell"),
    "static": ("static N: std::cell::Cell<i32> = std::cell::Cell::new(1);", "E0277", "`Arc`"),
    "in spawn_blocking": ("{ let n = String::new(); tokio::task::spawn_blocking(|| { n.len(); }); }", "E0373", "thread::scope"),
    "boxed Fn": ("{ let mut n = 0; let f: Box<dyn Fn()> = Box::new(|| n += 1); f(); }", "E0594", "several threads"),
    "own Fn": ("fn twice(f: impl Fn()) { f(); f() } { let mut n = 0; twice(|| n += 1); }", "E0594", "several threads"),
    "a variable": ("let total = 5; fn add(x: i32) -> i32 { x + total }", "E0425", "run that cell first"),
    "a module": ("thread::spawn(|| 1);", "E0433", ":dep"),
    "misspelt": ("std::thread::spwan(|| 1);", "E0425", "run that cell first"),
    "misspelt import": ("use std::sync::Mutx;", "E0432", ":dep"),
    "no use": ("let m = Mutex::new(1);", "E0433", "run that cell first"),
    "long types": ("{ let m = std::sync::Mutex::new(1); *m.lock() += 1; }", "E0614", "verbose"),
    "another type": ('let n: i32 = "x";', "E0308", ".await"),
}


@pytest.mark.parametrize("kind", HINTS)
def test_what_threads_forbid_has_a_hint(kernel: Kernel, kind: str):
    code, name, words = HINTS[kind]
    report = kernel.run(code).report
    assert name in report and words in report, report
    if name.startswith("E"):
        assert f"https://doc.rust-lang.org/error_codes/{name}.html" in report, report


@pytest.mark.parametrize("kind", WRONG)
def test_other_errors_have_none_of_it(kernel: Kernel, kind: str):
    code, name, words = WRONG[kind]
    report = kernel.run(code.replace("NEW", NEW)).report
    said = [line for line in report.splitlines() if line.lstrip().startswith("= ")]
    assert name in report and words not in "\n".join(said), report


def test_a_function_does_not_see_an_earlier_cells_variable(kernel: Kernel):
    assert kernel.run("let seen_by_cells = 5;").status == "ok"
    report = kernel.run("fn add(x: i32) -> i32 { x + seen_by_cells }").report
    assert "give the function a parameter" in report and "run that cell first" not in report, report


OF_A_TASK = """{ let m = std::sync::Arc::new(std::sync::Mutex::new(1)); tokio::spawn(async move {
    let mut g = m.lock().unwrap();
    tokio::task::yield_now().await;
    *g += 1;
}); }"""


@pytest.mark.parametrize(
    "code, expected",
    [
        (OF_A_TASK, ["2 |     let mut g = m.lock().unwrap();", "has type `std::sync::MutexGuard<'_, i32>` which is not `Send`",
                     "await occurs here, with `mut g` maybe used later", "a lock is let go by the thread"]),
        ("{ let r = std::rc::Rc::new(1);\ntokio::spawn(async move { tokio::task::yield_now().await;\ndrop(r) }); }",
         ["3 | drop(r) }); }", "has type `Rc<i32>` which is not `Send`", "required by a bound in `tokio::spawn`"]),
    ],
)
def test_a_note_is_drawn_where_it_is(kernel: Kernel, code: str, expected: list[str]):
    report = kernel.run(code).report
    for words in expected:
        assert words in report, report


def test_a_note_about_an_earlier_cell_has_its_line(kernel: Kernel):
    kernel.run("async fn keeps() { let r = std::rc::Rc::new(1); tokio::task::yield_now().await; drop(r); }")
    report = kernel.run("tokio::spawn(keeps());").report
    assert "has type `Rc<i32>` which is not `Send`, in an earlier cell: `async fn keeps()" in report, report


# Variables that the next cell cannot have, with words that have to be there and words that must not.
KEPT = {
    "guard": ("let m = std::sync::Mutex::new(1);\nlet mut g = m.lock().unwrap();", "the lock is let go", "`Arc`"),
    "reference": ("let v = vec![1];\nlet r = &v;", "`to_owned`", "lock"),
    "two": ("let v = vec![1];\nlet a = &v; let b = &v;", "`b` borrows from something else", "non-static lifetime"),
    "future": ("async fn f() -> i32 { 1 }\nlet x = f();", "`let x = ... .await;`", "collect"),
    "lock of tokio": ("let m = tokio::sync::Mutex::new(1);\nlet g = m.lock();", "`let g = ... .await;`", "collect"),
    "iterator": ("let it = (0..3).map(|x| x + 1);", "`collect` it", "await"),
}


@pytest.mark.parametrize("kind", KEPT)
def test_a_variable_that_is_not_kept_is_told_how_it_could_be(kernel: Kernel, kind: str):
    code, words, others = KEPT[kind]
    cell = kernel.run(code)
    assert cell.reply["content"]["ename"] == "VariableError", cell.report
    assert words in cell.report and others not in cell.report.split("|")[-1], cell.report


# Cells that end too soon, or have commands below Rust: what is said, and where.
ENDS = {
    "{": ("`{` is not closed", ":1:1"),
    "fn": ("the cell ends here", ":1:3"),
    ":timeit\na +": ("the cell ends here", ":2:4"),
    "1\n:vars": ("`:vars` is a command", ":2:1"),
    "use std::sync::Arc;\n:time": ("`:time` is a command", ":2:1"),
    "let x = 1;\nx\n!ls": ("`!ls` is a program", ":3:1"),
    "%time 1": ("`%time` is none of this kernel's commands", ":1:1"),
}


@pytest.mark.parametrize("code", ENDS)
def test_a_cell_that_is_not_rust_is_told_where_it_stops_being_so(kernel: Kernel, code: str):
    words, place = ENDS[code]
    report = kernel.run(code).report
    assert words in report and place in report, report
    assert "earlier cell" not in report and "import" not in report, report


@pytest.mark.parametrize("line", ["let y: bool = !5_u8;", "let x: u8 =\n!true;", "let x\n: u8 = false;"])
def test_rust_that_looks_like_a_command_is_none(kernel: Kernel, line: str):
    report = kernel.run(line).report
    assert "E0308" in report and "command" not in report and "shell" not in report, report


def test_what_timeit_cannot_do_has_another_way(own_kernel: Kernel):
    own_kernel.run("async fn one() -> i32 { 1 }")
    report = own_kernel.run(":timeit\none().await").report
    way = "tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(...))"
    assert "`:timeit` runs a closure" in report and way in report and "not `async`" not in report, report
    assert "write `.unwrap()`" in own_kernel.run(':timeit\n"1".parse::<i32>()?').report
    assert own_kernel.run("one().await").result == "1"
    assert own_kernel.run(":timeit\n" + way.replace("...", "one()")).status == "ok"


def test_the_first_mistake_with_tasks_has_a_cure(own_kernel: Kernel):
    """No crate was added, so nothing is said of crates."""
    for code in ("tokio::spawn(async { 1 });", "let h = tokio::spawn(async { 1 });"):
        report = own_kernel.run(code).report
        assert "there is no reactor running" in report and "`tokio::spawn(...).await?`" in report, report
        assert ":dep" not in report, report
    assert own_kernel.run("tokio::spawn(async { 1 }).await?").result == "1"
    assert own_kernel.run("let h = tokio::spawn(async { 2 });").status == "ok"
    assert own_kernel.run("h.await?").result == "2"


def test_beside_added_crates_a_tokio_of_their_own_is_thought_of(own_kernel: Kernel, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("pub fn one() -> u8 { 1 }\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2024"\n')
    cell = own_kernel.run(f':dep tiny = {{ path = "{tmp_path}" }}\ntiny::one()')
    assert cell.result == "1", cell.report
    report = own_kernel.run("tokio::spawn(async { 1 });").report
    assert "`tokio::spawn(...).await?`" in report and ":dep own_tokio" in report, report


def test_a_command_at_the_top_is_no_command_below_rust(kernel: Kernel):
    for code in (":dep tiny = { path = \"/no/such/folder\" }\n1", ":dep =\n1", ":timeit\n1 + true"):
        report = kernel.run(code).report
        assert report and "stand at the top" not in report, report

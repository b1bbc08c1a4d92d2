//! What the guard lets through, and what it refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn cell() -> AnswerCell {
    AnswerCell {
        id: "a".to_owned(),
        grade_id: None,
        is_code: true,
        stub:
            "fn ticks(work: &[u64], n: u64) -> Vec<(usize, u64)> { todo!() }\nlet mine: f64 = 0.0;"
                .to_owned(),
        words: BTreeSet::new(),
        defines: BTreeSet::from(["ticks", "mine", "cmp", "Mine"].map(str::to_owned)),
        imports: BTreeMap::from([("cmp".to_owned(), "std::cmp".to_owned())]),
        methods: BTreeSet::from(["next".to_owned()]),
    }
}

fn check(code: &str, expected: Option<&str>) {
    let names = [
        "exercise",
        "ticks",
        "u64",
        "assert_eq",
        "Arc",
        "barista",
        "Some",
        "cmp",
    ];
    let check = Check::for_tests(
        &names,
        &["makespan", "iter", "next"],
        &["found", "expected"],
        &[("Arc", "shuttle::sync::Arc")],
    );
    let found = look(code, &cell(), &check);
    match (expected, found) {
        (None, found) => assert_eq!(found, Found::Fine, "{code}"),
        (Some(expected), Found::Refused(why)) => {
            assert!(why.contains(expected), "{code}: {why:?}");
        }
        (Some("broken"), Found::Broken) => {}
        (Some(_), found) => panic!("{code}: {found:?}"),
    }
}

#[test]
fn what_could_reach_the_check_is_refused() {
    check("fn f() {\n  unsafe { g() }\n}", Some("`unsafe` in line 2"));
    check(
        "macro_rules! m { () => { unsafe { g() } } }",
        Some("`unsafe`"),
    );
    check("let s = \"unsafe\";", None);
    check("core::arch::global_asm!(\"\");", Some("global_asm"));
    check(
        "let s = include_str ! (\"/etc/passwd\");",
        Some("include_str"),
    );
    check("use std::include as x;", Some("`include`"));
    check("let include = true;", None);
    check("#[path = \"/etc/passwd\"] mod x;", Some("`path`"));
    check(
        "#[cfg_attr(not(feature = \"]\"), path = \"a\")] mod x {}",
        Some("`path`"),
    );
    check("mod x;", Some("`mod`"));
    check("mod x {}", None);
    check("fn f(path: &str) { let env = 1; }", None);
    check("extern crate libc;", Some("extern"));
    check("#![feature(x)]", Some("#!"));
    check("fn f() {} #![recursion_limit = \"9\"]", Some("#!"));
    check("#[macro_use] mod m {}", Some("macro_use"));
    check(
        "crate::twoaxes_cell(std::ptr::null_mut());",
        Some("twoaxes_cell"),
    );
    check(
        "mod evcxr_internal_runtime {}",
        Some("evcxr_internal_runtime"),
    );
}

#[test]
fn what_a_glob_unpacks_is_a_name_like_others() {
    check("mod m { pub fn Some() {} } use m::*;", Some("`Some`"));
    check(
        "mod m { pub mod n { pub fn Some() {} } } use self::m::{n::*};",
        Some("`Some`"),
    );
    check("enum E { Some } use E::*;", Some("`Some`"));
    check("mod m { pub fn Some() {} }", None);
    check("enum E { Red } use E::*;", None);
    check("use std::collections::*;", None);
}

#[test]
fn what_the_author_imports_keeps_its_path() {
    check("use std::cmp;", None);
    check("mod cmp { pub fn max() {} }", Some("`cmp`"));
    check("mod m { pub mod cmp {} } use m::cmp;", Some("`cmp`"));
}

#[test]
fn a_pattern_of_the_check_binds_what_it_bound() {
    check("const found: &u64 = &7;", Some("`found`"));
    check("static expected: u64 = 7;", Some("`expected`"));
    check("struct found;", Some("`found`"));
    check("use std::f64::consts::PI as found;", Some("`found`"));
    check(
        "mod m { pub const found: u8 = 1; } use m::found;",
        Some("`found`"),
    );
    check(
        "mod m { pub const found: u8 = 1; } use m::*;",
        Some("`found`"),
    );
    check("fn found() {}", None);
    check("fn f() { let found = 1; }", None);
    check("use other::found;", None);
}

#[test]
fn no_method_comes_before_one_of_the_check() {
    check("impl Given { fn iter(&self) {} }", Some("`iter`"));
    check(
        "type Own = Given; impl Own { fn iter(&self) {} }",
        Some("`iter`"),
    );
    check(
        "fn f() { impl Given { fn iter(&self) {} } }",
        Some("`iter`"),
    );
    check(
        "mod m { use super::Own; impl Own { fn iter(&self) {} } }\nstruct Own;",
        Some("`iter`"),
    );
    check("struct Own; impl Own { fn iter(&self) {} }", None);
    check("mod m { struct Own; impl Own { fn iter(&self) {} } }", None);
    check(
        "fn f() { struct Own; impl Own { fn iter(&self) {} } }",
        None,
    );
    check("impl Given { fn next(&self) {} fn other(&self) {} }", None);
}

#[test]
fn macros_define_nothing_unseen() {
    check(
        "macro_rules! t { ($n:ident) => { trait C { fn $n(self); } } } t!(len);",
        Some("`trait`"),
    );
    check(
        "macro_rules! t { ($($t:tt)*) => { $($t)* } } t!(const found: u8 = 1;);",
        Some("`const`"),
    );
    check(
        "macro_rules! double { ($x:expr) => { $x * 2 } } fn f() { double!(3); }",
        None,
    );
    check("fn f() { println!(\"{}\", vec![1].len()); }", None);
    check("thread_local! { static COUNT: u64 = const { 1 } }", None);
    check(
        "thread_local! { static barista: u64 = 1 }",
        Some("`barista`"),
    );
}

#[test]
fn commands_are_refused_and_code_that_looks_like_one_is_not() {
    check(":dep rand = \"1\"", Some("command"));
    check("\n\u{feff} :dep rand = \"1\"", Some("command"));
    check("!ls", Some("command"));
    check("::std::process::exit(0);", None);
    check("fn f() -> bool {\n    !g()\n}", None);
    check("let y\n    :u64 = 2;", None);
}

#[test]
fn what_has_no_syntax_never_runs_beside_a_check() {
    check("fn f(", Some("broken"));
    check("fn f() { let = 1; }", Some("broken"));
    check("fn f() {}\n#[cfg(any())]", Some("broken"));
}

#[test]
fn names_of_the_check_stay_what_they_are() {
    check(
        "fn exercise(_: &str) {}",
        Some("`exercise` another meaning"),
    );
    check("fn r#exercise(_: &str) {}", Some("`exercise`"));
    check("let exercise = 1;", Some("`exercise`"));
    check("macro_rules! assert_eq { () => {} }", Some("`assert_eq`"));
    check("use a as exercise;", Some("`exercise`"));
    check("type u64 = Cheat;", Some("`u64`"));
    check("fn helper() { let exercise = 1; }", None);
    check("use shuttle::sync::Arc;", None);
    check("use shuttle::sync::{Arc, Mutex};", None);
    check("use std::sync::Arc;", Some("`Arc`"));
    check("use twoaxes::barista;", None);
    check("use evil::barista;", Some("`barista`"));
}

#[test]
fn functions_and_variables_keep_form_and_types() {
    check(
        "fn ticks(w: &[u64], mut m: u64) -> Vec<(usize, u64)> { vec![] }",
        None,
    );
    let signature = Some("`fn ticks(work: &[u64], n: u64) -> Vec<(usize, u64)>`");
    check(
        "fn ticks(work: &[u64], n: u64) -> Cheat { Cheat }",
        signature,
    );
    check("struct ticks(u64);", signature);
    check("mod a {} use a::ticks;", signature);
    check("fn other() -> Cheat { Cheat }", None);
    check("let mine = 2.5;", None);
    check("let mine: f64 = 2.5;", None);
    check("let mine: Cheat = Cheat;", Some("`mine`"));
    check("static mine: f64 = 2.5;", Some("`mine`"));
}

#[test]
fn a_trait_has_no_method_of_the_check() {
    check(
        "trait Cheat { fn makespan(self) -> u64; }",
        Some("`makespan`"),
    );
    check("trait Mine { fn area(&self) -> u64; }", None);
}

#[test]
fn what_would_exhaust_a_compiler_is_refused() {
    check(&"(".repeat(1_000), Some("brackets"));
    check(&"-".repeat(100_000), Some("bytes"));
}

#[test]
fn a_variable_gets_the_type_that_it_had() {
    let given = |code: &str| with_types(code, &cell().stub);
    assert_eq!(
        given("let mine = 7.0; let a = 1;"),
        "let mine: f64 = 7.0; let a = 1;"
    );
    assert_eq!(given("let mut mine = 7.0;"), "let mut mine: f64 = 7.0;");
    assert_eq!(given("let mine: f64 = 7.0;"), "let mine: f64 = 7.0;");
    assert_eq!(given("let mine = ;"), "let mine = ;");
}

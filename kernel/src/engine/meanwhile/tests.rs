//! A library of a few lines, and what is found in it while a cell runs.

use super::*;

const VEC: &str = "\
//! Vectors.
/// A growing array.
#[stable(feature = \"rust1\", since = \"1.0.0\")]
pub struct Vec<T, A = Global> {
buf: RawVec<T, A>,
}
impl<T> Vec<T> {
/// Makes an empty one.
pub const fn new() -> Self {loop{}}
}
const impl<T, A: [const] Allocator> Vec<T, A> {
/// Appends an element.
///
/// # Panics
#[rustc_confusables(\"append\")]
pub fn push(&mut self, value: T) {loop{}}
#[unstable(feature = \"x\")]
pub fn push_within(&mut self, value: T) {loop{}}
fn private(&self) {loop{}}
}
impl<T, A: Allocator> ops::Deref for Vec<T, A> {
type Target = [T];
fn deref(&self) -> &[T] {loop{}}
}
pub fn free(text: &'static str) {loop{}}
";

const SLICE: &str = "impl<T> [T] {\npub fn len(&self) -> usize {loop{}}\npub fn first<F>(&self, f: F) -> Option<&T>\nwhere\nF: Fn() -> u8,\n{loop{}}\n}\n";
const ITERATOR: &str = "pub trait Iterator {\ntype Item;\nfn next(&mut self) -> Option<Self::Item>;\nfn map<B, F>(self, f: F) -> Map<Self, F>\nwhere\nSelf: Sized,\n{loop{}}\n}\n";
const INTEGERS: &str = "macro_rules! int_impl {\n(\n$x:ident\n) => {\npub const fn pow(self, exp: u32) -> Self {loop{}}\n};\n}\n";

fn meanwhile() -> (tempfile::TempDir, Meanwhile) {
    let library = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("rust-src/alloc/src/vec/mod.rs", VEC),
        ("rust-src/core/src/slice/mod.rs", SLICE),
        ("rust-src/core/src/iter/iterator.rs", ITERATOR),
        ("rust-src/core/src/num/int_macros.rs", INTEGERS),
        (
            "crates-src/twoaxes-0.1.0/src/barista/slice.rs",
            "pub fn time_slice(work: &[u64], slice: u64) -> Trace {loop{}}\n",
        ),
    ] {
        let path = library.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let meanwhile = Meanwhile::default();
    meanwhile.read_sources(library.path());
    meanwhile.learn(
        ":opt 2\n/// Twice as much.\nfn double(n: i32) -> i32 { 2 * n }\nstruct Order(u8);\nlet x = 1;",
        [
            ("numbers", "Vec<i32>"),
            ("shared", "std::sync::Arc<Vec<u8>>"),
            ("count", "i32"),
            ("steps", "std::ops::Range<i32>"),
        ]
        .into_iter(),
        ["double", "Order"].into_iter(),
    );
    (library, meanwhile)
}

#[test]
fn names_are_completed_by_what_stands_before_them() {
    let (_library, meanwhile) = meanwhile();
    for (code, expected) in [
        ("dou", "double"),
        ("Ord", "Order"),
        ("numb", "numbers"),
        ("numbers.p", "push"),
        ("numbers.l", "len"),
        ("shared.le", "len"),
        ("count.po", "pow"),
        ("i32::po", "pow"),
        ("steps.", "map next"),
        ("Vec::", "new push"),
        ("Vec::<u8>::n", "new"),
        ("barista::ti", "time_slice"),
        ("let local = 1; loc", "local"),
        ("whi", "while"),
        ("printl", "println!"),
        // Nobody knows its type without rust-analyzer.
        ("numbers.len().", ""),
        ("other.numbers.", ""),
        ("unheard::", ""),
    ] {
        let found = meanwhile.complete(code, code.len());
        let names: Vec<&str> = found
            .candidates
            .iter()
            .map(|candidate| candidate.text.as_str())
            .collect();
        assert_eq!(names.join(" "), expected, "at the end of {code}");
        let begun = code
            .rfind(|c| !identifier::is_part(c))
            .map_or(0, |at| at + 1);
        assert_eq!((found.start, found.end), (begun, code.len()));
    }
}

#[test]
fn functions_are_completed_with_their_signature() {
    let (_library, meanwhile) = meanwhile();
    for (code, kind, signature) in [
        (
            "numbers.pus",
            "function",
            Some("pub fn push(&mut self, value: T)"),
        ),
        ("dou", "function", Some("fn double(n: i32) -> i32")),
        ("coun", "variable", Some("i32")),
        ("Orde", "struct", None),
    ] {
        let found = meanwhile.complete(code, code.len()).candidates.remove(0);
        assert_eq!(
            (found.kind.as_str(), found.signature.as_deref()),
            (kind, signature)
        );
    }
}

#[test]
fn names_are_described_by_their_definition() {
    let (_library, meanwhile) = meanwhile();
    for (code, expected) in [
        ("count", Some("let count: i32")),
        (
            "double(",
            Some("fn double(n: i32) -> i32\n\nTwice as much."),
        ),
        (
            "Vec",
            Some("pub struct Vec<T, A = Global>\n\nA growing array."),
        ),
        (
            "numbers.push",
            Some("pub fn push(&mut self, value: T)\n\nAppends an element.\n\n# Panics"),
        ),
        (
            "Vec::new",
            Some("pub const fn new() -> Self\n\nMakes an empty one."),
        ),
        ("nothing", None),
        ("numbers.push_within", None),
    ] {
        let found = meanwhile.inspect(code, code.len()).map(|found| found.plain);
        let expected = expected.map(|words| format!("{words}\n\n{LIMITED}"));
        assert_eq!(found, expected, "{code}");
    }
}

#[test]
fn what_was_cleared_is_not_known_any_more() {
    let (_library, meanwhile) = meanwhile();
    meanwhile.learn(":clear", std::iter::empty(), std::iter::empty());
    for code in ["dou", "numb"] {
        assert_eq!(meanwhile.complete(code, code.len()).candidates, []);
    }
}

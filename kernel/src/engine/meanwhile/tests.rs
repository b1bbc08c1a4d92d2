//! A library of a few lines, and what is found in it while a cell runs.

use proptest::prelude::*;

use super::*;

const CORE: &str = "\
pub mod clone;
pub mod ops;
pub mod option;
pub mod iter;
pub mod slice;
pub mod num;
pub mod result;
pub mod cmp;
pub mod marker;
pub mod fmt;
";
const OPS: &str = "\
pub trait Deref {
type Target: ?Sized;
fn deref(&self) -> &Self::Target;
}
pub trait FnMut<Args> {}
";
const FUTURE: &str = "pub trait Future {\ntype Output;\n}\n";
const RANGE: &str = "pub struct Range<Idx> {\npub start: Idx,\npub end: Idx,\n}\nimpl<A: Step> Iterator for Range<A> {\ntype Item = A;\n}\nuse crate::iter::{Iterator, Step};\n";
const OPTION: &str = "\
pub enum Option<T> {
/// Nothing.
None,
Some(T),
}
impl<T> Option<T> {
pub fn unwrap(self) -> T {loop{}}
pub fn map<U, F>(self, f: F) -> Option<U>
where
F: FnOnce(T) -> U,
{loop{}}
pub fn as_ref(&self) -> Option<&T> {loop{}}
}
";
const RESULT: &str = "pub enum Result<T, E> {\nOk(T),\nErr(E),\n}\nimpl<T, E> Result<T, E> {\npub fn ok(self) -> Option<T> {loop{}}\npub fn unwrap(self) -> T {loop{}}\n}\nuse crate::option::Option;\n";
const CLONE: &str =
    "pub trait Clone: Sized {\nfn clone(&self) -> Self;\n}\nimpl<T: ?Sized> Clone for &T {}\n";
const VEC: &str = "\
//! Vectors.
use core::slice;
use core::ops;
/// A growing array.
#[stable(feature = \"rust1\", since = \"1.0.0\")]
pub struct Vec<T, A = Global> {
buf: RawVec<T, A>,
}
pub struct Global;
impl Clone for Global {}
impl<T: Clone, A: Clone> Clone for Vec<T, A> {}
impl<T> Vec<T> {
/// Makes an empty one.
pub const fn new() -> Self {loop{}}
}
const impl<T, A> Vec<T, A> {
/// Appends an element.
///
/// # Panics
#[rustc_confusables(\"append\")]
pub fn push(&mut self, value: T) {loop{}}
#[unstable(feature = \"x\")]
pub fn push_within(&mut self, value: T) {loop{}}
fn private(&self) {loop{}}
}
impl<T, A> ops::Deref for Vec<T, A> {
type Target = [T];
fn deref(&self) -> &[T] {loop{}}
}
pub fn free(text: &'static str) {loop{}}
";
const STRING: &str = "use core::ops::Deref;\npub struct String {\nvec: Vec<u8>,\n}\nimpl String {\npub fn push_str(&mut self, string: &str) {loop{}}\n}\nimpl Deref for String {\ntype Target = str;\n}\nimpl Clone for String {}\n";
const STR: &str = "impl str {\npub fn trim(&self) -> &str {loop{}}\npub fn into_string(self: Box<str>) -> String {loop{}}\npub fn fold<F: Fn(u8) -> u8>(&self, f: F) -> u8 {loop{}}\npub fn parse<F: FromStr>(&self) -> Result<F, F::Err> {loop{}}\n}\n";
const SYNC: &str = "\
use core::ops::Deref;
pub struct Arc<T: ?Sized> {}
impl<T> Arc<T> {
pub fn new(data: T) -> Arc<T> {loop{}}
}
impl<T: ?Sized> Deref for Arc<T> {
type Target = T;
}
impl<T: ?Sized> Clone for Arc<T> {}
pub struct Mutex<T> {}
impl<T> Mutex<T> {
pub fn new(t: T) -> Mutex<T> {loop{}}
pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {loop{}}
}
pub type LockResult<G> = Result<G, PoisonError<G>>;
pub struct PoisonError<G> {}
pub struct MutexGuard<'a, T: ?Sized + 'a> {}
impl<T: ?Sized> Deref for MutexGuard<'_, T> {
type Target = T;
}
";
const SLICE: &str = "\
pub mod iter;
use self::iter::Iter;
impl<T> [T] {
pub fn len(&self) -> usize {loop{}}
pub fn first<F>(&self, f: F) -> Option<&T>
where
F: Fn() -> u8,
{loop{}}
pub fn iter(&self) -> Iter<'_, T> {loop{}}
}
impl<T> !Iterator for [T] {}
";
const SLICE_ITER: &str = "pub struct Iter<'a, T: 'a> {}\nuse crate::iter::Iterator;\n";
const ITERATOR: &str = "\
pub mod adapters;
use self::adapters::{Filter, Map};
pub trait Step {}
pub trait Iterator {
type Item;
fn next(&mut self) -> Option<Self::Item>;
fn map<B, F>(self, f: F) -> Map<Self, F>
where
Self: Sized,
{loop{}}
fn filter<P>(self, predicate: P) -> Filter<Self, P> {loop{}}
fn collect<B: FromIterator<Self::Item>>(self) -> B {loop{}}
}
pub trait DoubleEndedIterator: Iterator {}
pub trait IntoIterator {
type Item;
type IntoIter: Iterator;
fn into_iter(self) -> Self::IntoIter;
}
impl<I: Iterator> IntoIterator for I {
type Item = I::Item;
type IntoIter = I;
}
impl<'a, T, A> IntoIterator for &'a Vec<T, A> {
type Item = &'a T;
type IntoIter = crate::slice::iter::Iter<'a, T>;
}
";
const ADAPTERS: &str = "\
use super::Iterator;
pub struct Map<I, F> {}
impl<B, I: Iterator, F> Iterator for Map<I, F> where F: FnMut(I::Item) -> B {
type Item = B;
}
pub struct Filter<I, P> {}
impl<I: Iterator, P> Iterator for Filter<I, P> where P: FnMut(&I::Item) -> bool {
type Item = I::Item;
}
";
const NUM: &str = "macro_rules! int_impl {\n(\n$x:ident\n) => {\n/// To the power.\npub const fn pow(self, exp: u32) -> Self {loop{}}\npub const fn abs_diff(self, other: Self) -> $UnsignedT {loop{}}\n};\n}\nmacro_rules! uint_impl {\n() => {\npub const fn count(self) -> u32 {loop{}}\n};\n}\n";
const PRELUDE: &str = "\
pub use core::clone::Clone;
pub use core::iter::{Iterator, IntoIterator};
pub use core::option::Option::{self, None, Some};
pub use core::result::Result::{self, Ok, Err};
pub use core::ops::{FnMut, function::*};
pub use alloc_crate::vec::Vec;
pub use alloc_crate::string::String;
pub use crate::println;
";
const STD: &str = "extern crate alloc as alloc_crate;\npub mod prelude;\npub mod thread;\npub use alloc_crate::vec;\npub use alloc_crate::sync;\n#[macro_export]\nmacro_rules! println {\n() => {};\n}\n";
const THREAD: &str = "pub fn spawn<F, T>(f: F) -> JoinHandle<T> {loop{}}\npub struct JoinHandle<T> {}\nimpl<T> JoinHandle<T> {\npub fn join(self) -> Result<T, u8> {loop{}}\n}\n";
const TWOAXES: &str = "pub mod barista;\npub mod trace;\npub mod prelude {\npub use crate::{barista, trace::Trace};\n}\n";
const TRACE: &str = "/// What ran when.\npub struct Trace {\n/// Where.\npub title: String,\nhidden: u8,\n}\nimpl Trace {\npub fn makespan(&self) -> f64 {loop{}}\n}\n";

const CELL_TEXT: &str = "\
:opt 2
use std::thread::spawn;
/// Twice as much.
fn double(n: i32) -> i32 { 2 * n }
/// A cup.
#[derive(Clone)]
struct Order<T> {
    /// How many.
    number: u8,
    extras: Vec<T>,
}
enum Size { Small, Big(u8), }
impl<T> Order<T> {
    /// An order.
    fn new(number: u8) -> Self { todo!() }
    fn size(&self) -> &Size { todo!() }
    fn first(self) -> Option<T> { None }
    async fn later(self) -> Result<Size, u8> { todo!() }
}
trait Brew { fn brew(&self) -> f64; }
impl Brew for Size { fn brew(&self) -> f64 { 1.0 } }
macro_rules! twice { ($x:expr) => { $x } }
fn evens() -> impl Iterator<Item = u8> { todo!() }
let x = 1;";

fn meanwhile() -> (tempfile::TempDir, Meanwhile) {
    let library = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "rust-src/alloc/src/lib.rs",
            "pub mod string;\npub mod sync;\npub mod vec;\n",
        ),
        ("rust-src/alloc/src/vec/mod.rs", VEC),
        ("rust-src/alloc/src/string.rs", STRING),
        ("rust-src/alloc/src/sync.rs", SYNC),
        ("rust-src/core/src/lib.rs", CORE),
        ("rust-src/core/src/clone.rs", CLONE),
        ("rust-src/core/src/future/future.rs", FUTURE),
        ("rust-src/core/src/iter/adapters.rs", ADAPTERS),
        ("rust-src/core/src/iter/mod.rs", ITERATOR),
        ("rust-src/core/src/num/mod.rs", NUM),
        ("rust-src/core/src/ops/deref.rs", OPS),
        (
            "rust-src/core/src/ops/function.rs",
            "pub trait Fn<A> {}\npub trait FnMut<A> {}\npub trait FnOnce<A> {}\n",
        ),
        (
            "rust-src/core/src/ops/mod.rs",
            "pub mod deref;\npub use self::deref::Deref;\npub use self::function::FnMut;\n",
        ),
        ("rust-src/core/src/ops/range.rs", RANGE),
        ("rust-src/core/src/option.rs", OPTION),
        ("rust-src/core/src/result.rs", RESULT),
        ("rust-src/core/src/slice/iter.rs", SLICE_ITER),
        ("rust-src/core/src/slice/mod.rs", SLICE),
        ("rust-src/core/src/str/mod.rs", STR),
        ("rust-src/std/src/lib.rs", STD),
        ("rust-src/std/src/prelude/rust_2024.rs", PRELUDE),
        ("rust-src/std/src/thread.rs", THREAD),
        ("crates-src/twoaxes-0.1.0/src/lib.rs", TWOAXES),
        ("crates-src/twoaxes-0.1.0/src/trace.rs", TRACE),
        (
            "crates-src/twoaxes-0.1.0/src/barista/mod.rs",
            "mod slice;\npub use slice::time_slice;\n",
        ),
        (
            "crates-src/twoaxes-0.1.0/src/barista/slice.rs",
            "use crate::trace::Trace;\npub fn time_slice(work: &[u64], slice: u64) -> Trace {loop{}}\n",
        ),
    ] {
        let path = library.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let meanwhile = Meanwhile::default();
    meanwhile.read_sources(library.path());
    meanwhile.learn(
        CELL_TEXT,
        [
            ("numbers", "Vec<i32>"),
            ("shared", "std::sync::Arc<std::sync::Mutex<Vec<u8>>>"),
            ("count", "i32"),
            ("order", "Order<String>"),
            ("pair", "(i32, String)"),
            ("odd", "never::Heard<Of>"),
        ]
        .into_iter(),
        ["double", "Order", "Size", "Brew", "twice", "evens"].into_iter(),
    );
    (library, meanwhile)
}

fn names(meanwhile: &Meanwhile, code: &str) -> String {
    let found = meanwhile.complete(code, code.len());
    let begun = code
        .rfind(|c| !identifier::is_part(c))
        .map_or(0, |at| at + 1);
    assert_eq!((found.start, found.end), (begun, code.len()), "{code}");
    let names = found.candidates.into_iter().map(|candidate| candidate.text);
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn names_are_completed_by_what_stands_before_them() {
    let (_library, meanwhile) = meanwhile();
    let mut wrong = Vec::new();
    for (code, expected) in [
        ("dou", "double"),
        ("Ord", "Order"),
        ("numb", "numbers"),
        ("fn f() { numb", ""),
        ("fn f() { println!(\"{}\", numb", ""),
        ("let f = || { numb", "numbers"),
        ("println!(\"{}\", numb", "numbers"),
        ("twi", "twice!"),
        ("printl", "println!"),
        ("baris", "barista"),
        ("Trac", "Trace"),
        ("whi", "while"),
        ("let local = 1; loc", "local"),
        ("numbers.p", "push"),
        ("numbers.", "clone iter first len push"),
        // Only for a boxed one.
        ("\"text\".", "clone fold parse trim"),
        ("i32::po", "pow"),
        ("Vec::", "new push"),
        ("Vec::<u8>::n", "new"),
        ("Order::", "first later new size"),
        ("Size::", "Big Small brew"),
        ("Option::<u8>::", "None Some as_ref map unwrap"),
        ("barista::ti", "time_slice"),
        ("std::thread::", "JoinHandle spawn"),
        // Whoever writes it has not yet written its `use`.
        ("thread::sp", "spawn"),
        ("use std::thread::Jo", "JoinHandle"),
        ("use std::{thread::{sp", "spawn"),
        ("let text = \"numbers.", ""),
        ("// numbers.", ""),
        ("unheard::", ""),
        ("0..", ""),
    ] {
        let mut found: Vec<String> = names(&meanwhile, code)
            .split(' ')
            .map(str::to_owned)
            .collect();
        let mut expected: Vec<&str> = expected.split(' ').collect();
        found.sort();
        expected.sort_unstable();
        // Behind `..` any name may stand.
        if !code.ends_with("..") && found != expected {
            wrong.push(format!("at the end of {code}: {found:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// The types of expressions, `_` where nothing is known.
#[test]
fn expressions_have_the_types_that_declarations_give_them() {
    let (_library, meanwhile) = meanwhile();
    let mut wrong = Vec::new();
    for (code, expected) in [
        ("numbers", "Vec<i32>"),
        ("&numbers", "&Vec<i32>"),
        ("(numbers)", "Vec<i32>"),
        ("numbers[0]", "i32"),
        ("numbers[0..1]", "[i32]"),
        ("numbers.len()", "usize"),
        ("numbers.iter()", "Iter<i32>"),
        ("numbers.iter().next()", "Option<&i32>"),
        ("numbers.iter().next().unwrap()", "&i32"),
        ("*numbers.iter().next().unwrap()", "i32"),
        ("numbers.iter().filter(|n| n).next().unwrap()", "&i32"),
        ("numbers.iter().map(|n| n)", "_"),
        ("numbers.iter().collect::<Vec<u8>>()", "Vec<u8>"),
        ("numbers.clone()", "Vec<i32>"),
        ("shared.lock().unwrap()", "MutexGuard<Vec<u8>>"),
        ("shared.lock().unwrap().len()", "usize"),
        (
            "std::sync::Arc::new(std::sync::Mutex::new(vec![1u8]))",
            "Arc<Mutex<Vec<u8>>>",
        ),
        ("Vec::<u8>::new()", "Vec<u8>"),
        ("Vec::new()", "_"),
        ("vec![1, 2]", "Vec<i32>"),
        ("vec![count; 2]", "Vec<i32>"),
        ("[1.5, 2.0]", "[f64; _]"),
        ("\"text\"", "&str"),
        ("\"text\".trim()", "&str"),
        ("\"1\".parse::<i32>().ok().unwrap()", "i32"),
        ("format!(\"{}\", 1)", "String"),
        ("count + 1", "i32"),
        ("count + 1.0", "_"),
        ("count == 1", "bool"),
        ("!true", "bool"),
        ("count as u64", "u64"),
        ("count.abs_diff(1)", "u32"),
        ("(0..3)", "Range<i32>"),
        ("(0..3).next()", "Option<i32>"),
        ("pair.1", "String"),
        ("(1u8, 'c').1", "char"),
        ("order.number", "u8"),
        ("order.extras", "Vec<String>"),
        ("order.extras[0].trim()", "&str"),
        ("order.size()", "&Size"),
        ("order.first()?", "String"),
        ("order.clone()", "Order<String>"),
        ("order.later().await?", "Size"),
        ("Order::<u8>::new(1)", "Order<u8>"),
        ("Order { number: 1, extras: vec![] }", "_"),
        ("Size::Small", "Size"),
        ("Size::Big(1)", "Size"),
        ("Some(1u8)", "Option<u8>"),
        ("Some(Size::Small).unwrap()", "Size"),
        ("double(1)", "i32"),
        ("evens().next()", "Option<u8>"),
        ("spawn(|| 1).join()", "_"),
        ("barista::time_slice(&[1], 2)", "Trace"),
        ("barista::time_slice(&[1], 2).title", "String"),
        ("barista::time_slice(&[1], 2).hidden", "_"),
        ("odd", "_"),
        ("unheard", "_"),
        ("unheard()", "_"),
        ("numbers.unheard()", "_"),
        ("if true { 1 } else { 2 }", "_"),
        ("|x| x", "_"),
    ] {
        let found = typed(&meanwhile, &format!("({code})"));
        if found != expected {
            wrong.push(format!("{code}: {found}, not {expected}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn variables_of_the_cell_itself_have_types() {
    let (_library, meanwhile) = meanwhile();
    let mut wrong = Vec::new();
    for (code, expected) in [
        ("let v: Vec<u8> = f(); v", "Vec<u8>"),
        ("let v = Vec::<u8>::new(); v", "Vec<u8>"),
        (
            "let v = numbers.iter(); let w = v.next(); w",
            "Option<&i32>",
        ),
        ("let numbers = 1u8; numbers", "u8"),
        ("let numbers = unheard(); numbers", "_"),
        ("let (a, (b, c)) = (1u8, (2u16, 'c')); c", "char"),
        (
            "let Some(n) = numbers.iter().next() else { return }; n",
            "_",
        ),
        ("for n in &numbers { n", "&i32"),
        ("for n in numbers.iter() { n", "&i32"),
        ("for (a, b) in pairs() { a", "_"),
        ("fn f(x: &[u8]) { x", "&[u8]"),
        ("numbers.iter().map(|numbers| numbers", "_"),
        ("numbers.iter().map(|n: u8| n", "u8"),
        ("if let Some(count) = f() { count", "_"),
        ("match f() { Some(count) => count", "_"),
        ("let a = 1u8; println!(\"{}\", a", "u8"),
        ("let a = 1u8; assert!(f(1, &[a", "u8"),
        ("struct Tin { of: u8 } let t = Tin { of: 1 }; t", "Tin"),
        (
            "struct Tin { of: u8 } impl Tin { fn new() -> Self { f() } } Tin::new().of",
            "u8",
        ),
        ("let x = x; x", "_"),
        ("let numbers = numbers", "Vec<i32>"),
        // Functions and constants see no variables around them.
        ("fn f() { numbers", "_"),
        ("let numbers = 1u8; fn f() { numbers", "_"),
        ("let numbers = 1u8; const F: u8 = numbers", "_"),
        ("fn f(numbers: String) { let f = || { numbers", "String"),
        ("let f = |n: u8| { numbers", "Vec<i32>"),
        ("if let Some(numbers) = count { numbers", "_"),
        ("if let Some(numbers) = count && numbers", "_"),
        ("match count { numbers => numbers", "_"),
        ("if let Some(other) = count { numbers", "Vec<i32>"),
    ] {
        let found = typed(&meanwhile, code);
        if found != expected {
            wrong.push(format!("{code}: {found}, not {expected}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// The type of the expression with which `code` ends.
fn typed(meanwhile: &Meanwhile, code: &str) -> String {
    let asked = format!("{code}.");
    let of = meanwhile.with_world(&asked, |world, variables| {
        let Cursor { asked, around, .. } = cursor::look(&asked)?;
        let cursor::Asked::MemberOf(value) = asked else {
            return None;
        };
        let resolver = Resolver {
            world,
            variables,
            around: &around,
        };
        resolver.type_of(&value).shown()
    });
    of.unwrap_or_else(|| "_".to_owned())
}

#[test]
fn candidates_have_their_kind_and_signature() {
    let (_library, meanwhile) = meanwhile();
    for (code, kind, signature) in [
        (
            "numbers.pus",
            "function",
            Some("pub fn push(&mut self, value: T)"),
        ),
        (
            "numbers.firs",
            "function",
            Some("pub fn first<F>(&self, f: F) -> Option<&T> where F: Fn() -> u8"),
        ),
        ("dou", "function", Some("fn double(n: i32) -> i32")),
        ("coun", "variable", Some("i32")),
        ("Orde", "struct", None),
        ("order.numb", "field", Some("number: u8")),
        ("order.extr", "field", Some("extras: Vec<String>")),
        ("Size::Bi", "variant", Some("Big(u8)")),
        ("Size::Small.bre", "function", Some("fn brew(&self) -> f64")),
    ] {
        let found = meanwhile.complete(code, code.len()).candidates.remove(0);
        assert_eq!(
            (found.kind.as_str(), found.signature.as_deref()),
            (kind, signature),
            "{code}"
        );
    }
}

#[test]
fn what_is_private_is_told() {
    let (_library, meanwhile) = meanwhile();
    let shown = |names: HashSet<String>| {
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort();
        names.join(" ")
    };
    for (code, private, unlikely) in [
        ("numbers.", "buf", ""),
        ("pair.1.", "vec", ""),
        ("order.", "", ""),
        // Nothing is known of it, and these are the fields of others.
        ("odd.", "", "buf hidden vec"),
        ("barista::", "slice", ""),
        ("use barista::", "slice", ""),
        ("Size::", "", ""),
        ("buf", "", ""),
    ] {
        let told = meanwhile.tell(code, code.len());
        assert_eq!(
            (&*shown(told.private), &*shown(told.unlikely)),
            (private, unlikely),
            "{code}"
        );
    }
}

#[test]
fn nothing_is_told_where_no_name_can_stand() {
    let (_library, meanwhile) = meanwhile();
    let meanwhile = Arc::new(meanwhile);
    for (code, expected) in [
        ("numbers.pus", "push"),
        ("bre", "break"),
        ("let n = dou", "double"),
        ("// numbers.pus", ""),
        ("/* bre", ""),
        ("\"numbers.pus", ""),
        // A word of the cell is no name by that.
        ("wording; wor", ""),
    ] {
        let told = meanwhile.told(code, code.len()).wait().unwrap();
        let found = told.completions(code, code.len()).candidates;
        let found: Vec<&str> = found.iter().map(|found| &*found.text).collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }
}

#[test]
fn a_macro_is_told_apart_from_what_has_its_name() {
    let (_library, meanwhile) = meanwhile();
    let meanwhile = Arc::new(meanwhile);
    meanwhile.learn(
        "/// Twice.\nmacro_rules! twice { ($e:expr) => { 2 * $e } }\nmod twice {}",
        std::iter::empty(),
        ["twice"].into_iter(),
    );
    for (code, end, is_macro) in [
        ("twice!(1)", 5, true),
        ("twice != 1", 5, false),
        ("twice!= 1", 5, false),
        ("twice::f()", 5, false),
        ("std::twice!(1)", 10, false),
        ("double!(1)", 6, false),
    ] {
        let found = meanwhile.described_macro(code, end);
        assert_eq!(found.is_some(), is_macro, "{code}");
        if let Some(found) = found {
            assert_eq!(found.plain, "macro_rules! twice\n\nTwice.");
        }
    }
}

#[test]
fn names_are_described_by_their_definition() {
    let (_library, meanwhile) = meanwhile();
    for (code, expected) in [
        ("count", Some("let count: i32")),
        ("let v = numbers.iter(); v", Some("let v: Iter<i32>")),
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
        (
            "count.pow",
            Some("pub const fn pow(self, exp: u32) -> Self\n\nTo the power."),
        ),
        ("order.number", Some("number: u8\n\nHow many.")),
        ("Order::new(1).number", Some("number: u8\n\nHow many.")),
        (
            "Order::new",
            Some("fn new(number: u8) -> Self\n\nAn order."),
        ),
        (
            "barista::time_slice(&[], 1).title",
            Some("title: String\n\nWhere."),
        ),
        ("Option::None", Some("None\n\nNothing.")),
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
    for code in ["dou", "numb", "Order::n"] {
        assert_eq!(meanwhile.complete(code, code.len()).candidates, []);
    }
}

#[test]
fn a_type_that_is_defined_anew_has_its_new_members_only() {
    let (_library, meanwhile) = meanwhile();
    meanwhile.learn(
        "struct Order { cups: u8 } impl Order { fn cancel(&self) {} }",
        [("order", "Order")].into_iter(),
        ["Order"].into_iter(),
    );
    assert_eq!(names(&meanwhile, "order."), "cancel cups");
    meanwhile.learn(
        "impl Order { fn pay(&self) {} }",
        [("order", "Order")].into_iter(),
        ["Order"].into_iter(),
    );
    assert_eq!(names(&meanwhile, "order."), "cancel cups pay");
}

#[test]
fn a_module_that_is_defined_anew_has_its_new_items_only() {
    let (_library, meanwhile) = meanwhile();
    for (code, expected) in [
        (
            "mod roast { pub fn dark() {} pub mod light { pub fn half() {} } }",
            "dark light",
        ),
        ("mod roast { pub fn pale() {} }", "pale"),
        ("mod roaster { pub fn hot() {} }", "pale"),
    ] {
        meanwhile.learn(code, std::iter::empty(), ["roast", "roaster"].into_iter());
        assert_eq!(names(&meanwhile, "roast::"), expected, "{code}");
    }
    assert_eq!(names(&meanwhile, "roast::light::"), "");
}

/// By the memory and the time that it would take, this would not end well.
#[test]
fn code_that_multiplies_is_answered_soon() {
    let (_library, meanwhile) = meanwhile();
    for code in [
        format!(
            "type A<T>=({});let x:A<A<A<A<A<A<u8>>>>>>=f();x.",
            "T,".repeat(30)
        ),
        format!("let a=1u8; let b=({}); b.", "a,".repeat(7000)),
        format!("let ({})=f(); ({}).", "a,".repeat(3000), "a,".repeat(3000)),
        format!("{}x.", "let x=(x,x,x,x);".repeat(900)),
    ] {
        let begun = Instant::now();
        meanwhile.complete(&code, code.len());
        assert!(begun.elapsed().as_secs() < 2, "{}", &code[..30]);
    }
}

/// It must end soon as well, on a stack of the size that threads have.
#[test]
fn hostile_code_is_answered() {
    let (_library, meanwhile) = meanwhile();
    for part in [
        "(",
        "!",
        "&",
        "{",
        "[",
        "if ",
        "|x| ",
        "x = ",
        "Vec<",
        "numbers.",
        "numbers.iter().",
        "\"",
        "numbers[0].",
        "fn f() {",
        "a::",
        "numbers?",
        "println!(",
        "use a::{",
        "as &",
        "dyn Fn(",
        "let numbers = (numbers, numbers); ",
        "impl ",
        "mod a { ",
        "struct A<T: ",
        "x as ",
        "Vec::<a,",
        "{);",
    ] {
        for length in [200, 15_000, 1 << 20] {
            let code = format!("{}numbers.", part.repeat(length / part.len()));
            meanwhile.complete(&code, code.len());
            meanwhile.inspect(&code, code.len());
        }
    }
}

/// What the lexer ends elsewhere than one might think.
#[test]
fn code_behind_strange_literals_is_answered() {
    let (_library, meanwhile) = meanwhile();
    for literal in [
        "'\"x'",
        "'\"\n",
        "'\\x/",
        "²r\"\\\"",
        "#!/",
        "---\n",
        "'a'\"",
        "b'\"\n",
        "/*/",
    ] {
        for open in ["(", "[", "{", "Vec::<a,", "numbers[", "!"] {
            let code = format!("{literal}{}numbers.", open.repeat(12_000 / open.len()));
            for before in ["", "'", "\""] {
                let code = format!("{before}{code}");
                meanwhile.complete(&code, code.len());
                meanwhile.inspect(&code, code.len());
                meanwhile.learn(&code, std::iter::empty(), std::iter::empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_answered(
        code in "(numbers|order|Vec|\\.|::|[(]|[)]|\\[|\\]|\\{|\\}|<|>|&|\\?|let x = |; |\"|'|/|vec!|é|\\PC){0,40}",
        at in any::<prop::sample::Index>(),
    ) {
        let (_library, meanwhile) = &*SHARED;
        let at = at.index(code.len() + 1);
        meanwhile.complete(&code, at);
        meanwhile.inspect(&code, at);
    }
}

static SHARED: std::sync::LazyLock<(tempfile::TempDir, Meanwhile)> =
    std::sync::LazyLock::new(meanwhile);

//! What goes and what stays, as tables.

use super::*;

#[test]
fn what_says_nothing_about_a_type_is_left_out() {
    for (source, expected) in [
        (
            "/// Kept.\n// Not kept.\npub fn f(x: i32) -> i32 { x + 1 }",
            "/// Kept.\npub fn f(x: i32) -> i32 {loop{}}",
        ),
        (
            "fn f() -> impl Iterator { [1].iter() }",
            "fn f() -> impl Iterator { [1].iter() }",
        ),
        ("async fn f() { g() }", "async fn f() { g() }"),
        (
            "const fn size() -> usize { 8 }",
            "const fn size() -> usize { 8 }",
        ),
        (
            "#[inline] #[lang = \"a\"] #[stable(feature = \"b\")] struct S;",
            " #[lang = \"a\"] struct S;",
        ),
        (
            "#[cfg(test)] mod tests { fn f() {} } struct S;",
            " struct S;",
        ),
        ("const N: usize = 2 * 4;", "const N: usize = 2 * 4;"),
        (
            "struct M<'a, K> { base: base::Map<'a, K>, k: base2::K<K> }",
            "struct M<'a, K> { base: (&'a (), K,), k: base2::K<K> }",
        ),
    ] {
        assert_eq!(slim(source), expected, "{source}");
    }
}

#[test]
fn a_macro_matches_and_repeats_as_before() {
    for (source, expected) in [
        // A body goes; what follows a type named `fn` does not.
        (
            "macro_rules! m { ($t:ty) => { impl $t { fn f(&self) -> u8 { 1 } } } }",
            "macro_rules! m { ($t:ty) => { impl $t { fn f(&self) -> u8 {loop{}} } } }",
        ),
        (
            "macro_rules! m { () => { type F = fn(u8); struct S { a: u8 } } }",
            "macro_rules! m { () => { type F = fn(u8); struct S { a: u8 } } }",
        ),
        // A constant function may give an array its length.
        (
            "macro_rules! m { () => { pub const unsafe fn f() -> u8 { 1 } fn g() { 2 } } }",
            "macro_rules! m { () => { pub const unsafe fn f() -> u8 { 1 } fn g() {loop{}} } }",
        ),
        // A repetition keeps its only variable.
        (
            "macro_rules! m { ($($x:expr)*) => { $( fn f() { $x } )* } }",
            "macro_rules! m { ($($x:expr)*) => { $( fn f() { $x } )* } }",
        ),
        // What is matched stays, in a pattern and in a call.
        (
            "macro_rules! m { (#[inline] $i:item) => { n!(#[stable] $i); } }",
            "macro_rules! m { (#[inline] $i:item) => { n!(#[stable] $i); } }",
        ),
        // The first paragraph of a description stays, its examples go.
        (
            "macro_rules! m { () => {\n/// One.\n///\n/// Two.\n#[doc = \"x\"]\n#[inline]\nfn f() {} } }",
            "macro_rules! m { () => {\n/// One.\nfn f() {loop{}} } }",
        ),
        (
            "items! { pub fn f() -> u8 { 1 } }",
            "items! { pub fn f() -> u8 {loop{}} }",
        ),
    ] {
        assert_eq!(slim(source), expected, "{source}");
    }
}

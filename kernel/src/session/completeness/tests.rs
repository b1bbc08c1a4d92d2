//! A table of cells, as a console would ask about them.

use super::*;
use proptest::prelude::*;

fn check(code: &str, expected: &str) {
    let found = match is_complete(code) {
        IsCompleteReply::Complete => "complete".to_owned(),
        IsCompleteReply::Invalid => "invalid".to_owned(),
        IsCompleteReply::Incomplete { indent } => format!("incomplete {}", indent.len()),
    };
    assert_eq!(found, expected, "{code}");
}

#[test]
fn complete() {
    for code in [
        "",
        "  \n\t",
        "// a comment",
        "/* a /* nested */ comment */",
        "1 + 1",
        "let x = 5;",
        "x",
        "x;",
        "x.len()",
        "println!(\"{x}\");",
        "fn f() {}",
        "fn f() {\n    1\n}\n",
        "struct S;",
        "#[derive(Debug)]\nstruct S { a: u8 }",
        "#![allow(unused)]\nlet x = 1;",
        "use std::collections::HashMap;",
        "let s = \"a } ( \\\" quote\";",
        "let s = r#\"a \" quote { and ( more\"#;",
        "let s = br##\"x\"# y\"##;",
        "let c = '\"';",
        "let c = '{';",
        "let c = '\\'';",
        "let c = '\\u{1F980}';",
        "let b = b'(';",
        "fn longest<'a>(x: &'a str) -> &'a str { x }",
        "'outer: loop { break 'outer; }",
        "let r#match = 1;",
        "async fn f() {}",
        "f().await",
        "f().await?;",
        "x?",
        "if x { 1 } else { 2 }",
        "for i in 0..3 { println!(\"{i}\"); }",
        "match x { 1 => 2, _ => 3 }",
        "macro_rules! m { ($($x:expr),*) => { $($x;)* } }",
        "let café = \"🦀 {\";",
        "mod m { pub fn f() {} }",
        "impl<T> Tr for S<T> where T: Copy {}",
        ":dep rand = \"0.8\"",
        ":vars",
        ":dep rand = { version = \"0.8\"",
        ":dep rand = \"0.8\"\nuse rand::random;",
        "?Vec",
        "?",
        "::std::mem::drop(1)",
        "!true",
        "!ls | head\n1 + 1",
        "!ls -l 'a b' && {",
        "answer(\"barista-1\", \"B\");",
    ] {
        check(code, "complete");
    }
}

#[test]
fn incomplete() {
    for (code, indent) in [
        ("fn f() {", 4),
        ("fn f() {\n    if x {", 8),
        ("fn f() {\n    if x {\n    }", 4),
        ("xs.iter().map(|x| {", 4),
        ("xs.iter().map(\n    |x| {", 8),
        ("match x {", 4),
        ("let x = [1,", 4),
        ("println!(\"a\"", 4),
        ("struct S {", 4),
        ("let x =", 4),
        ("let x", 4),
        ("let x = 5", 4),
        ("1 +", 4),
        ("x.", 4),
        ("xs\n    .iter().", 4),
        ("fn f()", 4),
        ("fn f() ->", 4),
        ("if x", 4),
        ("impl S", 4),
        ("use std::", 4),
        ("let Some(y) = x else", 4),
        ("#[derive(Debug)]", 0),
        ("#[derive(Debug)]\n#[repr(C)]", 0),
        ("let s = \"abc", 0),
        ("let s = \"abc\\", 0),
        ("let s = r#\"abc\"", 0),
        ("let s = \"a\n    b", 0),
        ("/* a comment", 0),
        ("    /* a /* nested */", 4),
        ("let f = |x|", 4),
        (":dep rand = \"0.8\"\nfn f() {", 4),
        ("f(1) // (\n    +", 4),
        ("while let Some(x) = next()", 4),
        ("async fn f()", 4),
        ("pub", 4),
    ] {
        check(code, &format!("incomplete {indent}"));
    }
}

#[test]
fn invalid() {
    for code in [
        ")",
        "fn f() }",
        "(]",
        "let = 5;",
        "let x = ;",
        "1 2",
        "fn 1() {}",
        "struct S { a b }",
        "let c = 'ab';",
        "x `y`",
        "a $ b",
        "if { } else else",
        "let x = 1;;;= 2",
        "f(let)",
    ] {
        check(code, "invalid");
    }
}

/// What would overflow an ordinary stack, or take for ever.
#[test]
fn enormous_input_ends() {
    for unit in [
        "!",
        "-",
        "&",
        "*",
        "return ",
        "|| ",
        "a=",
        "a..",
        "if a {} else ",
        "a::<",
        "-> fn()",
        "&'a ",
        "box ",
        "a as ",
        "x.y",
        "1+",
        "move ",
    ] {
        for length in [LONGEST - 200, LONGEST * 8] {
            let run = unit.repeat(length / unit.len());
            for code in [
                run.clone(),
                format!("{run} a"),
                format!("let x: {run} a = 1;"),
                format!("fn f() {run} {{}}"),
            ] {
                let _ = is_complete(&code);
            }
        }
    }
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("Vec<", ">"),
        ("f(", ")"),
        ("/*", "*/"),
        ("m!(", ")"),
    ] {
        for depth in [60, 2000, 100_000] {
            let _ = is_complete(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            let _ = is_complete(&open.repeat(depth));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_decided(code in "\\PC{0,60}") {
        let _ = is_complete(&code);
    }

    #[test]
    fn any_mix_of_tokens_is_decided(tokens in proptest::collection::vec(prop_oneof![
        Just("{"), Just("}"), Just("("), Just("\""), Just("'"), Just("\\"), Just("r#\""), Just("/*"), Just("*/"),
        Just("//"), Just("\n"), Just("let"), Just("x"), Just("="), Just(";"), Just("#["), Just("🦀"), Just(":")], 0..20)) {
        let _ = is_complete(&tokens.concat());
    }
}

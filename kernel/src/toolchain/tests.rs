//! What is left out of a cell, when two cells are equal, and how much they are
//! optimised: on sources as evcxr writes them.

use proptest::prelude::*;
use serde_json::json;

use super::level::plan;
use super::normal::Normal;
use super::parts::Parts;
use super::prune::{Known, Needed, needed, prune};
use super::rewrite::rewrite;

/// A source as evcxr generates it, rewritten: `items` and `variables` (name and
/// type) in the order in which a hash map might have them.
fn source(items: &[&str], variables: &[(&str, &str)], statements: &str) -> String {
    let lines = |line: &dyn Fn(&str, &str) -> String| -> String {
        let each = variables.iter().map(|(name, kind)| line(name, kind) + "\n");
        each.collect()
    };
    let check = lines(&|name, kind| {
        format!("vars_ok &= evcxr_variable_store.check_variable::<{kind}>(stringify!({name}));")
    });
    let load = lines(&|name, kind| {
        format!(
            "let mut {name} = evcxr_variable_store.take_variable::<{kind}>(stringify!({name}));"
        )
    });
    let store = lines(&|name, kind| {
        format!("evcxr_variable_store.put_variable::<{kind}>(stringify!({name}), {name});")
    });
    rewrite(&format!(
        "#![allow(unused_imports, unused_mut, dead_code)]\n{items}\n\
         mod evcxr_internal_runtime {{\npub fn create_variable_store() -> *mut VariableStore {{\n    \
         Box::into_raw(Box::new(VariableStore::new()))\n}}\n}}\n\
         #[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_7(\n\
         mut evcxr_variable_store: *mut evcxr_internal_runtime::VariableStore)\n  \
         -> *mut evcxr_internal_runtime::VariableStore {{\n\
         let evcxr_variable_store = unsafe {{&mut *evcxr_variable_store}};\n\
         {{let mut vars_ok = true;\n{check}if !vars_ok {{return evcxr_variable_store;}}}}\n{load}\
         match std::panic::catch_unwind(\n  std::panic::AssertUnwindSafe(||{{\n{statements}\n\
         }})) {{ \n  Ok(_) => {{}}\n  Err(_) => {{\n    println!(\"EVCXR_PANIC_NOTIFICATION\");\n}}}}\n\
         {store}evcxr_variable_store\n}}\n",
        items = items.join("\n"),
    ))
}

/// The source of a cell, when `before` is what compiled already.
fn pruned(before: &[&str], items: &[&str], variables: &[(&str, &str)], statements: &str) -> String {
    let before = source(before, &[], "");
    let known = Known::of(&Parts::of(&before).unwrap());
    let source = source(items, variables, statements);
    let parts = Parts::of(&source).unwrap();
    let pruned = prune(&parts, &needed(&parts, &known));
    assert_eq!(pruned.lines().count(), source.lines().count());
    pruned
}

const ITEMS: &[&str] = &[
    "use std::collections::HashMap;",
    "fn twice(x: i32) -> i32 {\n    add(x, x)\n}",
    "fn add(a: i32, b: i32) -> i32 { a + b }",
    "fn other() -> Point { Point { x: 1 } }",
    "#[derive(Debug)]\nstruct Point { x: i32 }",
    "impl Point { fn norm(&self) -> i32 { add(self.x, 0) } }",
    "trait Shout { fn shout(&self) -> String; }",
    "impl Shout for i32 { fn shout(&self) -> String { format!(\"{self}!\") } }",
    "impl Shout for Point { fn shout(&self) -> String { String::new() } }",
    "#[unsafe(no_mangle)]\nextern \"C\" fn exported() {}",
];

#[test]
fn a_cell_keeps_what_it_uses() {
    let rows: &[(&str, &[&str], &[&str])] = &[
        (
            "1 + 1;",
            &["use std", "exported"],
            &["twice", "add", "Point"],
        ),
        ("twice(2);", &["fn twice", "fn add"], &["Point"]),
        (
            "other();",
            &["fn other", "struct Point", "norm", "fn add"],
            &["twice"],
        ),
        // A method draws in its trait, and the trait its implementations.
        (
            "5.shout();",
            &["trait Shout", "for i32"],
            &["for Point", "norm"],
        ),
        // Any word counts, also in a string or a macro.
        ("println!(\"{twice}\");", &["fn twice"], &["Point"]),
    ];
    for (statements, kept, left_out) in rows {
        let text = pruned(ITEMS, ITEMS, &[], statements);
        for part in *kept {
            assert!(text.contains(part), "{statements} keeps {part}:\n{text}");
        }
        for part in *left_out {
            assert!(
                !text.contains(part),
                "{statements} leaves out {part}:\n{text}"
            );
        }
    }
}

#[test]
fn an_implementation_that_syntax_uses_is_never_left_out() {
    // Items, and what of them must be there for a cell that names `Guard` only.
    let rows: &[(&[&str], &str)] = &[
        (
            &[
                "struct Guard;",
                "fn std() {}",
                "impl std::ops::Drop for Guard { fn drop(&mut self) {} }",
            ],
            "Drop",
        ),
        (
            &[
                "struct Guard;",
                "struct T;",
                "impl<T> Extra<T> for Guard {}",
            ],
            "Extra",
        ),
        (
            &[
                "struct Inner;",
                "type Guard = Inner;",
                "impl Drop for Guard { fn drop(&mut self) {} }",
            ],
            "Drop",
        ),
        (
            &[
                "struct Guard;",
                "type Alias = Guard;",
                "impl Iterator for Alias {}",
            ],
            "Iterator",
        ),
        (
            &[
                "struct Guard;",
                "fn register() { impl Drop for Guard { fn drop(&mut self) {} } }",
            ],
            "Drop",
        ),
        (
            &[
                "struct Guard;",
                "const N: usize = 3;",
                "impl Tag for [Guard; N] {}",
            ],
            "Tag",
        ),
        (
            &["struct Guard;", "type V = Vec<i32>;", "impl Tag for V {}"],
            "Tag",
        ),
        (
            &[
                "struct Guard;",
                "struct W<X>(X);",
                "struct X;",
                "impl<X> Tag for X {}",
            ],
            "Tag",
        ),
    ];
    for (items, needed) in rows {
        let text = pruned(items, items, &[], "let guard = Guard;");
        assert!(text.contains(needed), "{items:?}:\n{text}");
    }
}

#[test]
fn a_cell_keeps_the_variables_that_it_uses() {
    let variables = &[
        ("a", "i32"),
        ("b", "Vec<String>"),
        ("p", "Point"),
        ("r#type", "u8"),
    ];
    let rows: &[(&str, &[&str])] = &[
        ("1;", &[]),
        ("a + 1;", &["a"]),
        ("println!(\"{b:?}\");", &["b"]),
        ("p;", &["p"]),
        ("r#type + 1;", &["r#type"]),
        (
            "let a = 2;\nevcxr_variable_store.put_variable::<i32>(stringify!(a), a);",
            &["a"],
        ),
    ];
    for (statements, expected) in rows {
        let text = pruned(ITEMS, ITEMS, variables, statements);
        let kept: Vec<&str> = variables
            .iter()
            .filter(|(name, _)| text.contains(&format!("let mut {name} =")))
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(kept, *expected, "{statements}");
        assert_eq!(
            text.contains("struct Point"),
            kept.contains(&"p"),
            "{statements}"
        );
    }
}

#[test]
fn a_definition_that_others_feel_compiles_them_all() {
    let other = "fn other() -> Point { Point { x: 1 } }";
    // What was defined before, what is now, and whether `other` is compiled.
    let rows: &[(&[&str], &[&str], bool)] = &[
        (&[other], &[other, "fn new() {}"], false),
        (
            &[other, "struct Point { x: i32 }"],
            &[other, "struct Point { y: i32 }"],
            true,
        ),
        (
            &[other, "struct Point { x: i32 }"],
            &[other, "struct Point { x: i32 }"],
            false,
        ),
        (&[other, "fn old() {}"], &[other], false),
        (&[other], &[other, "use std::collections::*;"], true),
        (&[other, "use std::collections::*;"], &[other], true),
        (&[], &[other], true),
        // A type and a function of one name are one name.
        (
            &[other, "struct Point;", "fn Point() {}"],
            &[other, "struct Point;"],
            true,
        ),
    ];
    for (before, now, compiled) in rows {
        let text = pruned(before, now, &[], "1;");
        assert_eq!(text.contains("fn other"), *compiled, "{before:?} {now:?}");
    }
}

#[test]
fn a_variable_whose_type_is_new_is_checked() {
    let point = |fields: &str| format!("struct Point {{ {fields} }}");
    let (old, new) = (point("x: i32"), point("y: i32"));
    let text = pruned(&[&old], &[&new], &[("p", "Point"), ("a", "i32")], "1;");
    assert!(text.contains("check_variable::<Point>"), "{text}");
    assert!(!text.contains("check_variable::<i32>"), "{text}");
}

#[test]
fn a_source_that_does_not_parse_has_no_parts() {
    assert!(Parts::of(&source(&[], &[], "let = ;")).is_none());
    assert!(Parts::of("fn f() {}").is_none());
}

fn normal_of(items: &[&str], variables: &[(&str, &str)], statements: &str) -> String {
    let source = source(items, variables, statements);
    let parts = Parts::of(&source).unwrap();
    Normal::of(&parts, &Needed::all(&parts)).text
}

#[test]
fn cells_differ_when_their_code_does() {
    let base = normal_of(&["fn f() {}"], &[("a", "i32")], "f();\na;");
    let others = [
        normal_of(&["fn f() { }"], &[("a", "i32")], "f();\na;"),
        normal_of(&["fn f() {}", "fn g() {}"], &[("a", "i32")], "f();\na;"),
        normal_of(&["fn f() {}"], &[("a", "u32")], "f();\na;"),
        normal_of(&["fn f() {}"], &[("b", "i32")], "f();\na;"),
        normal_of(&["fn f() {}"], &[], "f();\na;"),
        normal_of(&["fn f() {}"], &[("a", "i32")], "a;\nf();"),
        normal_of(&["fn f() {}"], &[("a", "i32")], "f();\n\"\na;\";"),
    ];
    for other in others {
        assert_ne!(base, other);
    }
}

proptest! {
    #[test]
    fn the_order_that_a_hash_map_chose_does_not_matter(
        items in Just(ITEMS.to_vec()).prop_shuffle(),
        variables in Just(vec![("a", "i32"), ("b", "String"), ("c", "u8")]).prop_shuffle(),
        stored in Just(vec!["x", "y", "z"]).prop_shuffle(),
    ) {
        let statements = |names: &[&str]| {
            let store = names.iter().map(|name| {
                format!("evcxr_variable_store.put_variable::<u8>(stringify!({name}), {name});\n")
            });
            "let (x, y, z) = (1, 2, 3);\n".to_owned() + &store.collect::<String>()
        };
        let plain = normal_of(
            ITEMS,
            &[("a", "i32"), ("b", "String"), ("c", "u8")],
            &statements(&["x", "y", "z"]),
        );
        prop_assert_eq!(normal_of(&items, &variables, &statements(&stored)), plain);
    }
}

#[test]
fn messages_find_their_lines_in_another_order() {
    let variables = [("a", "i32"), ("b", "String")];
    let there = source(ITEMS, &variables, "let y: i32 = \"\";");
    let mut items = ITEMS.to_vec();
    items.reverse();
    let here = source(&items, &[variables[1], variables[0]], "let y: i32 = \"\";");
    let (there_parts, here_parts) = (Parts::of(&there).unwrap(), Parts::of(&here).unwrap());
    let normal = |parts: &Parts<'_>| Normal::of(parts, &Needed::all(parts));
    let (there_normal, here_normal) = (normal(&there_parts), normal(&here_parts));
    for text in ["let y", "add(x, x)", "let mut b =", "impl Point"] {
        let find = |lines: &[&str]| lines.iter().position(|line| line.contains(text)).unwrap() + 1;
        let line = find(&there_parts.lines);
        let span = json!({"file_name": "cells/1/lib.rs", "line_start": line, "line_end": line});
        let foreign = json!({"file_name": "/rustc/lib.rs", "line_start": 1, "line_end": 1});
        let message = json!({"spans": [span], "children": [{"spans": [foreign]}]});
        let kept = there_normal.outward(&[message]).unwrap();
        let found = here_normal.inward(&kept, "cells/2/lib.rs").unwrap();
        let span = &found[0]["spans"][0];
        assert_eq!(span["file_name"], "cells/2/lib.rs");
        assert_eq!(span["line_start"], find(&here_parts.lines), "{text}");
        assert_eq!(
            found[0]["children"][0]["spans"][0]["file_name"],
            "/rustc/lib.rs"
        );
    }
    let nowhere = json!({"file_name": "cells/1/lib.rs", "line_start": 0, "line_end": 9999});
    assert!(there_normal.outward(&[nowhere]).is_none());
}

const CHART: &str = "let root = SVGBackend::with_string(&mut svg, (400, 300)).into_drawing_area();\n\
    let mut chart = ChartBuilder::on(&root).build_cartesian_2d(0f64..10f64, 0f64..9f64)?;\n";

#[test]
fn only_a_cell_that_does_nothing_but_draw_is_not_optimised() {
    let series = |marks: &str| format!("{CHART}chart.draw_series({marks})?;");
    let chart = |more: &str| format!("{CHART}{more}");
    const COST: &str = "fn cost(n: u64) -> u64 { (0..n).sum() }";
    let rows: Vec<(&[&str], String, &str)> = vec![
        (&[], chart(""), "0"),
        (
            &[],
            series("LineSeries::new((0..100).map(|i| (i, i * i)), &BLUE)"),
            "0",
        ),
        (
            &[],
            series("points.iter().map(|(x, y)| Circle::new((*x, *y), 3, &RED))"),
            "0",
        ),
        (&[], chart("for i in 0..10 { let y = i * 2; }"), "0"),
        (
            &[],
            chart("let v: Vec<i32> = (0..=50).map(|i| i * i).collect();"),
            "0",
        ),
        (&["struct P { x: f64 }"], chart("P { x: 1.0 };"), "0"),
        (&[], chart("use plotters::prelude::*;"), "0"),
        (
            &[],
            chart("chart.configure_mesh().x_label_formatter(&|x| format!(\"{x}\")).draw()?;"),
            "0",
        ),
        // It may compute, be timed, or be called from elsewhere.
        (&[], "1 + n".into(), "2"),
        (&[], chart("for i in 0..n { total += i; }"), "2"),
        (
            &[],
            chart("for i in 0..1000 { for j in 0..1000 { total += i * j; } }"),
            "2",
        ),
        (&[], chart("for i in 0..1_000_000 { total += i; }"), "2"),
        (&[], chart("while x > 1 { x /= 2; }"), "2"),
        (&[], chart("data.sort();"), "2"),
        (&[], chart("let s: f64 = data.iter().sum();"), "2"),
        (
            &[],
            chart("let c: Vec<_> = data.iter().map(|x| x * x).collect();"),
            "2",
        ),
        (&[], chart("let t = std::time::Instant::now();"), "2"),
        (&[], chart("let f = |x: f64| x * x;"), "2"),
        (&[], chart("let b: Box<dyn Fn(f64) -> f64> = make();"), "2"),
        (&[], chart("(0..9).into_par_iter().for_each(|i| {});"), "2"),
        (&[], chart("let s = BTreeSet::from_iter(0..9);"), "2"),
        (
            &[],
            chart("let (a, b): (Vec<_>, Vec<_>) = data.iter().zip(other.iter()).unzip();"),
            "2",
        ),
        (&[], chart("let v = vec![1.5; 10_000_000];"), "2"),
        (&[], chart("let c = data.clone();"), "2"),
        (&[], chart("compute(5);"), "2"),
        (&[], chart("fn inner() {}"), "2"),
        (&[], chart("unknown!(for x in y);"), "2"),
        (
            &[COST],
            series("LineSeries::new((0..9).map(|i| (i, cost(i))), &BLUE)"),
            "2",
        ),
    ];
    for (items, statements, expected) in rows {
        let source = source(items, &[], &statements);
        let parts = Parts::of(&source).unwrap_or_else(|| panic!("{statements}"));
        let needed = Needed::all(&parts);
        assert_eq!(
            plan(&parts, &needed, None, false).level,
            expected,
            "{statements}"
        );
        assert_eq!(
            plan(&parts, &needed, Some("3"), false).level,
            "3",
            "{statements}"
        );
    }
}

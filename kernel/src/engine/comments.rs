//! Documentation at the top of a cell.

/// What an item begins with.
const ITEMS: [&str; 14] = [
    "async", "const", "enum", "extern", "fn", "impl", "mod", "pub", "static", "struct", "trait",
    "type", "union", "unsafe",
];

/// `code` whose first lines evcxr keeps if they document an item. It drops what begins with
/// `//` above the first line of Rust, so a blank goes before that: all else keeps its place.
pub fn keep_documentation(mut code: String) -> String {
    let mut at = 0;
    let mut starts = None;
    for line in code.split_inclusive('\n') {
        let text = line.trim();
        if line.starts_with("///") && !line.starts_with("////") {
            starts = starts.or(Some(at));
        } else if !text.is_empty() && !super::commands::is_above_rust(text) {
            break;
        }
        at += line.len();
    }
    let behind = code.get(at..).unwrap_or_default().trim_start();
    if let Some(start) = starts
        && begins_item(behind)
    {
        code.insert(start, ' ');
    }
    code
}

/// Before anything else, such a comment is a mistake, which evcxr forgives.
fn begins_item(code: &str) -> bool {
    if code.starts_with("#[") || code.starts_with("macro_rules!") {
        return true;
    }
    let word = code.split(|c: char| !c.is_alphanumeric()).next();
    let word = word.unwrap_or_default();
    // `unsafe { .. }` and `async move { .. }` are values.
    let behind = code[word.len()..].trim_start();
    ITEMS.contains(&word)
        && (word == "pub" || behind.starts_with(|c: char| !matches!(c, '{' | '=' | '.' | '|')))
        && !behind.starts_with("move")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_of_an_item_is_kept() {
        for (code, expected) in [
            ("/// A.\nfn f() {}", " /// A.\nfn f() {}"),
            (
                "/// A.\n/// B.\n\npub fn f() {}",
                " /// A.\n/// B.\n\npub fn f() {}",
            ),
            (
                "// a\n\n/// A.\n#[derive(Debug)]\nstruct A;",
                "// a\n\n /// A.\n#[derive(Debug)]\nstruct A;",
            ),
            (
                ":dep a = \"1\"\n/// é\nenum A {}",
                ":dep a = \"1\"\n /// é\nenum A {}",
            ),
            ("/// A.\nunsafe fn f() {}", " /// A.\nunsafe fn f() {}"),
            (
                "/// A.\npub(crate) const A: u8 = 1;",
                " /// A.\npub(crate) const A: u8 = 1;",
            ),
            (
                "/// A.\nmacro_rules! a { () => {} }",
                " /// A.\nmacro_rules! a { () => {} }",
            ),
        ] {
            assert_eq!(keep_documentation(code.to_owned()), expected);
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for code in [
            "",
            "fn f() {}",
            "// A.\nfn f() {}",
            "//// A.\nfn f() {}",
            "/// A.\n1 + 1",
            "/// A.\nlet x = 1;",
            "/// A.\nunsafe { f() }",
            "/// A.\nasync move { 1 }",
            "/// A.\nfnord()",
            "/// A.",
            "1;\n/// A.\nfn f() {}",
            "  /// A.\nfn f() {}",
        ] {
            assert_eq!(keep_documentation(code.to_owned()), code);
        }
    }
}

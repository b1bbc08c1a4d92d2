//! What evcxr's rust-analyzer offers, made into what a front end can put into a cell.
//!
//! Its texts are snippets for an editor that goes through their places; Jupyter puts them
//! in as they are. Of kinds and signatures evcxr passes on next to nothing: those come from
//! the declarations that [`super::meanwhile`] knows.

use std::collections::HashSet;

use super::identifier;
use super::interface::Completion;
use super::meanwhile::{self, PRIMITIVES, Told};

/// One offer as evcxr has it.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    pub text: &'a str,
    pub kind: &'a str,
}

/// What a text is, as far as its form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A keyword, or several: `while let`.
    Keyword,
    Function,
    Macro,
    Module,
    /// A variant, or a struct, with its fields.
    Constructor,
    /// A field, variable, type or anything else with only a name.
    Name,
    /// More than one name, which is put in as it is.
    Other,
}

/// Code and a cursor that ask evcxr what it has refused to tell of `code` at `cursor`, and how
/// far behind they are.
///
/// It takes no offer that changes anything but the name, and so gives up wherever a field
/// could be called, be it a private one that holds the closure of `map`. Where a function is
/// expected, rust-analyzer does not offer to call it.
pub fn as_argument(code: &str, cursor: usize) -> Option<(String, usize)> {
    let (start, _) = identifier::begun_at(code, cursor);
    let from = meanwhile::receiver(&code[..start])?;
    let rest = &code[start..];
    let end = start + rest.find(|c| !identifier::is_part(c)).unwrap_or(rest.len());
    let (before, value, behind) = (&code[..from], &code[from..end], &code[end..]);
    Some((format!("{before}{EXPECTS}{value}){behind}"), EXPECTS.len()))
}

/// A line that begins with `::` would be a command of evcxr's.
const EXPECTS: &str = "core::mem::drop::<fn()>(";

/// What of `raw` can be offered. Behind a dot or `::`, what is known to be for others comes
/// first, and functions by name; all else keeps its order.
pub fn tidied<'a>(raw: impl Iterator<Item = Raw<'a>>, told: &Told) -> Vec<Completion> {
    let mut seen = HashSet::new();
    let mut found: Vec<(Rank, Completion)> = Vec::new();
    for one in raw.filter(|one| !is_generated(one.text)) {
        let text = without_places(one);
        let (form, name) = form(&text, one.kind);
        let text = inserted(&text, name, form);
        let known = known(told, name, form, one.kind);
        let is_hidden = known.is_none()
            && !matches!(form, Form::Function | Form::Keyword)
            && told.private.contains(name);
        if is_hidden || !seen.insert((text.clone(), form == Form::Module)) {
            continue;
        }
        let rank = rank(told, known.is_some(), name, form);
        let completion = Completion {
            kind: known.map_or_else(|| kind(name, form, one.kind), |known| known.kind.clone()),
            signature: known.and_then(|known| known.signature.clone()),
            text,
        };
        found.push((rank, completion));
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(_, found)| found).collect()
}

/// How likely somebody means it, and the name if it goes by that.
type Rank = (u8, Option<String>);

fn rank(told: &Told, is_known: bool, name: &str, form: Form) -> Rank {
    if !told.is_of_something {
        return (0, None);
    }
    let likely = match form {
        Form::Name if told.unlikely.contains(name) => 2,
        _ if !is_known && !told.public.is_empty() => 1,
        _ => 0,
    };
    (likely, (form == Form::Function).then(|| name.to_owned()))
}

/// Whether evcxr has written it, or it cannot be used.
fn is_generated(text: &str) -> bool {
    // `try!` went with the edition of 2018.
    text.split('.').any(identifier::is_generated) || text.starts_with("r#try!")
}

/// A text without `$1`, and with only the names of the fields that it would have filled in;
/// of keywords, what stands before the first place.
fn without_places(raw: Raw<'_>) -> String {
    let mut parts = raw.text.split('$');
    let mut cut = parts.next().unwrap_or_default().to_owned();
    if raw.kind == "keyword" {
        return cut;
    }
    for part in parts {
        cut.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    cut.replace(": ()", "")
}

/// What `text` is, and the name that it is about.
fn form<'a>(text: &'a str, kind: &str) -> (Form, &'a str) {
    if kind == "keyword" {
        let is_word = |c: char| c.is_alphabetic() || c == ' ' || c == ':';
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        return (Form::Keyword, text[..end].trim_end());
    }
    let raw = if text.starts_with("r#") { 2 } else { 0 };
    let end = text[raw..].find(|c| !identifier::is_part(c));
    let (name, rest) = text.split_at(end.map_or(text.len(), |end| raw + end));
    let rest = rest.trim_end_matches(';');
    let is_call = rest.starts_with('(') && closes_at_end(rest);
    let form = match (rest, kind) {
        ("" | "<>", _) => Form::Name,
        ("::", _) => Form::Module,
        ("!", _) => Form::Macro,
        (rest, "function") if rest.starts_with('!') => Form::Macro,
        // What is called so by macros alone.
        ("![]" | "! {}" | "!()", _) => Form::Macro,
        (_, "function") if is_call => Form::Function,
        (_, "instance" | "class") if is_call || rest.starts_with(" {") => Form::Constructor,
        _ => Form::Other,
    };
    (form, name)
}

/// Whether the parenthesis at the beginning of `text` is closed by its last character.
fn closes_at_end(text: &str) -> bool {
    let mut open = 0_i32;
    let closes = text.char_indices().find(|(_, c)| {
        open += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    });
    closes.is_some_and(|(at, _)| at + 1 == text.len())
}

/// What is put into the cell.
fn inserted(text: &str, name: &str, form: Form) -> String {
    let rest = text[name.len().min(text.len())..].trim_end_matches(';');
    match form {
        Form::Keyword | Form::Name => name.to_owned(),
        Form::Macro => format!("{name}!"),
        Form::Module => format!("{name}::"),
        // `Vec::push(&mut self, value)` is how it is defined and not how it is called.
        Form::Function if takes_self(rest) => name.to_owned(),
        Form::Function => format!("{name}{rest}"),
        // Behind a parenthesis somebody goes on writing.
        Form::Constructor if rest.starts_with('(') => name.to_owned(),
        Form::Constructor => format!("{name}{rest}"),
        Form::Other => text.to_owned(),
    }
}

fn takes_self(arguments: &str) -> bool {
    let first = arguments[1..].split([',', ')']).next().unwrap_or_default();
    identifier::last(first) == "self"
}

/// The declaration of `name`, of those with this name the one of this form.
fn known<'a>(told: &'a Told, name: &str, form: Form, kind: &str) -> Option<&'a Completion> {
    // `use std::mem::swap` names a function, and calls none.
    let is_function = form == Form::Function || kind == "function";
    let is_it = |known: &&Completion| match form {
        Form::Macro => known.text.strip_suffix('!') == Some(name),
        Form::Other => false,
        _ => {
            known.text == name
                && match (form, known.kind.as_str()) {
                    (_, "text") => false,
                    (_, "function") => is_function,
                    (Form::Module, known) => known == "module",
                    (Form::Keyword, known) => known == "keyword",
                    (_, "module") => kind == "module",
                    (_, known) => known != "keyword" && !is_function,
                }
        }
    };
    told.public.iter().find(is_it)
}

/// A kind by form, where no declaration is known.
fn kind(name: &str, form: Form, kind: &str) -> String {
    let kind = match form {
        Form::Keyword => "keyword",
        Form::Macro => "macro",
        Form::Module => "module",
        Form::Function => "function",
        Form::Constructor if kind == "instance" => "variant",
        _ if PRIMITIVES.contains(&name) => "type",
        _ => kind,
    };
    kind.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        let public = [
            ("push", "function", Some("pub fn push(&mut self, value: T)")),
            ("len", "function", Some("pub fn len(&self) -> usize")),
            ("size", "field", Some("size: usize")),
            ("current", "module", None),
            ("current", "function", Some("pub fn current() -> Thread")),
            ("Running", "variant", Some("Running(u8)")),
            ("println!", "macro", None),
            ("word", "text", None),
        ];
        Told {
            is_name: true,
            is_of_something: true,
            public: public
                .into_iter()
                .map(|(text, kind, signature)| Completion {
                    text: text.to_owned(),
                    kind: kind.to_owned(),
                    signature: signature.map(str::to_owned),
                })
                .collect(),
            private: ["buf", "len", "spawnhook", "Any"].map(str::to_owned).into(),
            unlikely: ["vec"].map(str::to_owned).into(),
        }
    }

    /// Text and kind.
    type Pair<'a> = (&'a str, &'a str);

    fn tidied_texts(raw: &[Pair<'_>], told: &Told) -> Vec<String> {
        let raw = raw.iter().map(|(text, kind)| Raw { text, kind });
        let found = tidied(raw, told);
        found.into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn texts_can_be_put_into_a_cell() {
        let rows = [
            ("while $1 {\n    \n}", "keyword", "while"),
            ("while let $1 = $2 {\n    \n}", "keyword", "while let"),
            ("if $1 {\n    $2\n} else {\n    \n}", "keyword", "if"),
            ("loop {\n    \n}", "keyword", "loop"),
            ("return ;", "keyword", "return"),
            ("fn($1)", "keyword", "fn"),
            ("for<$1>", "keyword", "for"),
            ("for $1 in $2 {\n    \n}", "keyword", "for"),
            ("self::", "keyword", "self::"),
            ("Ok($1)", "instance", "Ok"),
            ("Some(())", "instance", "Some"),
            ("Idle", "instance", "Idle"),
            ("Done { code$1 }", "instance", "Done { code }"),
            ("Done { code: (), b: () }", "instance", "Done { code, b }"),
            ("push(value)", "function", "push(value)"),
            ("clone_into(target);", "function", "clone_into(target)"),
            ("len()", "function", "len()"),
            ("clone(&self)", "function", "clone"),
            ("par_iter(&'data self)", "function", "par_iter"),
            ("push(&mut self, value)", "function", "push"),
            ("sum(self_made)", "function", "sum(self_made)"),
            ("f(a, (b, c))", "function", "f(a, (b, c))"),
            ("println!()", "function", "println!"),
            ("vec![]", "function", "vec!"),
            ("thread_local! {}", "function", "thread_local!"),
            ("Vec<>", "class", "Vec"),
            ("thread::", "module", "thread::"),
            ("r#type", "instance", "r#type"),
            ("iter().map(f)", "function", "iter().map(f)"),
            ("self.n", "instance", "self.n"),
            ("é(ä)", "function", "é(ä)"),
            ("$", "instance", ""),
            ("", "instance", ""),
        ];
        for (text, kind, expected) in rows {
            let found = tidied_texts(&[(text, kind)], &Told::default());
            assert_eq!(found, [expected], "{text}");
        }
    }

    #[test]
    fn a_value_becomes_an_argument() {
        let rows = [
            ("v.map(|x| x).", "", "drop::<fn()>(v.map(|x| x).)"),
            ("a + v.su", "m; b", "a + drop::<fn()>(v.sum); b"),
            ("\"é\"; v.le", "()", "\"é\"; drop::<fn()>(v.le)()"),
            ("p!(\"{}\", v.le", ")", "p!(\"{}\", drop::<fn()>(v.le))"),
            ("let t = v; t.", "", "let t = v; drop::<fn()>(t.)"),
        ];
        for (before, behind, expected) in rows {
            let asked = as_argument(&format!("{before}{behind}"), before.len());
            let (code, more) = asked.unwrap();
            assert_eq!(code.replace("core::mem::", ""), expected);
            assert_eq!(more, EXPECTS.len());
        }
        for code in ["", "v", "Vec::", "// v.", "\"v.", "use a."] {
            assert_eq!(as_argument(code, code.len()), None, "{code}");
        }
    }

    #[test]
    fn what_nobody_means_is_left_out_or_comes_last() {
        let rows: [(&[Pair], &[&str]); 8] = [
            (
                &[
                    ("evcxr_display();", "function"),
                    ("iter().evcxr_display()", "function"),
                    ("EvcxrUserCodeError", "class"),
                    ("r#try!()", "function"),
                ],
                &[],
            ),
            (&[("a", "instance"), ("a", "instance")], &["a"]),
            (
                &[
                    ("push(value)", "function"),
                    ("len()", "function"),
                    ("size", "instance"),
                ],
                &["size", "len()", "push(value)"],
            ),
            // Fields that are private, and the methods of that name.
            (&[("len", "instance"), ("len()", "function")], &["len()"]),
            (&[("buf", "instance"), ("buf()", "function")], &["buf()"]),
            (
                &[
                    ("append_elements(other)", "function"),
                    ("push(value)", "function"),
                    ("spawnhook::", "module"),
                    ("Any", "class"),
                ],
                &["push(value)", "append_elements(other)"],
            ),
            (
                &[
                    ("vec", "instance"),
                    ("other()", "function"),
                    ("len()", "function"),
                ],
                &["len()", "other()", "vec"],
            ),
            // Both stay.
            (
                &[("current::", "module"), ("current()", "function")],
                &["current::", "current()"],
            ),
        ];
        for (raw, expected) in rows {
            assert_eq!(tidied_texts(raw, &told()), expected, "{raw:?}");
        }
    }

    #[test]
    fn where_nothing_stands_before_a_name_the_order_is_kept() {
        let told = Told {
            is_of_something: false,
            ..told()
        };
        let raw = [("other", "instance"), ("push(value)", "function")];
        assert_eq!(tidied_texts(&raw, &told), ["other", "push(value)"]);
    }

    #[test]
    fn kinds_and_signatures_are_those_of_the_declaration() {
        let rows = [
            (
                "push(value)",
                "function",
                "function",
                Some("pub fn push(&mut self, value: T)"),
            ),
            ("size", "instance", "field", Some("size: usize")),
            (
                "len()",
                "function",
                "function",
                Some("pub fn len(&self) -> usize"),
            ),
            ("current::", "module", "module", None),
            (
                "current()",
                "function",
                "function",
                Some("pub fn current() -> Thread"),
            ),
            ("Running(())", "instance", "variant", Some("Running(u8)")),
            (
                "len",
                "function",
                "function",
                Some("pub fn len(&self) -> usize"),
            ),
            ("println!()", "function", "macro", None),
            // No declaration is known.
            ("other(a)", "function", "function", None),
            ("vec![]", "function", "macro", None),
            ("Ok($1)", "instance", "variant", None),
            ("u32", "instance", "type", None),
            ("word", "instance", "instance", None),
            ("while $1 {\n    \n}", "keyword", "keyword", None),
        ];
        for (text, raw, kind, signature) in rows {
            let raw = [Raw { text, kind: raw }];
            let found = tidied(raw.into_iter(), &told()).remove(0);
            let expected = (kind, signature);
            assert_eq!(
                (&*found.kind, found.signature.as_deref()),
                expected,
                "{text}"
            );
        }
    }
}

//! Source text that only rust-analyzer reads, without what it never needs.
//!
//! rust-analyzer infers the types of a cell's variables from the signatures of
//! the crates that the cell uses. Their function bodies, comments and most
//! attributes would only be read, parsed and held. What stays: every item, every
//! signature, and the documentation that an inspection shows.
//!
//! `std` builds its maps and sets on `hashbrown`, which is not part of its source.
//! Fields of its types become tuples of what they are generic over: without
//! these, nothing would tell rust-analyzer how `HashMap<K, V>` depends on `K`.
//!
//! May use nothing of the kernel: text goes in and text comes out. It must never
//! change what a name means.

use std::borrow::Cow;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs};
use ra_ap_syntax::{
    Edition, NodeOrToken, SourceFile, SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken, T,
    TextRange, WalkEvent,
};

/// What stands for a body. Its type fits every signature.
const NO_BODY: &str = "{loop{}}";

/// Attributes that say nothing about a type, a name or a completion.
const SILENT: [&str; 18] = [
    "allow",
    "cold",
    "deny",
    "diagnostic",
    "expect",
    "inline",
    "must_use",
    "optimize",
    "rustc_allow_const_fn_unstable",
    "rustc_const_stable",
    "rustc_const_unstable",
    "rustc_diagnostic_item",
    "rustc_inherit_overflow_checks",
    "rustc_on_unimplemented",
    "stable",
    "track_caller",
    "unsafe_op_in_unsafe_fn",
    "warn",
];

/// `text`, a Rust source file of edition 2024 or before, with less in it.
pub fn slim(text: &str) -> String {
    let file = SourceFile::parse(text, Edition::CURRENT).tree();
    let mut edits = Edits::default();
    let mut walk = file.syntax().preorder_with_tokens();
    while let Some(event) = walk.next() {
        let WalkEvent::Enter(element) = event else {
            continue;
        };
        let done = match &element {
            NodeOrToken::Node(node) => edits.node(node),
            NodeOrToken::Token(token) => {
                edits.token(token);
                true
            }
        };
        if done {
            walk.skip_subtree();
        }
    }
    edits.apply(text)
}

/// Ranges and what stands there instead, in the order of the text.
#[derive(Default)]
struct Edits(Vec<(TextRange, Cow<'static, str>)>);

impl Edits {
    fn replace(&mut self, range: TextRange, by: impl Into<Cow<'static, str>>) {
        self.0.push((range, by.into()));
    }

    fn remove(&mut self, range: TextRange) {
        // Two tokens must not become one.
        self.replace(range, " ");
    }

    /// Removes a range that other edits may lie in.
    fn remove_from(&mut self, range: TextRange) {
        while self
            .0
            .pop_if(|(last, _)| range.start() <= last.start())
            .is_some()
        {}
        self.remove(range);
    }

    fn apply(self, text: &str) -> String {
        let mut result = String::with_capacity(text.len() / 2);
        let mut done = 0;
        for (range, by) in self.0 {
            let (start, end) = (usize::from(range.start()), usize::from(range.end()));
            result.push_str(text.get(done..start).unwrap_or_default());
            push(&mut result, &by);
            done = end;
        }
        result.push_str(text.get(done..).unwrap_or_default());
        result
    }

    /// Whether `node` needs no further look.
    fn node(&mut self, node: &SyntaxNode) -> bool {
        if is_test(node) {
            self.remove(node.text_range());
            return true;
        }
        match node.kind() {
            SyntaxKind::ATTR => {
                let path = ast::Attr::cast(node.clone()).and_then(|attribute| attribute.path());
                let name = path.and_then(|path| path.first_segment());
                if name.is_some_and(|name| is_silent(&name.syntax().text().to_string())) {
                    self.remove(node.text_range());
                    return true;
                }
                false
            }
            SyntaxKind::PATH_TYPE => {
                let fields = generic_over(node);
                if let Some(fields) = &fields {
                    self.replace(node.text_range(), fields.clone());
                }
                fields.is_some()
            }
            SyntaxKind::BLOCK_EXPR if is_unneeded_body(node) => {
                self.replace(node.text_range(), NO_BODY);
                true
            }
            SyntaxKind::TOKEN_TREE => {
                match node.parent().map(|parent| parent.kind()) {
                    Some(SyntaxKind::MACRO_RULES | SyntaxKind::MACRO_DEF) => {
                        self.tokens(node, Place::Rules);
                    }
                    Some(SyntaxKind::MACRO_CALL) if is_item(node) => {
                        self.tokens(node, Place::Call);
                    }
                    _ => {}
                }
                true
            }
            _ => false,
        }
    }

    fn token(&mut self, token: &SyntaxToken) {
        match token.kind() {
            SyntaxKind::WHITESPACE => {
                let by = if token.text().contains('\n') {
                    "\n"
                } else {
                    " "
                };
                self.replace(token.text_range(), by);
            }
            SyntaxKind::COMMENT if !is_doc(token) => self.remove(token.text_range()),
            _ => {}
        }
    }

    /// The same inside of a macro, where there are only tokens.
    fn tokens(&mut self, tree: &SyntaxNode, place: Place) {
        let mut scan = Scan::default();
        for element in tree.children_with_tokens() {
            let range = element.text_range();
            let before = scan.see(&element);
            match element {
                NodeOrToken::Token(token) => match token.kind() {
                    SyntaxKind::COMMENT if !is_doc(&token) => self.remove(range),
                    SyntaxKind::COMMENT if scan.is_detail(&token, place) => self.remove(range),
                    SyntaxKind::COMMENT => {}
                    _ => self.token(&token),
                },
                NodeOrToken::Node(inner) => match place {
                    Place::Rules if before.arrow => {
                        self.tokens(&inner, Place::Transcriber { repeated: false });
                    }
                    // What a macro matches must stay as it is.
                    Place::Rules => {}
                    _ if before.body
                        && is_braced(&inner)
                        && !before.evaluated
                        && self.body(&inner, place) => {}
                    Place::Transcriber { .. } if before.hash && is_silent_tree(&inner) => {
                        // The `#` itself stands before.
                        if let Some(hash) = before.hash_range {
                            self.remove_from(hash.cover(range));
                        }
                    }
                    // What another macro matches, neither.
                    _ if before.call => self.tokens(&inner, Place::Call),
                    _ => self.tokens(&inner, place.inside(before.dollar)),
                },
            }
        }
    }

    /// Leaves a function's body out, if nothing depends on its tokens.
    fn body(&mut self, tree: &SyntaxNode, place: Place) -> bool {
        let repeated = matches!(place, Place::Transcriber { repeated: true });
        // A repetition must keep the variable that it repeats.
        if repeated && tree.text().contains_char('$') {
            return false;
        }
        self.replace(tree.text_range(), NO_BODY);
        true
    }
}

/// Adds `by` to `text`, but no white space to white space.
fn push(text: &mut String, by: &str) {
    if !(by == " " || by == "\n") || !text.ends_with([' ', '\n']) {
        text.push_str(by);
    } else if by == "\n" && text.ends_with(' ') {
        text.pop();
        text.push('\n');
    }
}

/// Where tokens stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between the braces of a `macro_rules!`.
    Rules,
    /// What a macro makes; `repeated` inside of `$( .. )*`.
    Transcriber { repeated: bool },
    /// The arguments of a macro.
    Call,
}

impl Place {
    fn inside(self, dollar: bool) -> Self {
        match self {
            Self::Transcriber { repeated } => Self::Transcriber {
                repeated: repeated || dollar,
            },
            other => other,
        }
    }
}

/// What came before the token that is looked at, on its level.
#[derive(Default, Clone)]
struct Scan {
    /// `=>` was the last token.
    arrow: bool,
    /// `$` was the last token.
    dollar: bool,
    /// `!` was the last token.
    call: bool,
    /// `#` was the last token, and where.
    hash: bool,
    hash_range: Option<TextRange>,
    /// The next braces are the body of a function.
    body: bool,
    /// `const` was among the last tokens, before a `fn`; the function is one.
    constant: bool,
    evaluated: bool,
    /// The last tokens are `=` or `fn`.
    equals: bool,
    keyword: bool,
    /// The first paragraph of a description is over.
    detail: bool,
}

impl Scan {
    /// Goes over `element`, and returns what came before it.
    fn see(&mut self, element: &SyntaxElement) -> Self {
        let kind = element.kind();
        if matches!(kind, SyntaxKind::WHITESPACE | SyntaxKind::COMMENT) {
            return self.clone();
        }
        let before = self.clone();
        let braces = element.as_node().is_some_and(is_braced);
        self.arrow = kind == T![=>] || (before.equals && kind == T![>]);
        self.equals = kind == T![=];
        self.dollar = kind == T![$];
        self.call = kind == T![!];
        self.hash = kind == T![#];
        self.hash_range = (kind == T![#]).then(|| element.text_range());
        // Only `fn name` begins a function; `fn(` is a type.
        self.body = if before.keyword {
            kind == SyntaxKind::IDENT || kind == T![$]
        } else {
            before.body && !braces && !ends_signature(kind)
        };
        self.keyword = kind == T![fn];
        self.constant = kind == T![const] || (before.constant && kind == T![unsafe]);
        if self.keyword {
            self.evaluated = before.constant;
        }
        if !(kind == T![#] || before.hash) {
            self.detail = false;
        }
        before
    }

    /// Whether the doc comment `token` is more than its item's first paragraph.
    /// What a macro makes is held once for each of its uses.
    fn is_detail(&mut self, token: &SyntaxToken, place: Place) -> bool {
        if !matches!(place, Place::Transcriber { .. }) {
            return false;
        }
        let empty = token.text().trim_start_matches('/').trim().is_empty();
        self.detail |= empty;
        self.detail
    }
}

/// Whether a function's signature cannot go on with a token of this kind. Also
/// said of `impl`: the type of such a function is in its body.
fn ends_signature(kind: SyntaxKind) -> bool {
    [
        T![;],
        T![fn],
        T![impl],
        T![pub],
        T![struct],
        T![enum],
        T![trait],
        T![mod],
        T![#],
        T![static],
        T![type],
        T![=>],
    ]
    .contains(&kind)
}

fn is_braced(tree: &SyntaxNode) -> bool {
    tree.first_token()
        .is_some_and(|token| token.kind() == T!['{'])
}

/// Whether `tree` is the inside of a silent attribute. A description that is
/// computed (`#[doc = concat!(..)]`) is silent: it is an example's code.
fn is_silent_tree(tree: &SyntaxNode) -> bool {
    let mut tokens = tree
        .children_with_tokens()
        .filter_map(NodeOrToken::into_token)
        .filter(|token| token.kind() != SyntaxKind::WHITESPACE)
        .skip(1);
    let (Some(name), Some(next)) = (tokens.next(), tokens.next()) else {
        return false;
    };
    is_silent(name.text()) || (name.text() == "doc" && next.kind() == T![=])
}

fn is_silent(name: &str) -> bool {
    SILENT.contains(&name)
}

fn is_doc(comment: &SyntaxToken) -> bool {
    let text = comment.text();
    let outer = |open: &str, more: &str| text.starts_with(open) && !text.starts_with(more);
    text.starts_with("//!")
        || text.starts_with("/*!")
        || outer("///", "////")
        || (outer("/**", "/***") && text != "/**/")
}

/// What a field of one of `hashbrown`'s types (which `std` calls `base`) is
/// generic over, as a tuple.
fn generic_over(path: &SyntaxNode) -> Option<String> {
    if path.parent()?.kind() != SyntaxKind::RECORD_FIELD {
        return None;
    }
    let text = path.text().to_string();
    let arguments = text.strip_prefix("base::")?.split_once('<')?.1;
    let fields: Vec<String> = arguments
        .strip_suffix('>')?
        .split(',')
        .map(str::trim)
        .map(|argument| match argument.starts_with('\'') {
            true => format!("&{argument} ()"),
            false => argument.to_owned(),
        })
        .collect();
    Some(format!("({},)", fields.join(", ")))
}

/// Whether `node` is an item for tests.
fn is_test(node: &SyntaxNode) -> bool {
    ast::Item::cast(node.clone()).is_some_and(|item| {
        item.attrs()
            .any(|attribute| attribute.syntax().text() == "#[cfg(test)]")
    })
}

/// Whether `tree` belongs to a macro in an item's place.
fn is_item(tree: &SyntaxNode) -> bool {
    let around = tree.parent().and_then(|call| call.parent());
    around.is_some_and(|around| {
        matches!(
            around.kind(),
            SyntaxKind::SOURCE_FILE | SyntaxKind::ITEM_LIST | SyntaxKind::ASSOC_ITEM_LIST
        )
    })
}

/// Whether `block` is the body of a function whose type is in its signature.
fn is_unneeded_body(block: &SyntaxNode) -> bool {
    let Some(function) = block.parent().and_then(ast::Fn::cast) else {
        return false;
    };
    let hidden = function.ret_type().is_some_and(|returned| {
        returned
            .syntax()
            .descendants()
            .any(|node| node.kind() == SyntaxKind::IMPL_TRAIT_TYPE)
    });
    // A constant function may give an array its length.
    function.const_token().is_none() && function.async_token().is_none() && !hidden
}

#[cfg(test)]
mod tests;

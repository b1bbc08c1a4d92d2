//! What stands before the cursor: an expression and a dot, or a path and `::`.

use ra_ap_syntax::ast::{self, AstNode};
use ra_ap_syntax::{SyntaxKind, SyntaxNode, TextSize};

/// Stands in the place of the name that is being written.
const MARK: &str = "__here";
const BEGIN: &str = "fn __cell() {";

/// What is asked for, and where.
pub(super) enum Asked {
    /// What belongs to the value of this expression.
    MemberOf(ast::Expr),
    /// What stands in this module or type.
    Within(ast::Path),
    /// The name itself, which nothing stands before.
    Alone(SyntaxNode),
    /// What a `use` may name there.
    Imported(Vec<String>),
}

pub(super) struct Cursor {
    pub asked: Asked,
    /// The places around a macro in which the expression stands, from within.
    pub around: Vec<SyntaxNode>,
    /// Where, in the text asked about, the innermost macro around it begins.
    begin: usize,
}

/// Where the value begins behind which `before` ends in a dot.
pub fn receiver(before: &str) -> Option<usize> {
    let Cursor { asked, begin, .. } = look(before)?;
    let Asked::MemberOf(value) = asked else {
        return None;
    };
    let start = usize::from(value.syntax().text_range().start());
    Some(begin + start.checked_sub(BEGIN.len())?)
}

/// What is asked for at the end of `before`.
pub(super) fn look(before: &str) -> Option<Cursor> {
    let mut around = Vec::new();
    let mut text = before.to_owned();
    // Within macros there are only tokens, which are read on their own.
    for _ in 0..4 {
        let whole = format!("{BEGIN}{text}{MARK}\n}}");
        let file = super::depth::parse(&whole)?;
        let at = TextSize::try_from(BEGIN.len() + text.len()).ok()?;
        let token = file.syntax().token_at_offset(at).right_biased()?;
        if token.kind() != SyntaxKind::IDENT || token.text() != MARK {
            return None;
        }
        let parent = token.parent()?;
        if parent.kind() != SyntaxKind::TOKEN_TREE {
            let asked = asked(&parent)?;
            let begin = before.len() - text.len();
            return Some(Cursor {
                asked,
                around,
                begin,
            });
        }
        let inner = parent.children_with_tokens();
        let start = inner
            .take_while(|part| part.text_range().start() < at)
            .filter(|part| {
                matches!(
                    part.kind(),
                    SyntaxKind::COMMA
                        | SyntaxKind::SEMICOLON
                        | SyntaxKind::L_PAREN
                        | SyntaxKind::L_BRACK
                        | SyntaxKind::L_CURLY
                )
            })
            .last()?
            .text_range()
            .end();
        text = whole.get(usize::from(start)..usize::from(at))?.to_owned();
        around.insert(0, parent);
    }
    None
}

fn asked(parent: &SyntaxNode) -> Option<Asked> {
    let around = parent.parent()?;
    if let Some(field) = ast::FieldExpr::cast(around.clone()) {
        return field.expr().map(Asked::MemberOf);
    }
    if let Some(call) = ast::MethodCallExpr::cast(around.clone()) {
        return call.receiver().map(Asked::MemberOf);
    }
    let segment = ast::PathSegment::cast(around)?;
    let path = segment.syntax().parent().and_then(ast::Path::cast)?;
    let trees = path.syntax().ancestors().filter_map(ast::UseTree::cast);
    let trees: Vec<ast::UseTree> = trees.take(16).collect();
    if trees.is_empty() {
        return Some(match path.qualifier() {
            Some(qualifier) => Asked::Within(qualifier),
            None => Asked::Alone(path.syntax().clone()),
        });
    }
    let mut names: Vec<String> = Vec::new();
    for (depth, tree) in trees.iter().rev().enumerate() {
        let is_last = depth + 1 == trees.len();
        let path = if is_last {
            path.qualifier()
        } else {
            tree.path()
        };
        let text = path.map(|path| path.syntax().text().to_string());
        let parts = text.iter().flat_map(|text| text.split("::"));
        names.extend(parts.map(|part| part.trim().to_owned()));
    }
    Some(Asked::Imported(names))
}

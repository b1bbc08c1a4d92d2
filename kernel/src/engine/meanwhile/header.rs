//! What the header of an item says: names, parameters, paths, its text on one line.

use ra_ap_syntax::ast::{self, AstNode, HasGenericParams, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::source::Use;

/// Whether an attribute says that nobody should use its item.
pub(super) fn is_unstable(of: ast::Attr) -> bool {
    let text = of.syntax().text().to_string();
    text.starts_with("#[unstable") || text.starts_with("#[doc(hidden")
}

pub(super) fn use_tree(
    tree: &ast::UseTree,
    before: &[String],
    public: bool,
    deep: usize,
    found: &mut Vec<Use>,
) {
    let mut path = before.to_vec();
    if let Some(written) = tree.path() {
        let text: String = written.syntax().text().to_string();
        path.extend(text.split("::").map(|part| part.trim().to_owned()));
    }
    if let Some(list) = tree.use_tree_list() {
        if deep > 0 {
            for inner in list.use_trees() {
                use_tree(&inner, &path, public, deep - 1, found);
            }
        }
        return;
    }
    let name = if tree.star_token().is_some() {
        None
    } else {
        // `use a::{self}` is `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let renamed = tree.rename().map(|rename| match rename.name() {
            Some(name) => name.text().to_string(),
            None => "_".to_owned(),
        });
        Some(renamed.or_else(|| path.last().cloned()).unwrap_or_default())
    };
    found.push(Use {
        name,
        path,
        is_public: public,
    });
}

/// The text of `item` without documentation, attributes and body, on one line.
pub(super) fn signature(item: &SyntaxNode, body: Option<&SyntaxNode>) -> String {
    let mut text = String::new();
    let mut walk = item.preorder_with_tokens();
    while let Some(event) = walk.next() {
        let ra_ap_syntax::WalkEvent::Enter(element) = event else {
            continue;
        };
        if body.is_some_and(|body| body.text_range() == element.text_range()) {
            break;
        }
        match element.kind() {
            SyntaxKind::ATTR => walk.skip_subtree(),
            SyntaxKind::COMMENT | SyntaxKind::WHITESPACE => {
                if !text.is_empty() && !text.ends_with([' ', '(', '<']) {
                    text.push(' ');
                }
            }
            _ => {
                if let Some(token) = element.as_token() {
                    if token.text() == ")" && text.ends_with(", ") {
                        text.truncate(text.len() - 2);
                    }
                    text.push_str(token.text());
                }
            }
        }
    }
    let end = text.trim_end().trim_end_matches([',', ';']).len();
    text.truncate(end);
    text
}

/// By what an `impl` for the type `of` is found.
pub(super) fn head(of: &ast::Type, params: Option<&ast::GenericParamList>) -> String {
    match of {
        ast::Type::PathType(path) => {
            let segment = path.path().and_then(|path| path.segment());
            let name = segment.and_then(|segment| segment.name_ref());
            let name = name.map(|name| name.text().to_string()).unwrap_or_default();
            let params = params
                .iter()
                .flat_map(|params| params.type_or_const_params());
            let is_param = params
                .filter_map(|param| param.name())
                .any(|param| param.text() == name);
            if is_param { "*".to_owned() } else { name }
        }
        ast::Type::RefType(_) => "&".to_owned(),
        ast::Type::SliceType(_) | ast::Type::ArrayType(_) => "[]".to_owned(),
        ast::Type::TupleType(_) => "()".to_owned(),
        _ => "?".to_owned(),
    }
}

/// The types and constants that `item` is generic over, with their defaults.
pub(super) fn params(item: &impl HasGenericParams) -> Vec<(String, Option<String>)> {
    let list = item.generic_param_list();
    let params = list
        .iter()
        .flat_map(ast::GenericParamList::type_or_const_params);
    params
        .filter_map(|param| match param {
            ast::TypeOrConstParam::Type(of) => {
                let default = of.default_type().map(|of| of.syntax().text().to_string());
                Some((of.name()?.text().to_string(), default))
            }
            ast::TypeOrConstParam::Const(of) => Some((of.name()?.text().to_string(), None)),
        })
        .collect()
}

pub(super) fn last_name(path: &str) -> String {
    let path = path.split('<').next().unwrap_or(path);
    let path = path.split('(').next().unwrap_or(path);
    super::identifier::last(path.trim()).to_owned()
}

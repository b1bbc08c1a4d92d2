//! The items that a cell defines, as its text has them.

use ra_ap_syntax::ast::{self, AstNode, HasName};
use ra_ap_syntax::{Edition, SourceFile, SyntaxNode};

/// A function, type or other item of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// As Jupyter's clients know kinds.
    pub kind: &'static str,
    /// The item without its body, or the whole of it where it has none.
    pub signature: String,
    pub docs: String,
}

impl Item {
    pub(super) fn is_function(&self) -> bool {
        self.kind == "function"
    }
}

/// Names and items of the cell `code`.
pub(super) fn of(code: &str) -> Vec<(String, Item)> {
    // Commands stand before the code and are not Rust.
    let rust: String = code
        .lines()
        .skip_while(|line| line.trim_start().starts_with([':', '!', '?']))
        .flat_map(|line| [line, "\n"])
        .collect();
    let file = SourceFile::parse(&rust, Edition::Edition2024).tree();
    let items = file.syntax().children().filter_map(ast::Item::cast);
    items.filter_map(|item| described(&item)).collect()
}

fn described(item: &ast::Item) -> Option<(String, Item)> {
    let (kind, name, body) = match item {
        ast::Item::Fn(item) => ("function", item.name(), node(item.body())),
        ast::Item::Struct(item) => ("struct", item.name(), None),
        ast::Item::Enum(item) => ("enum", item.name(), None),
        ast::Item::Trait(item) => ("trait", item.name(), node(item.assoc_item_list())),
        ast::Item::Const(item) => ("constant", item.name(), None),
        ast::Item::Static(item) => ("static", item.name(), None),
        ast::Item::TypeAlias(item) => ("type", item.name(), None),
        ast::Item::Module(item) => ("module", item.name(), node(item.item_list())),
        ast::Item::MacroRules(item) => ("macro", item.name(), node(item.token_tree())),
        _ => return None,
    };
    let docs: Vec<String> = ast::DocCommentIter::from_syntax_node(item.syntax())
        .filter_map(|comment| Some(comment.doc_comment()?.0.trim().to_owned()))
        .collect();
    let whole = item.syntax().text().to_string();
    let start = item.syntax().text_range().start();
    let length = body.map_or(whole.len(), |body| {
        usize::from(body.text_range().start() - start)
    });
    let signature = whole.get(..length).unwrap_or(&whole);
    let signature: Vec<&str> = signature
        .lines()
        .filter(|line| !line.trim_start().starts_with("///"))
        .collect();
    Some((
        name?.text().to_string(),
        Item {
            kind,
            signature: signature.join("\n").trim().to_owned(),
            docs: docs.join("\n"),
        },
    ))
}

fn node(body: Option<impl AstNode>) -> Option<SyntaxNode> {
    body.map(|body| body.syntax().clone())
}

//! Reads Rust text into a [`Source`]. The text may be wrong or unfinished.

use std::sync::OnceLock;

use ra_ap_syntax::ast::{
    self, AstNode, HasAttrs, HasGenericParams, HasModuleItem, HasName, HasVisibility,
};
use ra_ap_syntax::{Edition, SourceFile, SyntaxKind, SyntaxNode};

use super::depth;
use super::derive;
use super::header::{head, is_unstable, last_name, params, signature, use_tree};
use super::source::{Docs, Impl, Item, Source, Use};

/// Macros of the standard library whose text has the methods of all integers.
const OF_INTEGERS: [&str; 2] = ["int_impl", "uint_impl"];

/// How deep modules and macros may lie in each other.
const DEPTH: usize = 16;

pub(super) struct Reader<'a> {
    pub source: &'a mut Source,
    lines: Lines,
    depth: usize,
}

/// Where documentation is found later.
enum Lines {
    /// Nowhere: it is kept.
    None,
    /// Where each line of this file begins, and the number of the first.
    Of {
        file: usize,
        starts: Vec<usize>,
        first: usize,
    },
}

impl<'a> Reader<'a> {
    /// For text that is gone later.
    pub(super) fn keeping_docs(source: &'a mut Source) -> Self {
        Self {
            source,
            lines: Lines::None,
            depth: 0,
        }
    }

    /// For the file with this number.
    pub(super) fn of_file(source: &'a mut Source, file: usize, text: &str) -> Self {
        Self {
            source,
            lines: lines(file, text, 0),
            depth: 0,
        }
    }

    /// Adds what `text` defines to `module`.
    pub(super) fn read(&mut self, text: &str, module: &str) {
        self.source.modules.entry(module.to_owned()).or_default();
        self.nested(text, module);
    }

    fn items(&mut self, items: impl Iterator<Item = ast::Item>, module: &str) {
        if self.depth == DEPTH {
            return;
        }
        self.depth += 1;
        for item in items {
            self.item(&item, module);
        }
        self.depth -= 1;
    }

    fn item(&mut self, item: &ast::Item, module: &str) {
        match item {
            ast::Item::Use(item) => self.uses(item, module),
            ast::Item::ExternCrate(item) => self.extern_crate(item, module),
            ast::Item::Impl(item) => self.implementation(item, module),
            ast::Item::Module(item) => self.module(item, module),
            ast::Item::MacroRules(item) => self.macro_rules(item, module),
            ast::Item::MacroDef(item) => self.add(item, "macro", node(item.args()), module),
            ast::Item::MacroCall(call) => self.configured(call, module),
            ast::Item::Fn(item) => self.add(item, "function", node(item.body()), module),
            ast::Item::Const(item) => self.value(item, "constant", item.ty(), module),
            ast::Item::Static(item) => self.value(item, "static", item.ty(), module),
            ast::Item::TypeAlias(item) => self.alias(item, module),
            ast::Item::Struct(item) => self.structure(item, module),
            ast::Item::Union(item) => self.union(item, module),
            ast::Item::Enum(item) => self.enumeration(item, module),
            ast::Item::Trait(item) => self.trait_(item, module),
            _ => {}
        }
    }

    fn module(&mut self, item: &ast::Module, module: &str) {
        self.add(item, "module", None, module);
        if let (Some(name), Some(list)) = (item.name(), item.item_list()) {
            let inner = format!("{module}::{}", name.text());
            self.source.modules.entry(inner.clone()).or_default();
            self.items(list.items(), &inner);
        }
    }

    fn macro_rules(&mut self, item: &ast::MacroRules, module: &str) {
        let is_exported = item
            .attrs()
            .any(|of| of.to_string().contains("macro_export"));
        let root = module.split("::").next().unwrap_or(module);
        let home = if is_exported { root } else { module };
        let body = node(item.token_tree());
        let Some(mut found) = self.described(item, "macro", body.as_ref(), home) else {
            return;
        };
        found.is_public = is_exported || !self.has_file();
        if OF_INTEGERS.contains(&&*found.name)
            && let Some(body) = body
        {
            self.integers(&body, &found.name, module);
        }
        self.put(found);
    }

    fn alias(&mut self, item: &ast::TypeAlias, module: &str) {
        if let Some(mut found) = self.described(item, "type", None, module) {
            found.of = item.ty().map(|of| of.syntax().text().to_string());
            found.params = params(item);
            self.put(found);
        }
    }

    fn structure(&mut self, item: &ast::Struct, module: &str) {
        self.derives(item, module);
        let fields = item.field_list();
        let body = match &fields {
            // Of a cell's own types all is shown.
            Some(ast::FieldList::RecordFieldList(list)) if self.has_file() => {
                Some(list.syntax().clone())
            }
            _ => None,
        };
        if let Some(mut found) = self.described(item, "struct", body.as_ref(), module) {
            found.parts = self.fields(fields, module);
            found.params = params(item);
            let is_tuple = matches!(item.kind(), ast::StructKind::Tuple(_));
            found.of = is_tuple.then(|| "tuple".to_owned());
            self.put(found);
        }
    }

    fn union(&mut self, item: &ast::Union, module: &str) {
        let body = node(item.record_field_list());
        if let Some(mut found) = self.described(item, "struct", body.as_ref(), module) {
            found.params = params(item);
            self.put(found);
        }
    }

    fn enumeration(&mut self, item: &ast::Enum, module: &str) {
        self.derives(item, module);
        let body = node(item.variant_list().filter(|_| self.has_file()));
        if let Some(mut found) = self.described(item, "enum", body.as_ref(), module) {
            let variants = item.variant_list();
            let variants = variants.iter().flat_map(ast::VariantList::variants);
            found.parts = variants
                .filter_map(|variant| {
                    let mut found = self.described(&variant, "variant", None, module)?;
                    found.parts = self.fields(variant.field_list(), module);
                    found.is_public = true;
                    Some(found)
                })
                .collect();
            found.params = params(item);
            self.put(found);
        }
    }

    fn trait_(&mut self, item: &ast::Trait, module: &str) {
        let list = item.assoc_item_list();
        let body = node(list.clone());
        if let Some(mut found) = self.described(item, "trait", body.as_ref(), module) {
            found.parts = self.associated(list, module);
            found.params = params(item);
            for part in &mut found.parts {
                part.is_public = true;
            }
            self.put(found);
        }
    }

    fn add(
        &mut self,
        item: &(impl HasName + HasAttrs + HasVisibility),
        kind: &'static str,
        body: Option<SyntaxNode>,
        module: &str,
    ) {
        if let Some(found) = self.described(item, kind, body.as_ref(), module) {
            self.put(found);
        }
    }

    fn value(
        &mut self,
        item: &(impl HasName + HasAttrs + HasVisibility),
        kind: &'static str,
        of: Option<ast::Type>,
        module: &str,
    ) {
        if let Some(mut found) = self.described(item, kind, None, module) {
            found.of = of.map(|of| of.syntax().text().to_string());
            self.put(found);
        }
    }

    fn put(&mut self, item: Item) {
        if !self.keeps(&item) {
            return;
        }
        let module = self.source.modules.entry(item.module.clone()).or_default();
        module
            .items
            .entry(item.name.clone())
            .or_default()
            .push(item);
    }

    fn has_file(&self) -> bool {
        matches!(self.lines, Lines::Of { .. })
    }

    /// Whether anybody outside of the sources can use it, or see a type through it.
    fn keeps(&self, item: &Item) -> bool {
        !self.has_file()
            || item.is_type()
            || item.kind == "module"
            || item.is_public && item.is_stable
    }

    fn described(
        &self,
        item: &(impl HasName + HasAttrs + HasVisibility),
        kind: &'static str,
        body: Option<&SyntaxNode>,
        module: &str,
    ) -> Option<Item> {
        let name = item.name()?.text().to_string();
        Some(self.named(name, item, kind, body, module))
    }

    fn named(
        &self,
        name: String,
        item: &(impl HasAttrs + HasVisibility),
        kind: &'static str,
        body: Option<&SyntaxNode>,
        module: &str,
    ) -> Item {
        let visible = item.visibility().map(|of| of.syntax().text().to_string());
        Item {
            name,
            kind,
            module: module.to_owned(),
            signature: signature(item.syntax(), body),
            is_public: visible.as_deref() == Some("pub"),
            is_stable: !item.attrs().any(is_unstable),
            docs: self.docs(item.syntax()),
            params: Vec::new(),
            parts: Vec::new(),
            of: None,
        }
    }

    fn docs(&self, item: &SyntaxNode) -> Docs {
        let Lines::Of {
            file,
            starts,
            first,
        } = &self.lines
        else {
            let comments = ast::DocCommentIter::from_syntax_node(item);
            let lines = comments.filter_map(|comment| {
                let (text, _) = comment.doc_comment()?;
                Some(text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned())
            });
            return Docs::Text(lines.collect::<Vec<_>>().join("\n"));
        };
        let is_before = |kind| {
            matches!(
                kind,
                SyntaxKind::COMMENT | SyntaxKind::WHITESPACE | SyntaxKind::ATTR
            )
        };
        let behind = item
            .children_with_tokens()
            .find(|part| !is_before(part.kind()));
        let start = behind
            .map_or(item.text_range(), |part| part.text_range())
            .start();
        let line = starts.partition_point(|begin| *begin <= usize::from(start));
        Docs::Above {
            file: *file,
            line: first + line.saturating_sub(1),
        }
    }

    fn fields(&self, fields: Option<ast::FieldList>, module: &str) -> Vec<Item> {
        let of = |of: Option<ast::Type>| of.map(|of| of.syntax().text().to_string());
        match fields {
            Some(ast::FieldList::RecordFieldList(list)) => list
                .fields()
                .filter_map(|field| {
                    let mut found = self.described(&field, "field", None, module)?;
                    found.of = of(field.ty());
                    Some(found)
                })
                .collect(),
            Some(ast::FieldList::TupleFieldList(list)) => list
                .fields()
                .enumerate()
                .map(|(number, field)| {
                    let mut found = self.named(number.to_string(), &field, "field", None, module);
                    found.of = of(field.ty());
                    found
                })
                .collect(),
            None => Vec::new(),
        }
    }

    fn associated(&self, list: Option<ast::AssocItemList>, module: &str) -> Vec<Item> {
        let items = list.iter().flat_map(ast::AssocItemList::assoc_items);
        items
            .filter_map(|item| match item {
                ast::AssocItem::Fn(item) => {
                    self.described(&item, "function", node(item.body()).as_ref(), module)
                }
                ast::AssocItem::Const(item) => {
                    let mut found = self.described(&item, "constant", None, module)?;
                    found.of = item.ty().map(|of| of.syntax().text().to_string());
                    Some(found)
                }
                ast::AssocItem::TypeAlias(item) => {
                    let mut found = self.described(&item, "type", None, module)?;
                    found.of = item.ty().map(|of| of.syntax().text().to_string());
                    Some(found)
                }
                ast::AssocItem::MacroCall(_) => None,
            })
            .collect()
    }

    fn implementation(&mut self, item: &ast::Impl, module: &str) {
        let list = item.assoc_item_list();
        // `impl !Send for ..` says what is not so.
        let Some(of) = item.self_ty().filter(|_| item.excl_token().is_none()) else {
            return;
        };
        let params = item.generic_param_list();
        let of_trait = item.trait_().map(|of| of.syntax().text().to_string());
        let mut items = self.associated(list.clone(), module);
        // A trait's functions stand in the trait.
        items.retain(|item| item.kind == "type" || of_trait.is_none() && self.keeps(item));
        let head = head(&of, params.as_ref());
        self.source.add_impl(Impl {
            module: module.to_owned(),
            header: signature(item.syntax(), node(list).as_ref()),
            of_trait: of_trait.map(|of| last_name(&of)),
            head,
            items,
            understood: OnceLock::new(),
        });
    }

    fn derives(&mut self, item: &(impl HasName + HasAttrs + HasGenericParams), module: &str) {
        for found in derive::implementations(item, module) {
            self.source.add_impl(found);
        }
    }

    fn uses(&mut self, item: &ast::Use, module: &str) {
        let is_public = item
            .visibility()
            .is_some_and(|of| of.syntax().text() == "pub")
            && !item.attrs().any(is_unstable);
        let mut found = Vec::new();
        if let Some(tree) = item.use_tree() {
            use_tree(&tree, &[], is_public, DEPTH, &mut found);
        }
        let module = self.source.modules.entry(module.to_owned()).or_default();
        module.uses.extend(found);
    }

    fn extern_crate(&mut self, item: &ast::ExternCrate, module: &str) {
        let Some(name) = item.name_ref().map(|name| name.text().to_string()) else {
            return;
        };
        let renamed = item.rename().and_then(|rename| rename.name());
        let renamed = renamed.map(|name| name.text().to_string());
        let module = self.source.modules.entry(module.to_owned()).or_default();
        module.uses.push(Use {
            name: Some(renamed.unwrap_or_else(|| name.clone())),
            path: vec![String::new(), name],
            is_public: item.visibility().is_some(),
        });
    }

    /// Macros such as `cfg_rt! { .. }` have items as they are.
    fn configured(&mut self, call: &ast::MacroCall, module: &str) {
        let name = call
            .path()
            .map(|path| last_name(&path.syntax().text().to_string()));
        if !name.is_some_and(|name| name.starts_with("cfg_") && name != "cfg_select") {
            return;
        }
        if let Some(tree) = call.token_tree() {
            self.inside(tree.syntax(), |reader, text| reader.nested(text, module));
        }
    }

    /// The methods of integers, which stand in a macro: it is read as an `impl` for its
    /// own name.
    fn integers(&mut self, body: &SyntaxNode, name: &str, module: &str) {
        let trees = body.children().filter_map(ast::TokenTree::cast);
        let Some(tree) = trees.last() else { return };
        self.inside(tree.syntax(), |reader, text| {
            let text = text.replace('$', "");
            reader.nested(&format!("impl {name} {{{text}}}"), module);
        });
    }

    fn nested(&mut self, text: &str, module: &str) {
        let file = match self.has_file() {
            // The library's sources are no deeper than their compiler bears.
            true => Some(SourceFile::parse(text, Edition::CURRENT).tree()),
            false => depth::parse(text),
        };
        if let Some(file) = file {
            self.items(file.items(), module);
        }
    }

    /// Reads what stands between the brackets of `tree`, with its lines.
    fn inside(&mut self, tree: &SyntaxNode, read: impl FnOnce(&mut Self, &str)) {
        let text = tree.text().to_string();
        let Some(inner) = text.get(1..text.len().saturating_sub(1)) else {
            return;
        };
        let own = match &self.lines {
            Lines::None => Lines::None,
            Lines::Of {
                file,
                starts,
                first,
            } => {
                let start = usize::from(tree.text_range().start());
                let before = starts.partition_point(|begin| *begin <= start);
                lines(*file, inner, first + before.saturating_sub(1))
            }
        };
        let outer = std::mem::replace(&mut self.lines, own);
        read(self, inner);
        self.lines = outer;
    }
}

fn lines(file: usize, text: &str, first: usize) -> Lines {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    Lines::Of {
        file,
        starts: std::iter::once(0).chain(ends).collect(),
        first,
    }
}

fn node(body: Option<impl AstNode>) -> Option<SyntaxNode> {
    body.map(|body| body.syntax().clone())
}

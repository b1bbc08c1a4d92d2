//! What a name is where it stands in a cell: a variable of the code around it, or the
//! session's.

use ra_ap_syntax::ast::{self, AstNode, HasLoopBody, HasName};
use ra_ap_syntax::{SyntaxKind, SyntaxNode};

use super::cursor::{self, Asked, Cursor};
use super::resolve::{DEPTH, Resolver, place};
use super::types::Type;

/// What a place says of a name.
enum Bound {
    No,
    As(Type),
    /// It is an item, which sees no variables around it.
    Never,
}

/// What a name is where it stands.
enum Variable {
    Local(Type),
    /// The session's, if it has one of this name.
    Outer,
    None,
}

impl Resolver<'_, '_> {
    /// The type of the variable `name` behind `before`, as it is written.
    pub(super) fn variable_at(&self, before: &str, name: &str) -> Option<String> {
        if let Some(Cursor {
            asked: Asked::Alone(at),
            around,
            ..
        }) = cursor::look(before)
        {
            let within = Resolver {
                world: self.world,
                variables: self.variables,
                around: &around,
            };
            match within.local(name, &at, DEPTH) {
                Variable::Local(of) => return Some(of.shown().unwrap_or_else(|| "_".to_owned())),
                Variable::None => return None,
                Variable::Outer => {}
            }
        }
        self.variables.get(name).cloned()
    }

    /// The type of the variable `name`, if it is one; unknown where its type is.
    pub(super) fn variable(&self, name: &str, at: &SyntaxNode, depth: usize) -> Option<Type> {
        match self.local(name, at, depth) {
            Variable::Local(of) => Some(of),
            Variable::Outer => {
                let of = self.variables.get(name)?;
                Some(self.world.type_of(of, &place()))
            }
            Variable::None => None,
        }
    }

    fn local(&self, name: &str, at: &SyntaxNode, depth: usize) -> Variable {
        let Some(depth) = depth.checked_sub(1) else {
            return Variable::None;
        };
        let mut at = at.clone();
        let mut outer = self.around.iter();
        while self.world.look().is_some() {
            let Some(around) = at.parent() else {
                let Some(next) = outer.next() else {
                    return Variable::Outer;
                };
                at = next.clone();
                continue;
            };
            match self.bound_around(name, &at, &around, depth) {
                Bound::As(of) => return Variable::Local(of),
                Bound::Never => return Variable::None,
                Bound::No => at = around,
            }
        }
        Variable::Local(Type::Unknown)
    }

    /// What the node `around` says of `name` in its child `at`.
    fn bound_around(
        &self,
        name: &str,
        at: &SyntaxNode,
        around: &SyntaxNode,
        depth: usize,
    ) -> Bound {
        if let Some(list) = ast::StmtList::cast(around.clone()) {
            let before = list.statements().take_while(|statement| {
                self.world.look().is_some()
                    && statement.syntax().text_range().end() <= at.text_range().start()
            });
            let mut found = Bound::No;
            for statement in before {
                if let ast::Stmt::LetStmt(statement) = statement
                    && self.mentions(statement.pat().as_ref(), name)
                {
                    found = Bound::As(self.bound_by(&statement, name, depth));
                }
            }
            return found;
        }
        if let Some(of) = ast::ForExpr::cast(around.clone())
            && of.loop_body().is_some_and(|body| body.syntax() == at)
            && self.mentions(of.pat().as_ref(), name)
        {
            let iterable = of.iterable().map(|of| self.expression(&of, depth));
            let item = iterable.map(|of| self.item_of(&of));
            return Bound::As(self.destructured(
                of.pat().as_ref(),
                item.unwrap_or(Type::Unknown),
                name,
            ));
        }
        let params = ast::Fn::cast(around.clone())
            .and_then(|of| of.param_list())
            .or_else(|| ast::ClosureExpr::cast(around.clone()).and_then(|of| of.param_list()));
        if let Some(params) = params
            && let Some(param) = params
                .params()
                .find(|param| self.mentions(param.pat().as_ref(), name))
        {
            let of = self.world.lower(param.ty().as_ref(), &place());
            return Bound::As(self.destructured(param.pat().as_ref(), of, name));
        }
        if is_item(around) {
            return Bound::Never;
        }
        // Conditions and arms bind names as well, by patterns that are not followed.
        if !matches!(
            around.kind(),
            SyntaxKind::IF_EXPR
                | SyntaxKind::WHILE_EXPR
                | SyntaxKind::BIN_EXPR
                | SyntaxKind::MATCH_ARM
        ) {
            return Bound::No;
        }
        let mut before = around
            .children()
            .take_while(|child| child.text_range().end() <= at.text_range().start());
        match before.any(|child| self.binds(&child, name)) {
            true => Bound::As(Type::Unknown),
            false => Bound::No,
        }
    }

    /// Whether a pattern in `node` gives something the name `name`.
    fn binds(&self, node: &SyntaxNode, name: &str) -> bool {
        let mut nodes = node
            .descendants()
            .take_while(|_| self.world.look().is_some())
            .filter_map(ast::IdentPat::cast);
        nodes.any(|pattern| pattern.name().is_some_and(|of| of.text() == name))
    }

    fn mentions(&self, pattern: Option<&ast::Pat>, name: &str) -> bool {
        pattern.is_some_and(|pattern| self.binds(pattern.syntax(), name))
    }

    fn bound_by(&self, statement: &ast::LetStmt, name: &str, depth: usize) -> Type {
        let annotated = self.world.lower(statement.ty().as_ref(), &place());
        let of = match (statement.ty(), statement.initializer()) {
            (Some(_), _) if annotated != Type::Unknown => annotated,
            (None, Some(value)) => self.expression(&value, depth),
            _ => Type::Unknown,
        };
        self.destructured(statement.pat().as_ref(), of, name)
    }

    /// What `name` is in `pattern`, which takes a value of type `of` apart.
    fn destructured(&self, pattern: Option<&ast::Pat>, of: Type, name: &str) -> Type {
        match (pattern, of) {
            (Some(ast::Pat::IdentPat(_)), of) => of,
            (Some(ast::Pat::ParenPat(inner)), of) => {
                self.destructured(inner.pat().as_ref(), of, name)
            }
            (Some(ast::Pat::RefPat(inner)), Type::Ref { to, .. }) => {
                self.destructured(inner.pat().as_ref(), *to, name)
            }
            (Some(ast::Pat::TuplePat(tuple)), Type::Tuple(parts)) => {
                let fields: Vec<ast::Pat> = tuple.fields().collect();
                let has_rest = fields
                    .iter()
                    .any(|field| matches!(field, ast::Pat::RestPat(_)));
                let mut pairs = fields.into_iter().zip(parts);
                match pairs.find(|(field, _)| self.mentions(Some(field), name)) {
                    Some((field, of)) if !has_rest => self.destructured(Some(&field), of, name),
                    _ => Type::Unknown,
                }
            }
            _ => Type::Unknown,
        }
    }

    /// What a loop over `of` goes through.
    fn item_of(&self, of: &Type) -> Type {
        self.world.normalised(&Type::Projection {
            of: Box::new(of.clone()),
            name: "Item".to_owned(),
        })
    }
}

/// Whether the session's variables can be named at the end of `before`.
pub(super) fn reach(before: &str) -> bool {
    let Some(Cursor {
        asked: Asked::Alone(at),
        around,
        ..
    }) = cursor::look(before)
    else {
        return true;
    };
    let mut nodes = around.iter().chain([&at]).flat_map(SyntaxNode::ancestors);
    nodes.all(|node| !is_item(&node))
}

/// Whether what stands in `node` sees no variables around it.
fn is_item(node: &SyntaxNode) -> bool {
    let kind = node.kind();
    // A function around the whole text stands for the cell.
    ast::Item::can_cast(kind)
        && kind != SyntaxKind::MACRO_CALL
        && node.text_range().start() != 0.into()
}

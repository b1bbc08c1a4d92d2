//! The type of an expression in a cell that has not run, by declarations only.

use ra_ap_syntax::SyntaxNode;
use ra_ap_syntax::ast::{
    self, AstNode, BinaryOp, HasArgList, HasGenericArgs, LiteralKind, RangeItem, RangeOp, UnaryOp,
};
use std::collections::HashMap;

use super::depth;
use super::lower::{self, Place};
use super::members::Member;
use super::names::{Space, Target, World};
use super::source::CELL;
use super::types::Type;

/// How deep expressions may lie in each other.
pub(super) const DEPTH: usize = 48;

pub(super) struct Resolver<'w, 'a> {
    pub world: &'w World<'a>,
    /// Types of the session's variables.
    pub variables: &'w HashMap<String, String>,
    /// See [`super::cursor::Cursor`].
    pub around: &'w [SyntaxNode],
}

impl<'a> Resolver<'_, 'a> {
    pub(super) fn type_of(&self, expression: &ast::Expr) -> Type {
        let of = self.expression(expression, DEPTH);
        self.world.normalised(&of)
    }

    pub(super) fn expression(&self, expression: &ast::Expr, depth: usize) -> Type {
        self.known(expression, depth).unwrap_or(Type::Unknown)
    }

    fn known(&self, expression: &ast::Expr, depth: usize) -> Option<Type> {
        self.world.look()?;
        let depth = depth.checked_sub(1)?;
        let of = |inner: Option<ast::Expr>| Some(self.expression(&inner?, depth));
        Some(match expression {
            ast::Expr::ParenExpr(inner) => of(inner.expr())?,
            ast::Expr::RefExpr(inner) => Type::Ref {
                to: Box::new(of(inner.expr())?),
                is_mut: inner.mut_token().is_some(),
            },
            ast::Expr::PrefixExpr(inner) => {
                let value = of(inner.expr())?;
                match inner.op_kind()? {
                    UnaryOp::Deref => self.world.dereference(&value)?,
                    UnaryOp::Neg | UnaryOp::Not => primitive(value)?,
                }
            }
            ast::Expr::Literal(literal) => literal_type(literal)?,
            ast::Expr::TupleExpr(tuple) => Type::Tuple(
                tuple
                    .fields()
                    .map(|field| self.expression(&field, depth))
                    .collect(),
            ),
            ast::Expr::ArrayExpr(array) => Type::Array(Box::new(of(array.exprs().next())?)),
            ast::Expr::CastExpr(cast) => self.world.lower(cast.ty().as_ref(), &place()),
            ast::Expr::RangeExpr(range) => self.range(range, depth)?,
            ast::Expr::BinExpr(operation) => match operation.op_kind()? {
                BinaryOp::LogicOp(_) | BinaryOp::CmpOp(_) => Type::named("bool"),
                BinaryOp::Assignment { .. } => return None,
                BinaryOp::ArithOp(_) => {
                    let (one, other) = (of(operation.lhs())?, of(operation.rhs())?);
                    primitive(one).filter(|one| *one == other)?
                }
            },
            ast::Expr::PathExpr(path) => self.path(&path.path()?, expression.syntax(), depth)?,
            ast::Expr::RecordExpr(record) => {
                let own = self.world.lower_path(&record.path()?, &place(), 4);
                match own {
                    Type::Unknown => return None,
                    own => own,
                }
            }
            ast::Expr::FieldExpr(field) => self.field(field, depth)?,
            ast::Expr::MethodCallExpr(call) => self.method(call, depth)?,
            ast::Expr::CallExpr(call) => self.call(call, depth)?,
            ast::Expr::IndexExpr(index) => {
                self.element(&of(index.base())?, &index.index()?, depth)?
            }
            ast::Expr::MacroExpr(call) => self.macro_call(&call.macro_call()?, depth)?,
            ast::Expr::TryExpr(inner) => match of(inner.expr())? {
                Type::Named(path, inner)
                    if path == "core::option::Option" || path == "core::result::Result" =>
                {
                    inner.into_iter().next()?
                }
                _ => return None,
            },
            ast::Expr::AwaitExpr(inner) => {
                let value = of(inner.expr())?;
                if !self
                    .world
                    .implements(&value, "core::future::future::Future")
                {
                    return None;
                }
                Type::Projection {
                    of: Box::new(value),
                    name: "Output".to_owned(),
                }
            }
            _ => return None,
        })
        .map(|found| self.world.normalised(&found))
    }

    fn range(&self, range: &ast::RangeExpr, depth: usize) -> Option<Type> {
        let bound = range.start().or_else(|| range.end())?;
        let of = self.expression(&bound, depth);
        let name = match (range.start(), range.end(), range.op_kind()?) {
            (Some(_), Some(_), RangeOp::Exclusive) => "Range",
            (Some(_), Some(_), RangeOp::Inclusive) => "RangeInclusive",
            (Some(_), None, _) => "RangeFrom",
            _ => return None,
        };
        Some(Type::Named(format!("core::ops::range::{name}"), vec![of]))
    }

    fn field(&self, field: &ast::FieldExpr, depth: usize) -> Option<Type> {
        let value = self.expression(&field.expr()?, depth);
        let name = field.name_ref()?.text().to_string();
        if let Ok(number) = name.parse::<usize>() {
            let steps = self.world.dereferenced(&value);
            let tuple = steps.into_iter().find_map(|step| match step {
                Type::Tuple(parts) => Some(parts),
                _ => None,
            });
            if let Some(parts) = tuple {
                return parts.into_iter().nth(number);
            }
        }
        let member = self.world.member(&value, &name, true)?;
        Some(self.world.type_of_member(&member))
    }

    fn method(&self, call: &ast::MethodCallExpr, depth: usize) -> Option<Type> {
        let value = self.expression(&call.receiver()?, depth);
        let name = call.name_ref()?.text().to_string();
        let member = self.world.member(&value, &name, false)?;
        let given = self.given(call.generic_arg_list());
        Some(
            self.world
                .returned(&member, &given, &self.arguments(call, depth)),
        )
    }

    fn arguments(&self, call: &impl HasArgList, depth: usize) -> Vec<Type> {
        let list = call.arg_list();
        let arguments = list.iter().flat_map(ast::ArgList::args);
        arguments
            .map(|argument| self.expression(&argument, depth))
            .collect()
    }

    fn given(&self, list: Option<ast::GenericArgList>) -> Vec<Type> {
        let arguments = list.iter().flat_map(ast::GenericArgList::generic_args);
        arguments
            .filter_map(|argument| match argument {
                ast::GenericArg::TypeArg(of) => Some(self.world.lower(of.ty().as_ref(), &place())),
                ast::GenericArg::ConstArg(_) => Some(Type::Unknown),
                _ => None,
            })
            .collect()
    }

    fn call(&self, call: &ast::CallExpr, depth: usize) -> Option<Type> {
        let ast::Expr::PathExpr(callee) = call.expr()? else {
            return None;
        };
        let path = callee.path()?;
        let names = lower::names(&path);
        if let Some([name]) = names.as_deref()
            && self.variable(name, callee.syntax(), depth).is_some()
        {
            // A closure.
            return None;
        }
        let arguments = self.arguments(call, depth);
        let given = self.given(
            path.segment()
                .and_then(|segment| segment.generic_arg_list()),
        );
        match names.and_then(|names| self.world.resolve(CELL, &names, Space::Value)) {
            Some(Target::Item(item)) if item.is_function() => Some(self.world.returned(
                &self.world.free(item),
                &given,
                &arguments,
            )),
            Some(Target::Item(item)) if item.kind == "struct" => {
                Some(self.world.constructed(item, &item.parts, &arguments))
            }
            Some(Target::Variant(of, variant)) => {
                Some(self.world.constructed(of, &variant.parts, &arguments))
            }
            _ => {
                let (member, takes_self) = self.associated(&path)?;
                let arguments = arguments.get(usize::from(takes_self)..).unwrap_or_default();
                Some(self.world.returned(&member, &given, arguments))
            }
        }
    }

    /// `Type::name`.
    fn associated(&self, path: &ast::Path) -> Option<(Member<'a>, bool)> {
        let of = self.qualified(&path.qualifier()?)?;
        let name = path.segment()?.name_ref()?.text().to_string();
        let members = self.world.associated_with(&of);
        let member = members
            .into_iter()
            .find(|member| member.item.name == name)?;
        let takes_self = member.item.takes_self();
        Some((member, takes_self))
    }

    /// The type that stands before `::`.
    pub(super) fn qualified(&self, path: &ast::Path) -> Option<Type> {
        let of = self.world.lower_path(path, &place(), 4);
        (of != Type::Unknown).then_some(of)
    }

    fn path(&self, path: &ast::Path, at: &SyntaxNode, depth: usize) -> Option<Type> {
        let names = lower::names(path)?;
        if let [name] = names.as_slice()
            && let Some(found) = self.variable(name, at, depth)
        {
            return Some(found);
        }
        match self.world.resolve(CELL, &names, Space::Value) {
            Some(Target::Variant(of, variant)) if variant.parts.is_empty() => {
                Some(self.world.constructed(of, &[], &[]))
            }
            Some(Target::Item(item)) if matches!(item.kind, "constant" | "static") => {
                Some(self.world.type_of_member(&self.world.free(item)))
            }
            Some(Target::Item(item)) if item.kind == "struct" && item.parts.is_empty() => {
                Some(self.world.constructed(item, &[], &[]))
            }
            Some(_) => None,
            None => {
                let (member, _) = self.associated(path)?;
                (!member.item.is_function()).then(|| self.world.type_of_member(&member))
            }
        }
    }

    fn element(&self, of: &Type, index: &ast::Expr, depth: usize) -> Option<Type> {
        let is_range = matches!(index, ast::Expr::RangeExpr(_));
        let is_whole = || match self.expression(index, depth) {
            Type::Named(path, _) => super::impls::integers(&path).is_some(),
            _ => false,
        };
        for step in self.world.dereferenced(of) {
            match step {
                Type::Slice(of) | Type::Array(of) if is_range => return Some(Type::Slice(of)),
                Type::Slice(of) | Type::Array(of) if is_whole() => return Some(*of),
                Type::Named(path, _) if path == "str" && is_range => {
                    return Some(Type::named("str"));
                }
                Type::Named(path, inner)
                    if path.ends_with("::HashMap") || path.ends_with("::BTreeMap") =>
                {
                    return inner.into_iter().nth(1);
                }
                Type::Named(path, inner) if path.ends_with("::VecDeque") => {
                    return inner.into_iter().next();
                }
                _ => {}
            }
        }
        None
    }

    fn macro_call(&self, call: &ast::MacroCall, depth: usize) -> Option<Type> {
        let name = call.path()?.as_single_name_ref()?.text().to_string();
        match name.as_str() {
            "format" => Some(Type::named("alloc::string::String")),
            "matches" => Some(Type::named("bool")),
            "vec" => {
                let text = call.token_tree()?.syntax().text().to_string();
                let inner = text.get(1..text.len().checked_sub(1)?)?;
                // The same tokens as an array tell what stands in it.
                let file = depth::parse(&format!("fn f() {{ [{inner}] }}"))?;
                let mut nodes = file.syntax().descendants();
                let array = nodes.find_map(ast::ArrayExpr::cast)?;
                let first = array.exprs().next();
                let within = Resolver {
                    world: self.world,
                    variables: self.variables,
                    around: &[&[call.syntax().clone()], self.around].concat(),
                };
                let of = first.map_or(Type::Unknown, |first| within.expression(&first, depth));
                let vec = self.world.type_at(&["Vec".to_owned()])?;
                let Type::Named(path, mut inner) = vec else {
                    return None;
                };
                *inner.first_mut()? = of;
                Some(Type::Named(path, inner))
            }
            _ => None,
        }
    }
}

/// Where the code of a cell stands.
pub(super) fn place() -> Place {
    Place {
        module: CELL.to_owned(),
        ..Place::default()
    }
}

fn primitive(of: Type) -> Option<Type> {
    let known = matches!(&of, Type::Named(path, _) if !path.contains("::"));
    known.then_some(of)
}

fn literal_type(literal: &ast::Literal) -> Option<Type> {
    Some(match literal.kind() {
        LiteralKind::String(_) => Type::reference(Type::named("str")),
        LiteralKind::Char(_) => Type::named("char"),
        LiteralKind::Bool(_) => Type::named("bool"),
        LiteralKind::Byte(_) => Type::named("u8"),
        LiteralKind::IntNumber(number) => Type::named(number.suffix().unwrap_or("i32")),
        LiteralKind::FloatNumber(number) => Type::named(number.suffix().unwrap_or("f64")),
        _ => return None,
    })
}

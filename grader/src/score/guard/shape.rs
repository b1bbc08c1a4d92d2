//! Functions and variables that the check uses have to stay what they were: a
//! type of one's own can be equal to anything.

use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Item, ItemFn, Local, Pat, Stmt};

use crate::plan::defined;

/// The statements of a cell; `None` where it is no Rust.
pub(super) fn statements(code: &str) -> Option<Vec<Stmt>> {
    use syn::parse::Parser as _;
    syn::Block::parse_within.parse_str(code).ok()
}

/// What of the author's stub has another form or type in the answer.
pub(super) fn changed(answer: &[Stmt], stub: &str) -> Option<String> {
    let given = statements(stub)?;
    let functions = given.iter().filter_map(function);
    let function = functions.filter_map(|wanted| {
        let name = wanted.sig.ident.unraw();
        let found: Vec<&ItemFn> = answer
            .iter()
            .filter_map(function)
            .filter(|found| found.sig.ident.unraw() == name)
            .collect();
        let as_wanted = |found: &&&ItemFn| types(found) == types(wanted);
        let others = is_defined_otherwise(answer, &name.to_string(), found.len());
        (others || found.iter().filter(as_wanted).count() != found.len()).then(|| {
            format!(
                "`{name}` has to keep the types that it was given with: `{}`.",
                written(&wanted.sig, stub)
            )
        })
    });
    let variables = given.iter().filter_map(variable).filter_map(|(name, wanted)| {
        let wanted = wanted?.to_token_stream().to_string();
        let found: Vec<_> = answer
            .iter()
            .filter_map(variable)
            .filter(|(found, _)| *found == name)
            .collect();
        let others = is_defined_otherwise(answer, &name, found.len());
        let changed = found.iter().any(|(_, found)| {
            found.is_some_and(|found| found.to_token_stream().to_string() != wanted)
        });
        (others || changed).then(|| {
            format!("`{name}` has to stay a variable of the type that it was given with, `{wanted}`.")
        })
    });
    function.chain(variables).next()
}

/// Whether more statements define `name` than the `known` ones.
fn is_defined_otherwise(answer: &[Stmt], name: &str, known: usize) -> bool {
    let defining = answer
        .iter()
        .filter(|statement| defined(&statement.to_token_stream().to_string()).contains(name));
    defining.count() != known
}

/// The answer with the types of the stub's variables, where it has left them out.
pub fn with_types(answer: &str, stub: &str) -> String {
    let (Some(given), Some(found)) = (statements(stub), statements(answer)) else {
        return answer.to_owned();
    };
    let wanted: Vec<_> = given
        .iter()
        .filter_map(variable)
        .filter_map(|(name, wanted)| Some((name, wanted?.to_token_stream().to_string())))
        .collect();
    let mut insertions: Vec<(usize, &str)> = found
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Local(local) => {
                let (name, None) = variable(statement)? else {
                    return None;
                };
                let (_, wanted) = wanted.iter().find(|(known, _)| *known == name)?;
                Some((local.pat.span().byte_range().end, wanted.as_str()))
            }
            _ => None,
        })
        .collect();
    insertions.sort_unstable();
    let mut made = String::new();
    let mut at = 0;
    for (end, wanted) in insertions {
        made.push_str(answer.get(at..end).unwrap_or_default());
        made.push_str(&format!(": {wanted}"));
        at = end;
    }
    made + answer.get(at..).unwrap_or_default()
}

fn function(statement: &Stmt) -> Option<&ItemFn> {
    match statement {
        Stmt::Item(Item::Fn(function)) => Some(function),
        _ => None,
    }
}

/// The variable that a statement is about, and the type that is written down.
fn variable(statement: &Stmt) -> Option<(String, Option<&syn::Type>)> {
    let Stmt::Local(Local { pat, .. }) = statement else {
        return None;
    };
    match pat {
        Pat::Ident(name) => Some((name.ident.unraw().to_string(), None)),
        Pat::Type(typed) => match &*typed.pat {
            Pat::Ident(name) => Some((name.ident.unraw().to_string(), Some(&typed.ty))),
            _ => None,
        },
        _ => None,
    }
}

/// The types of a signature, without the names of parameters.
fn types(function: &ItemFn) -> Vec<String> {
    let signature = &function.sig;
    let inputs = signature.inputs.iter().map(|input| match input {
        syn::FnArg::Typed(typed) => typed.ty.to_token_stream().to_string(),
        syn::FnArg::Receiver(receiver) => receiver.to_token_stream().to_string(),
    });
    let rest = [
        signature.output.to_token_stream().to_string(),
        signature.generics.to_token_stream().to_string(),
        signature.asyncness.is_some().to_string(),
    ];
    inputs.chain(rest).collect()
}

/// A signature in the author's own words, on one line.
fn written(signature: &syn::Signature, stub: &str) -> String {
    let text = stub.get(signature.span().byte_range()).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

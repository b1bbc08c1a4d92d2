//! The implementations that `#[derive(..)]` of a struct or enum makes.

use std::sync::OnceLock;

use ra_ap_syntax::ast::{self, AstNode, HasAttrs, HasGenericParams, HasName};

use super::source::Impl;
use crate::engine::identifier;

/// What `derive` implements without asking anybody.
const DERIVED: [(&str, &str); 9] = [
    ("Clone", "::core::clone::Clone"),
    ("Copy", "::core::marker::Copy"),
    ("Debug", "::core::fmt::Debug"),
    ("Default", "::core::default::Default"),
    ("Eq", "::core::cmp::Eq"),
    ("Hash", "::core::hash::Hash"),
    ("Ord", "::core::cmp::Ord"),
    ("PartialEq", "::core::cmp::PartialEq"),
    ("PartialOrd", "::core::cmp::PartialOrd"),
];

pub(super) fn implementations(
    item: &(impl HasName + HasAttrs + HasGenericParams),
    module: &str,
) -> Vec<Impl> {
    let Some(name) = item.name() else {
        return Vec::new();
    };
    let name = name.text();
    let texts = item.attrs().map(|of| of.syntax().text().to_string());
    let traits: String = texts.filter(|text| text.starts_with("#[derive")).collect();
    let words: Vec<&str> = traits.split(|c| !identifier::is_part(c)).collect();
    let derived = DERIVED.iter().filter(|(word, _)| words.contains(word));
    derived
        .map(|(word, path)| Impl {
            module: module.to_owned(),
            header: header(item, path, name),
            of_trait: Some((*word).to_owned()),
            head: name.to_string(),
            items: Vec::new(),
            understood: OnceLock::new(),
        })
        .collect()
}

/// Each type parameter has to implement the trait as well.
fn header(item: &impl HasGenericParams, path: &str, name: &str) -> String {
    let list = item.generic_param_list();
    let list = list.iter().flat_map(ast::GenericParamList::generic_params);
    let (params, arguments): (Vec<String>, Vec<String>) = list
        .map(|param| match param {
            ast::GenericParam::TypeParam(of) => {
                let name = of.name().map(|name| name.text().to_string());
                let name = name.unwrap_or_default();
                (format!("{name}: {path}"), name)
            }
            ast::GenericParam::LifetimeParam(of) => {
                let of = of.syntax().text().to_string();
                let name = of.split(':').next().unwrap_or_default().to_owned();
                (of, name)
            }
            ast::GenericParam::ConstParam(of) => {
                let name = of.name().map(|name| name.text().to_string());
                (of.syntax().text().to_string(), name.unwrap_or_default())
            }
        })
        .unzip();
    let (params, arguments) = (params.join(", "), arguments.join(", "));
    format!("impl<{params}> {path} for {name}<{arguments}>")
}

//! Types, as far as they are known.

use super::names::World;

/// Bound where something unknown was taken for what was asked.
pub(super) const GUESSED: &str = "?";
/// How many types may lie in a type. Nobody writes a tenth of it, but a few aliases that
/// name their parameter thirty times multiply.
const LARGEST: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Nobody knows it without rust-analyzer.
    Unknown,
    /// A primitive, struct or enum by its path.
    Named(String, Vec<Type>),
    Ref {
        to: Box<Type>,
        is_mut: bool,
    },
    Slice(Box<Type>),
    Array(Box<Type>),
    Tuple(Vec<Type>),
    /// A generic parameter that nothing has told yet.
    Param(String),
    /// `impl Trait` and `dyn Trait`.
    Bounds(Vec<Bound>),
    /// `<of as Trait>::name` of a parameter.
    Projection {
        of: Box<Type>,
        name: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bound {
    /// The trait's path.
    pub of_trait: String,
    pub arguments: Vec<Type>,
    pub associated: Vec<(String, Type)>,
}

/// What generic parameters are.
pub(super) type Bindings = Vec<(String, Type)>;

impl Type {
    pub(super) fn named(path: &str) -> Self {
        Self::Named(path.to_owned(), Vec::new())
    }

    pub(super) fn reference(to: Self) -> Self {
        Self::Ref {
            to: Box::new(to),
            is_mut: false,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        match self {
            Self::Unknown | Self::Param(_) | Self::Projection { .. } => false,
            Self::Named(_, inner) | Self::Tuple(inner) => inner.iter().all(Self::is_known),
            Self::Ref { to, .. } | Self::Slice(to) | Self::Array(to) => to.is_known(),
            Self::Bounds(_) => false,
        }
    }

    /// Whether a part of it was not understood.
    pub(super) fn has_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Named(_, inner) | Self::Tuple(inner) => inner.iter().any(Self::has_unknown),
            Self::Ref { to, .. } | Self::Slice(to) | Self::Array(to) => to.has_unknown(),
            Self::Param(_) | Self::Bounds(_) | Self::Projection { .. } => false,
        }
    }

    /// As it is written, where all of it is known.
    pub(super) fn shown(&self) -> Option<String> {
        if !self.is_known() {
            return None;
        }
        let list = |of: &[Self]| {
            let shown: Option<Vec<String>> = of.iter().map(Self::shown).collect();
            shown.map(|shown| shown.join(", "))
        };
        Some(match self {
            Self::Named(path, inner) => {
                let name = path.rsplit("::").next().unwrap_or(path);
                // Allocators and hashers are left out, as people do.
                let inner: Vec<Self> = inner
                    .iter()
                    .filter(|of| !of.is_default())
                    .cloned()
                    .collect();
                match inner.is_empty() {
                    true => name.to_owned(),
                    false => format!("{name}<{}>", list(&inner)?),
                }
            }
            Self::Tuple(inner) => format!("({})", list(inner)?),
            Self::Ref { to, is_mut: false } => format!("&{}", to.shown()?),
            Self::Ref { to, is_mut: true } => format!("&mut {}", to.shown()?),
            Self::Slice(of) => format!("[{}]", of.shown()?),
            Self::Array(of) => format!("[{}; _]", of.shown()?),
            _ => return None,
        })
    }

    fn is_default(&self) -> bool {
        matches!(self, Self::Named(path, _) if path.ends_with("::Global") || path.ends_with("::RandomState"))
    }

    pub(super) fn is_small(&self) -> bool {
        self.count(&[], &mut LARGEST.clone()).is_some()
    }

    /// Takes from `left` what [`Self::with`] would make; `None` when that is not enough.
    fn count(&self, bindings: &[(String, Self)], left: &mut usize) -> Option<()> {
        *left = left.checked_sub(1)?;
        let mut all = |of: &[Self]| of.iter().try_for_each(|of| of.count(bindings, left));
        match self {
            Self::Unknown => Some(()),
            Self::Param(name) => match bindings.iter().rev().find(|(bound, _)| bound == name) {
                Some((_, of)) => of.count(&[], left),
                None => Some(()),
            },
            Self::Named(_, of) | Self::Tuple(of) => all(of),
            Self::Ref { to: of, .. }
            | Self::Slice(of)
            | Self::Array(of)
            | Self::Projection { of, .. } => of.count(bindings, left),
            Self::Bounds(bounds) => bounds.iter().try_for_each(|bound| {
                let associated = bound.associated.iter().map(|(_, of)| of);
                let mut inner = bound.arguments.iter().chain(associated);
                inner.try_for_each(|of| of.count(bindings, left))
            }),
        }
    }

    /// With parameters replaced by what they are, and unknown ones by `Unknown` if `all`.
    fn with(&self, bindings: &[(String, Self)], all: bool) -> Self {
        let Self::Param(name) = self else {
            return self.map(|of| of.with(bindings, all));
        };
        match bindings.iter().rev().find(|(bound, _)| bound == name) {
            Some((_, of)) => of.clone(),
            None if all => Self::Unknown,
            None => self.clone(),
        }
    }

    /// The same of what `change` makes of its parts.
    pub(super) fn map(&self, change: impl Fn(&Self) -> Self) -> Self {
        let inner = |of: &Self| Box::new(change(of));
        let list = |of: &[Self]| of.iter().map(&change).collect();
        match self {
            Self::Unknown | Self::Param(_) => self.clone(),
            Self::Named(path, of) => Self::Named(path.clone(), list(of)),
            Self::Tuple(of) => Self::Tuple(list(of)),
            Self::Ref { to, is_mut } => Self::Ref {
                to: inner(to),
                is_mut: *is_mut,
            },
            Self::Slice(of) => Self::Slice(inner(of)),
            Self::Array(of) => Self::Array(inner(of)),
            Self::Projection { of, name } => Self::Projection {
                of: inner(of),
                name: name.clone(),
            },
            Self::Bounds(bounds) => {
                let bounds = bounds.iter().map(|bound| Bound {
                    of_trait: bound.of_trait.clone(),
                    arguments: list(&bound.arguments),
                    associated: bound
                        .associated
                        .iter()
                        .map(|(name, of)| (name.clone(), change(of)))
                        .collect(),
                });
                Self::Bounds(bounds.collect())
            }
        }
    }

    /// Whether `self`, which may have parameters, can be `of`; learns what they are.
    pub(super) fn unify(&self, of: &Self, bindings: &mut Bindings) -> bool {
        let all = |these: &[Self], those: &[Self], bindings: &mut Bindings| {
            let mut pairs = these.iter().zip(those);
            these.len() == those.len() && pairs.all(|(one, other)| one.unify(other, bindings))
        };
        match (self, of) {
            (Self::Param(name), of) => {
                if *of == Self::Unknown {
                    return true;
                }
                match bindings.iter().rev().find(|(bound, _)| bound == name) {
                    Some((_, bound)) => bound.clone().unify(of, bindings),
                    None => {
                        bindings.push((name.clone(), of.clone()));
                        true
                    }
                }
            }
            (Self::Unknown | Self::Projection { .. }, _) => true,
            (_, Self::Unknown) => {
                bindings.push((GUESSED.to_owned(), Self::Unknown));
                true
            }
            (Self::Named(one, inner), Self::Named(other, of)) => {
                one == other && all(inner, of, bindings)
            }
            (Self::Tuple(inner), Self::Tuple(of)) => all(inner, of, bindings),
            (
                Self::Ref { to, is_mut },
                Self::Ref {
                    to: of,
                    is_mut: other,
                },
            ) => is_mut == other && to.unify(of, bindings),
            (Self::Slice(inner), Self::Slice(of)) | (Self::Array(inner), Self::Array(of)) => {
                inner.unify(of, bindings)
            }
            (Self::Bounds(one), Self::Bounds(other)) => one == other,
            _ => false,
        }
    }
}

impl World<'_> {
    /// `of` with parameters replaced by what they are, and unknown ones by `Unknown` if
    /// `all`; unknown as a whole where that is too large.
    pub(super) fn filled(&self, of: &Type, bindings: &[(String, Type)], all: bool) -> Type {
        let mut left = LARGEST;
        let fits = of.count(bindings, &mut left);
        match fits.and_then(|()| self.make(LARGEST - left)) {
            Some(()) => of.with(bindings, all),
            None => Type::Unknown,
        }
    }
}

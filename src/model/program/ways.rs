//! Adding up numbers of ways: in 128 bits while they fit, beyond that in as
//! many as it takes.

use num_bigint::BigUint;

use crate::model::Count;

#[derive(Debug, Clone)]
pub(super) enum Ways {
    Small(u128),
    Large(BigUint),
}

impl Ways {
    pub(super) const NONE: Self = Self::Small(0);
    pub(super) const ONE: Self = Self::Small(1);

    pub(super) fn add(&mut self, other: &Self) {
        if let (Self::Small(a), Self::Small(b)) = (&*self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            *self = Self::Small(sum);
            return;
        }
        *self = Self::Large(self.large() + other.large());
    }

    pub(super) fn large(&self) -> BigUint {
        match self {
            Self::Small(ways) => BigUint::from(*ways),
            Self::Large(ways) => ways.clone(),
        }
    }

    /// As a count: exact only if nothing was left out.
    pub(super) fn count(&self, is_exact: bool) -> Count {
        if is_exact {
            Count::exactly(self.large())
        } else {
            Count::at_least(self.large())
        }
    }
}

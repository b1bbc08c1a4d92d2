//! Vector clocks as values that a cell can hold and compare.

use std::cmp::Ordering;
use std::fmt;

use super::events::ProcessId;

/// A vector clock: how many events of each process are known (Fidge 1988,
/// Mattern 1988). Component `i` belongs to [`ProcessId`]`(i)`; an absent
/// component counts as 0.
///
/// Clocks compare component by component, so `a < b` exactly when the event of
/// `a` happens before that of `b`, and two clocks of concurrent events are
/// neither less, equal nor greater.
///
/// ```
/// use twoaxes::model::VectorClock;
///
/// let (a, b) = (VectorClock::from([2, 0]), VectorClock::from([2, 1]));
/// let c = VectorClock::from([3]);
/// assert!(a < b && b.partial_cmp(&c).is_none());
/// ```
#[derive(Clone, Default)]
pub struct VectorClock {
    components: Vec<u32>,
}

impl VectorClock {
    /// How many events of `process` are known.
    #[must_use]
    pub fn get(&self, process: ProcessId) -> u32 {
        self.components.get(process.0).copied().unwrap_or(0)
    }

    /// The components, one per process.
    #[must_use]
    pub fn components(&self) -> &[u32] {
        &self.components
    }
}

impl<C: Into<Vec<u32>>> From<C> for VectorClock {
    fn from(components: C) -> Self {
        Self {
            components: components.into(),
        }
    }
}

impl PartialEq for VectorClock {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl Eq for VectorClock {}

impl PartialOrd for VectorClock {
    /// `None` for clocks of concurrent events.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let processes = self.components.len().max(other.components.len());
        let mut order = Ordering::Equal;
        for process in (0..processes).map(ProcessId) {
            match (order, self.get(process).cmp(&other.get(process))) {
                (_, Ordering::Equal) => {}
                (Ordering::Equal, found) => order = found,
                (known, found) if known == found => {}
                _ => return None,
            }
        }
        Some(order)
    }
}

impl<const N: usize> PartialEq<[u32; N]> for VectorClock {
    fn eq(&self, other: &[u32; N]) -> bool {
        let known = Self::from(other.as_slice());
        *self == known
    }
}

impl fmt::Display for VectorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.components.iter().map(u32::to_string).collect();
        f.pad(&format!("[{}]", parts.join(", ")))
    }
}

impl fmt::Debug for VectorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

//! Private caches that agree on who may write: the MESI protocol
//! (Papamarcos and Patel 1984), for caches that never run out of room.

use std::collections::BTreeMap;

use crate::pitfalls::range::wide;

/// Bytes in a cache line, as on today's x86-64 and most Arm machines.
pub const LINE: u64 = 64;

/// What an access found, and so what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// The core's own cache has the line in a state that allows the access.
    Hit,
    /// No cache has the line: it comes from memory.
    FromMemory,
    /// Another core's cache has the line and sends it.
    FromCore,
    /// The core has the line to read, and the others have to give theirs up.
    Upgrade,
}

/// What one cache holds of a line. A line that is not held is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Written to; nobody else has it.
    Modified,
    /// As in memory; nobody else has it.
    Exclusive,
    /// As in memory; others may have it too.
    Shared,
}

/// The caches of some cores, one each.
///
/// ```
/// use twoaxes::pitfalls::false_sharing::{Access, Caches};
///
/// let mut caches = Caches::new();
/// assert_eq!(caches.write(0, 0), Access::FromMemory);
/// assert_eq!(caches.write(0, 0), Access::Hit);
/// // Another byte, but the same line.
/// assert_eq!(caches.write(1, 8), Access::FromCore);
/// assert_eq!(caches.invalidations(), 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caches {
    lines: BTreeMap<u64, BTreeMap<usize, Held>>,
    invalidations: u64,
}

impl Caches {
    /// Empty caches, for as many cores as will be named.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// `core` reads from the line of `address`, in bytes.
    pub fn read(&mut self, core: usize, address: u64) -> Access {
        let line = self.lines.entry(address / LINE).or_default();
        if line.contains_key(&core) {
            return Access::Hit;
        }
        if line.is_empty() {
            line.insert(core, Held::Exclusive);
            return Access::FromMemory;
        }
        for held in line.values_mut() {
            *held = Held::Shared;
        }
        line.insert(core, Held::Shared);
        Access::FromCore
    }

    /// `core` writes to the line of `address`, in bytes: all others lose it.
    pub fn write(&mut self, core: usize, address: u64) -> Access {
        let line = self.lines.entry(address / LINE).or_default();
        let found = match line.get(&core) {
            Some(Held::Modified | Held::Exclusive) => Access::Hit,
            Some(Held::Shared) if line.len() == 1 => Access::Hit,
            Some(Held::Shared) => Access::Upgrade,
            None if line.is_empty() => Access::FromMemory,
            None => Access::FromCore,
        };
        let before = line.len();
        line.retain(|&holder, _| holder == core);
        let lost = before.saturating_sub(line.len());
        self.invalidations = self.invalidations.saturating_add(wide(lost));
        line.insert(core, Held::Modified);
        found
    }

    /// How often a cache has lost a line because another core wrote to it.
    #[must_use]
    pub fn invalidations(&self) -> u64 {
        self.invalidations
    }
}

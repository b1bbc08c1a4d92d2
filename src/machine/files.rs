//! How many files this process may have open, sockets among them.

use std::sync::{Mutex, PoisonError};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::footprint::Footprint;

/// The limit of open files, and how far it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// How many are open.
    pub open: u64,
    /// How many may be open now.
    pub limit: u64,
    /// How far the limit may be raised without being the administrator.
    pub ceiling: u64,
}

impl OpenFiles {
    /// As it is now. Where the system does not tell, the limit is 256, which
    /// every system grants.
    #[must_use]
    pub fn now() -> Self {
        let (limit, ceiling) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((256, 256));
        Self {
            open: Footprint::now().files,
            limit,
            ceiling,
        }
    }

    /// Raises the limit as far as may be, up to `wanted` files more than are
    /// open, until what this returns is dropped.
    #[must_use]
    pub fn raise(self, wanted: u64) -> Raised {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else's raise lasts at least as long as this one.
        let (now, ceiling) =
            getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((self.limit, self.ceiling));
        let needed = self.open.saturating_add(wanted);
        let higher = needed.clamp(now, ceiling.max(now));
        let raised = higher > now && setrlimit(Resource::RLIMIT_NOFILE, higher, ceiling).is_ok();
        if raised && held.users == 0 {
            held.before = (now, ceiling);
        }
        let holds = raised || held.users > 0;
        held.users += usize::from(holds);
        let limit = if raised { higher } else { now };
        Raised {
            free: limit.saturating_sub(self.open),
            holds,
        }
    }
}

/// A limit of open files that was raised for a while; see [`OpenFiles::raise`].
#[derive(Debug)]
pub struct Raised {
    free: u64,
    holds: bool,
}

/// The limit belongs to the whole process, and several runs may have raised it.
static HELD: Mutex<Held> = Mutex::new(Held {
    users: 0,
    before: (0, 0),
});

struct Held {
    users: usize,
    /// The limit and the ceiling before the first of them.
    before: (u64, u64),
}

impl Raised {
    /// How many more files may be opened.
    #[must_use]
    pub const fn free(&self) -> u64 {
        self.free
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        if !self.holds {
            return;
        }
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.users = held.users.saturating_sub(1);
        if held.users == 0 {
            let (limit, ceiling) = held.before;
            // What is open beyond the limit stays open.
            _ = setrlimit(Resource::RLIMIT_NOFILE, limit, ceiling);
        }
    }
}

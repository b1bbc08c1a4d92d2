//! How many files this process may have open, sockets among them.

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
        let needed = self.open.saturating_add(wanted);
        let limit = needed.clamp(self.limit, self.ceiling.max(self.limit));
        let raised =
            limit > self.limit && setrlimit(Resource::RLIMIT_NOFILE, limit, self.ceiling).is_ok();
        let limit = if raised { limit } else { self.limit };
        Raised {
            free: limit.saturating_sub(self.open),
            before: raised.then_some((self.limit, self.ceiling)),
        }
    }
}

/// A limit of open files that was raised for a while; see [`OpenFiles::raise`].
#[derive(Debug)]
pub struct Raised {
    free: u64,
    before: Option<(u64, u64)>,
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
        if let Some((limit, ceiling)) = self.before {
            // What is open beyond the limit stays open.
            _ = setrlimit(Resource::RLIMIT_NOFILE, limit, ceiling);
        }
    }
}

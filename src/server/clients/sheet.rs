//! Memory that the clients' process writes and this process reads.

use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use nix::errno::Errno;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// What the clients' process says about itself.
#[repr(C)]
pub(super) struct Head {
    /// Connections that were made.
    pub(super) made: AtomicU32,
    /// CPU time that the process had used when it sent the first request, in
    /// nanoseconds.
    pub(super) spent: AtomicU64,
    /// Not 0 when every client has its answer, or knows that it gets none.
    pub(super) done: AtomicU32,
}

/// What one client writes down. Times are those of the monotonic clock, in
/// nanoseconds, which both processes share.
#[repr(C)]
pub(super) struct Slip {
    pub(super) sent: AtomicU64,
    pub(super) answered: AtomicU64,
    /// A [`Stage`] as a number.
    pub(super) stage: AtomicU32,
    /// The system's reason where it failed.
    pub(super) errno: AtomicI32,
    /// Only the clients' process uses it.
    pub(super) socket: AtomicI32,
}

/// How far a client has come. Zeroed memory is [`Stage::NotYet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(in crate::server) enum Stage {
    NotYet,
    Connecting,
    Connected,
    Sent,
    Answered,
    /// It got no connection.
    Refused,
    /// Its connection ended without an answer.
    Cut,
    /// Its answer was not the right one.
    Wrong,
}

impl Slip {
    pub(super) fn stage(&self) -> Stage {
        let all = [
            Stage::Connecting,
            Stage::Connected,
            Stage::Sent,
            Stage::Answered,
            Stage::Refused,
            Stage::Cut,
            Stage::Wrong,
        ];
        let number = self.stage.load(Ordering::Acquire);
        let found = all.into_iter().find(|stage| *stage as u32 == number);
        found.unwrap_or(Stage::NotYet)
    }

    pub(super) fn reaches(&self, stage: Stage) {
        self.stage.store(stage as u32, Ordering::Release);
    }
}

/// A [`Head`] and as many [`Slip`]s as there are clients, in memory that a
/// fork shares.
pub(super) struct Sheet {
    start: NonNull<Head>,
    slips: NonNull<Slip>,
    bytes: NonZeroUsize,
    clients: usize,
}

// SAFETY: the memory belongs to the sheet until it is dropped, and is reached
// only through atomics.
unsafe impl Send for Sheet {}
// SAFETY: as above.
unsafe impl Sync for Sheet {}

/// Bytes before the first slip; a multiple of a slip's alignment.
const HEAD: usize = 64;

impl Sheet {
    pub(super) fn new(clients: usize) -> Result<Self, Errno> {
        let slips = clients.checked_mul(size_of::<Slip>());
        let bytes = slips.and_then(|slips| slips.checked_add(HEAD));
        let bytes = bytes.and_then(NonZeroUsize::new).ok_or(Errno::ENOMEM)?;
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a new mapping at an address that the system chooses touches
        // no other memory.
        let start = unsafe { mmap_anonymous(None, bytes, protection, MapFlags::MAP_SHARED) }?;
        let start: NonNull<Head> = start.cast();
        Ok(Self {
            start,
            // SAFETY: `bytes` is more than HEAD.
            slips: unsafe { start.byte_add(HEAD) }.cast(),
            bytes,
            clients,
        })
    }

    pub(super) fn head(&self) -> &Head {
        // SAFETY: the mapping begins with a head: it is aligned to a page,
        // zeroed, which is a valid head, and lives as long as `self`.
        unsafe { self.start.as_ref() }
    }

    pub(super) fn slips(&self) -> &[Slip] {
        // SAFETY: behind the head there is room for so many slips, zeroed,
        // which is valid, and alive as long as `self`. HEAD keeps them aligned.
        unsafe { std::slice::from_raw_parts(self.slips.as_ptr(), self.clients) }
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this length, and nothing borrows from it
        // any more. A failure leaves memory that nobody uses.
        _ = unsafe { munmap(self.start.cast(), self.bytes.get()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_a_slip_for_each_client() {
        let sheet = Sheet::new(1_000).unwrap();
        assert_eq!(sheet.slips().len(), 1_000);
        assert!(
            sheet
                .slips()
                .iter()
                .all(|slip| slip.stage() == Stage::NotYet)
        );
        let stages = [Stage::Connected, Stage::Sent, Stage::Cut, Stage::Wrong];
        for (slip, stage) in sheet.slips().iter().rev().zip(stages) {
            slip.reaches(stage);
            assert_eq!(slip.stage(), stage);
        }
        assert_eq!(sheet.head().done.load(Ordering::Relaxed), 0);
        assert!(Sheet::new(usize::MAX).is_err());
    }
}

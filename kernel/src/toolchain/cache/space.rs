//! How much the cache holds, and making room.
//!
//! A store appends its size to `twoaxes-size`, as one record, and adds all
//! records up. Only when that is above the limit, or the file is no longer
//! plausible, are all entries looked at; those not used for longest go, until a
//! tenth is free, and the file starts anew with what is really there.
//!
//! Nobody holds a lock, so no kernel waits for another that is stopped. Sizes
//! are noted before an entry appears: when a kernel dies in between, the sum is
//! too large, and the next look puts it right. It is too small only by what
//! other kernels store during such a look.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{FileType, Mode, OFlags};

use super::folder::{Folder, Owners, Refusal};
use super::{Key, NOTED_FOR, length};

/// The folder of entries that are being written.
pub(super) const INCOMING: &str = "incoming";

/// How the files in it are named.
pub(super) const INCOMING_PREFIX: &str = "twoaxes-entry-";

const SIZES: &str = "twoaxes-size";
const SIZES_MAGIC: &[u8; RECORD] = b"2AXSIZE1";
const RECORD: usize = 8;

/// In bytes. So many stores later, all entries are looked at in any case.
const MOST_SIZES: u64 = 4096 * RECORD as u64;

/// In seconds. A file is written within moments: one this old was left over.
const LEFT_OVER: i64 = 3600;

/// What a file system hands out, in bytes.
const BLOCK: u64 = 4096;

/// The entries of a folder.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub entries: Vec<Resident>,
    /// What they take on the disk.
    pub bytes: u64,
}

#[derive(Debug)]
pub(super) struct Resident {
    key: Key,
    bytes: u64,
    /// Seconds since 1970.
    used: i64,
    owner: u32,
}

impl Usage {
    /// Looks at all entries.
    pub fn of(root: &Folder) -> Self {
        let mut usage = Self::default();
        for (shard, folder) in shards(root) {
            for (name, stat) in folder.list() {
                let key = Key::parse(&name).filter(|key| key.shard() == shard);
                let is_file = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
                if let (Some(key), true) = (key, is_file) {
                    let bytes = on_disk(length(&stat));
                    usage.bytes += bytes;
                    usage.entries.push(Resident {
                        key,
                        bytes,
                        used: stat.st_mtime,
                        owner: stat.st_uid,
                    });
                }
            }
        }
        usage
    }
}

/// Makes sure that an entry of `size` bytes, which waits in [`INCOMING`], may
/// join those in `root`, which is at `path`.
pub(super) fn reserve(root: &Folder, path: &Path, size: u64, limit: u64) -> io::Result<()> {
    match note(root, on_disk(size)) {
        Some(total) if total <= limit => Ok(()),
        _ => make_room(root, path, limit),
    }
}

/// Makes the folder `name`. One that others can write to is made anew.
pub(super) fn ready(root: &Folder, name: &str) -> Result<(), Refusal> {
    let problem = match root.make(name, Owners::ours()) {
        Err(problem @ Refusal::Untrusted(_)) => problem,
        result => return result.map(drop),
    };
    tracing::debug!("the cache's folder {name} is made anew: {problem}");
    if let Ok(folder) = root.any_folder(name) {
        for (inside, _) in folder.list() {
            if is_ours(name, &inside) {
                // What stays keeps the folder from being removed, and is told.
                let _ = folder.remove(&inside);
            }
        }
    }
    match root.remove(name) {
        Ok(()) => root.make(name, Owners::ours()).map(drop),
        Err(_) => Err(problem),
    }
}

/// Removes what kernels that were killed left half written.
pub(super) fn sweep(root: &Folder) {
    let Ok(incoming) = root.any_folder(INCOMING) else {
        return;
    };
    let now = now();
    for (name, stat) in incoming.list() {
        if is_ours(INCOMING, &name) && now - stat.st_mtime > LEFT_OVER {
            let removed = incoming.remove(&name);
            tracing::debug!("left over in the cache: {name} ({removed:?})");
        }
    }
}

/// Removes all that the cache put into `root` and that belongs to us. Returns
/// how many entries and bytes.
pub(super) fn clear(root: &Folder) -> (usize, u64) {
    let ours = rustix::process::geteuid().as_raw();
    let (mut entries, mut bytes) = (0, 0);
    for resident in Usage::of(root).entries {
        if resident.owner == ours && evict(root, &resident) {
            entries += 1;
            bytes += resident.bytes;
        }
    }
    if let Ok(incoming) = root.any_folder(INCOMING) {
        for (name, stat) in incoming.list() {
            if is_ours(INCOMING, &name) && stat.st_uid == ours {
                // Gone already when its kernel has just finished it.
                let _ = incoming.remove(&name);
            }
        }
    }
    // Folders with something in them stay; and what is not there is no matter.
    for shard in shard_names() {
        let _ = root.remove_folder(&shard);
    }
    let _ = root.remove_folder(INCOMING);
    let _ = root.remove(SIZES);
    (entries, bytes)
}

/// Notes `size` and returns the sum; `None` when it cannot be told.
fn note(root: &Folder, size: u64) -> Option<u64> {
    let flags = OFlags::RDWR
        | OFlags::APPEND
        | OFlags::CREATE
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::NOCTTY
        | OFlags::CLOEXEC;
    let file = rustix::fs::openat(root, SIZES, flags, Mode::from_raw_mode(0o600)).ok()?;
    if length(&rustix::fs::fstat(&file).ok()?) > MOST_SIZES {
        return None;
    }
    let mut file = File::from(file);
    file.write_all(&size.to_le_bytes()).ok()?;
    file.rewind().ok()?;
    let mut records = Vec::new();
    file.take(MOST_SIZES * 2).read_to_end(&mut records).ok()?;
    sum(&records)
}

fn sum(file: &[u8]) -> Option<u64> {
    let (records, rest) = file.strip_prefix(SIZES_MAGIC)?.as_chunks::<RECORD>();
    rest.is_empty().then(|| {
        records
            .iter()
            .map(|record| u64::from_le_bytes(*record))
            .fold(0, u64::saturating_add)
    })
}

/// Looks at everything, removes what was not used for longest if there is too
/// much, and notes what there is.
fn make_room(root: &Folder, path: &Path, limit: u64) -> io::Result<()> {
    // First: what moves from here to the entries meanwhile is counted twice,
    // rather than not at all.
    let mut total = incoming_bytes(root);
    let Usage { mut entries, bytes } = Usage::of(root);
    total += bytes;
    if total > limit {
        let goal = limit - limit / 10;
        let soon = now() + NOTED_FOR.as_secs() as i64;
        // A time in the future says nothing of when it was used.
        entries.sort_by_key(|entry| if entry.used > soon { 0 } else { entry.used });
        for entry in &entries {
            if total <= goal {
                break;
            }
            // One that is gone was removed by another kernel, for the same end.
            evict(root, entry);
            total -= entry.bytes.min(total);
        }
    }
    let mut file = tempfile::Builder::new()
        .prefix(INCOMING_PREFIX)
        .tempfile_in(path.join(INCOMING))?;
    file.write_all(SIZES_MAGIC)?;
    file.write_all(&total.to_le_bytes())?;
    if let Err(error) = file.persist(path.join(SIZES)) {
        // Then the next store looks at everything, too.
        let removed = root.remove(SIZES);
        tracing::debug!("cannot write {SIZES} ({removed:?}): {}", error.error);
    }
    Ok(())
}

fn incoming_bytes(root: &Folder) -> u64 {
    let Ok(incoming) = root.any_folder(INCOMING) else {
        return 0;
    };
    let files = incoming.list();
    files.iter().map(|(_, stat)| on_disk(length(stat))).sum()
}

fn evict(root: &Folder, entry: &Resident) -> bool {
    root.any_folder(&entry.key.shard())
        .is_ok_and(|shard| shard.remove(&entry.key.to_string()).is_ok())
}

fn shard_names() -> impl Iterator<Item = String> {
    (0..=u8::MAX).map(|number| hex::encode([number]))
}

fn shards(root: &Folder) -> impl Iterator<Item = (String, Folder)> {
    shard_names().filter_map(|name| root.any_folder(&name).ok().map(|folder| (name, folder)))
}

/// Whether the cache gave the name `inside` to a file in its folder `name`.
fn is_ours(name: &str, inside: &str) -> bool {
    if name == INCOMING {
        inside.starts_with(INCOMING_PREFIX)
    } else {
        Key::parse(inside).is_some_and(|key| key.shard() == name)
    }
}

fn on_disk(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_secs() as i64)
}

//! The cache in temporary folders.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::{Cache, Key, Location};

mod damage;
mod place;
mod sharing;
mod space;
mod trust;

const SOURCE: &str = "fn cell() -> &'static str { \"Grüße\" }";
const OBJECT: &[u8] = b"\x7fELF and so on";
const LIMIT: u64 = 64 << 20;

/// A cache of its own, and a place for objects.
struct Bench {
    directory: TempDir,
    location: Location,
}

impl Bench {
    fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    fn with_limit(limit_bytes: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = Location {
            own: Some(directory.path().join("cache/cells")),
            installed: None,
            limit_bytes,
        };
        Self {
            directory,
            location,
        }
    }

    /// With `SOURCE` and `OBJECT` under `key`.
    fn holding(key: &Key) -> Self {
        let bench = Self::new();
        bench.store(key, OBJECT);
        assert_eq!(bench.fetch(key).unwrap(), OBJECT);
        bench
    }

    fn cache(&self) -> Cache {
        Cache::open(&self.location)
    }

    fn store(&self, key: &Key, object: &[u8]) {
        let path = self.path(&format!("made-{:?}", std::thread::current().id()));
        fs::write(&path, object).unwrap();
        self.cache().store(key, &path, SOURCE);
    }

    /// The object of a hit.
    fn fetch(&self, key: &Key) -> Option<Vec<u8>> {
        let to = self.path(&format!("got-{:?}", std::thread::current().id()));
        let source = self.cache().fetch(key, &to)?;
        assert_eq!(source, SOURCE);
        Some(fs::read(to).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn own(&self) -> &Path {
        self.location.own.as_deref().unwrap()
    }

    fn shard(&self, key: &Key) -> PathBuf {
        self.own().join(key.shard())
    }

    fn entry(&self, key: &Key) -> PathBuf {
        self.shard(key).join(key.to_string())
    }

    fn incoming(&self) -> PathBuf {
        self.own().join(super::space::INCOMING)
    }
}

/// Some key.
fn key(name: impl AsRef<str>) -> Key {
    Key::of([("name", name.as_ref().as_bytes())])
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

/// As if the file had last been written so long ago.
fn age(path: &Path, seconds: u64) {
    let then = SystemTime::now() - Duration::from_secs(seconds);
    fs::File::open(path).unwrap().set_modified(then).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

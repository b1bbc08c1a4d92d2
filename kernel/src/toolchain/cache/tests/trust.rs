//! Entries that somebody else could have written.

use std::fs;

use super::*;

#[test]
fn what_is_made_is_private() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    for folder in [bench.own(), &bench.shard(&key), &bench.incoming()] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(mode(&bench.entry(&key)), 0o600);
    assert_eq!(mode(&bench.own().join("twoaxes-size")), 0o600);
    assert_eq!(names(&bench.incoming()), [""; 0]);
}

#[test]
fn a_cache_that_others_can_write_to_is_not_used() {
    for bits in [0o720, 0o702, 0o777, 0o1777, 0o2770] {
        let key = key("cell");
        let bench = Bench::holding(&key);
        chmod(bench.own(), bits);
        assert_eq!(bench.fetch(&key), None, "{bits:o}");
        assert!(bench.entry(&key).exists(), "{bits:o}: nothing is removed");
        bench.store(&super::key("new"), OBJECT);
        chmod(bench.own(), 0o700);
        assert_eq!(bench.fetch(&super::key("new")), None, "{bits:o}: stored");
        assert!(bench.fetch(&key).is_some());
    }
}

#[test]
fn a_cache_that_is_a_link_is_not_used() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    let elsewhere = bench.path("elsewhere");
    fs::rename(bench.own(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, bench.own()).unwrap();
    assert_eq!(bench.fetch(&key), None);
    bench.store(&super::key("new"), OBJECT);
    assert!(!elsewhere.join(super::key("new").shard()).exists());
}

#[test]
fn a_folder_inside_that_others_can_write_to_is_made_anew() {
    let key = key("cell");
    for folder in [Bench::shard, |bench: &Bench, _: &Key| bench.incoming()] {
        let bench = Bench::holding(&key);
        let folder = folder(&bench, &key);
        chmod(&folder, 0o770);
        assert_eq!(bench.fetch(&key).is_some(), folder == bench.incoming());
        bench.store(&key, b"newer");
        assert_eq!(bench.fetch(&key).as_deref(), Some(&b"newer"[..]));
        assert_eq!(mode(&folder), 0o700);

        // Not when somebody keeps something in it.
        chmod(&folder, 0o770);
        fs::write(folder.join("letter"), "dear").unwrap();
        bench.store(&key, OBJECT);
        assert_ne!(bench.fetch(&key).as_deref(), Some(OBJECT));
        assert!(folder.join("letter").exists());
    }
}

#[test]
fn a_file_or_link_in_a_folders_place_is_removed() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    let elsewhere = bench.path("elsewhere");
    for link in [true, false] {
        fs::create_dir_all(&elsewhere).unwrap();
        fs::remove_dir_all(bench.shard(&key)).unwrap();
        if link {
            std::os::unix::fs::symlink(&elsewhere, bench.shard(&key)).unwrap();
        } else {
            fs::write(bench.shard(&key), "text").unwrap();
        }
        assert_eq!(bench.fetch(&key), None);
        bench.store(&key, OBJECT);
        assert_eq!(bench.fetch(&key).as_deref(), Some(OBJECT));
        assert_eq!(names(&elsewhere), [""; 0]);
    }
}

/// Root's files are trusted, and tests may run as root: then by a stranger's
/// file, else by standing in another's shoes.
#[test]
fn another_users_entry_is_not_used() {
    use super::super::folder::{Folder, Owners};
    let key = key("cell");
    let bench = Bench::holding(&key);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(bench.entry(&key), Some(12_345), None).unwrap();
        assert_eq!(bench.fetch(&key), None);
        bench.store(&key, OBJECT);
        assert!(bench.fetch(&key).is_some());
        std::os::unix::fs::chown(bench.own(), Some(12_345), None).unwrap();
        assert_eq!(bench.fetch(&key), None);
    } else {
        assert!(Folder::open(bench.own(), Owners::of(12_345)).is_err());
    }
}

#[test]
fn installed_entries_are_read_only() {
    let key = key("cell");
    let mut bench = Bench::holding(&key);
    let installed = bench.path("installed");
    fs::rename(bench.own(), &installed).unwrap();
    bench.location.installed = Some(installed.clone());
    assert_eq!(bench.fetch(&key).as_deref(), Some(OBJECT));
    bench.location.own = None;
    assert_eq!(bench.fetch(&key).as_deref(), Some(OBJECT));
    bench.store(&super::key("new"), OBJECT);
    assert_eq!(bench.fetch(&super::key("new")), None);

    let file = installed.join(key.shard()).join(key.to_string());
    for path in [&installed, &installed.join(key.shard()), &file] {
        let before = mode(path);
        chmod(path, before | 0o020);
        assert_eq!(bench.fetch(&key), None, "{}", path.display());
        chmod(path, before);
        assert!(bench.fetch(&key).is_some());
    }
    fs::write(&file, "damaged").unwrap();
    assert_eq!(bench.fetch(&key), None);
    assert!(file.exists(), "left as it is");

    // Damaged there, it is compiled and kept in our own.
    bench.location.own = Some(bench.path("own"));
    bench.store(&key, OBJECT);
    assert_eq!(bench.fetch(&key).as_deref(), Some(OBJECT));
}

//! The folder of the sets, without cargo.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn store(folder: &Path) -> Store {
    Store::of_session(folder).unwrap()
}

/// A set of `bytes` bytes that was last used in the given minute.
fn add(store: &Store, key: &str, bytes: u64, minute: u64) -> PathBuf {
    let folder = store.place(key);
    DirBuilder::new().mode(0o700).create(&folder).unwrap();
    let record = Record {
        wanted: vec![key.to_owned()],
        externs: BTreeMap::new(),
        native: Vec::new(),
        shared: false,
        files: BTreeMap::new(),
        bytes,
    };
    record.write(&folder).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
    File::open(&folder).unwrap().set_modified(time).unwrap();
    folder
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let gigabyte = 1 << 30;
    for (key, minute) in [("old", 1), ("kept", 2), ("newer", 3), ("newest", 4)] {
        add(&store, key, 2 * gigabyte, minute);
    }
    fs::create_dir(store.target()).unwrap();
    let busy = store.lock("newer", &mut |_| {}).unwrap();
    store.trim(Some(&store.place("kept")), 5 * gigabyte);
    let left = |key: &str| store.place(key).exists();
    assert_eq!(
        ["old", "kept", "newer", "newest"].map(left),
        [false, true, true, false]
    );
    assert!(!store.target().exists());
    drop(busy);
    store.trim(None, gigabyte);
    assert_eq!(store.entries().count(), 0);
}

#[test]
fn a_set_is_found_whole_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let session = tempfile::tempdir().unwrap();
    type Harm = fn(&Path);
    let harms: [(&str, Harm, bool); 5] = [
        ("whole", |_| {}, true),
        (
            "no record",
            |set| fs::remove_file(set.join("externs.json")).unwrap(),
            false,
        ),
        (
            "half a record",
            |set| fs::write(set.join("externs.json"), "{").unwrap(),
            false,
        ),
        (
            "open to others",
            |set| fs::set_permissions(set, fs::Permissions::from_mode(0o777)).unwrap(),
            false,
        ),
        (
            "a link",
            |set| {
                fs::rename(set, set.with_extension("away")).unwrap();
                std::os::unix::fs::symlink("link.away", set).unwrap();
            },
            false,
        ),
    ];
    for (name, harm, found) in harms {
        let key = name.split(' ').next_back().unwrap();
        harm(&add(&store, key, 1, 1));
        let set = store.find(key, session.path()).unwrap();
        assert_eq!(set.is_some(), found, "{name}");
        assert_eq!(store.place(key).exists(), found, "{name}");
    }
}

#[test]
fn the_second_builder_waits_for_the_first_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut first = Some(store.lock("key", &mut |_| {}).unwrap());
    let mut told = Vec::new();
    store
        .lock("key", &mut |text| {
            told.push(text.to_owned());
            first = None;
        })
        .unwrap();
    assert_eq!(told, ["another notebook is building the same crates"]);
}

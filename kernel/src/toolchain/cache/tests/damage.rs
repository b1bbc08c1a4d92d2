//! Files that are no entries: never used, removed, and replaced.

use std::fs;

use proptest::prelude::*;

use super::super::entry::{self, Entry, HEADER};
use super::*;

fn bytes(key: &Key) -> Vec<u8> {
    let mut bytes = Vec::new();
    entry::write(key, SOURCE, OBJECT, &mut bytes).unwrap();
    bytes
}

fn read(key: &Key, bytes: &[u8]) -> Result<Entry, entry::Damage> {
    Entry::read(key, bytes.len() as u64, bytes)
}

#[test]
fn an_entry_is_read_back() {
    let key = key("cell");
    for (source, object) in [
        ("", &b""[..]),
        ("", b"object"),
        (SOURCE, b""),
        (SOURCE, OBJECT),
    ] {
        let mut bytes = Vec::new();
        entry::write(&key, source, object, &mut bytes).unwrap();
        let size = entry::size(source.len() as u64, object.len() as u64);
        assert_eq!(size, Some(bytes.len() as u64));
        let entry = read(&key, &bytes).unwrap();
        assert_eq!(entry.object(), object);
        assert_eq!(entry.into_source(), source);
    }
}

#[test]
fn every_truncation_and_every_flipped_bit_is_found() {
    let key = key("cell");
    let good = bytes(&key);
    for length in 0..good.len() {
        assert!(read(&key, &good[..length]).is_err(), "cut to {length}");
    }
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            assert!(read(&key, &bytes).is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn a_size_that_is_not_the_files_is_found() {
    let key = key("cell");
    let good = bytes(&key);
    let size = good.len() as u64;
    for claimed in [0, 1, size - 1, size + 1, u64::MAX] {
        assert!(Entry::read(&key, claimed, &good[..]).is_err(), "{claimed}");
    }
}

/// A valid digest does not make a length acceptable, nor text of bytes.
#[test]
fn forged_headers_are_refused_before_anything_is_allocated() {
    use sha2::{Digest, Sha256};
    let key = key("cell");
    let forge = |source: u64, object: u64, body: &[u8]| {
        let mut bytes = bytes(&key)[..48].to_vec();
        bytes.extend_from_slice(&source.to_le_bytes());
        bytes.extend_from_slice(&object.to_le_bytes());
        let digest = Sha256::new().chain_update(&bytes).chain_update(body);
        bytes.extend_from_slice(&digest.finalize());
        bytes.extend_from_slice(body);
        bytes
    };
    assert!(read(&key, &forge(2, 3, b"abcde")).is_ok(), "well forged");
    let table: &[(&str, u64, u64, &[u8])] = &[
        ("largest source", u64::MAX, 0, b""),
        ("largest object", 0, u64::MAX, b""),
        ("sum overflows to the file's size", u64::MAX, 6, b"abcde"),
        ("large source, no body", 8 << 20, 0, b""),
        ("large object, no body", 0, 256 << 20, b""),
        ("beyond the limit by one", (8 << 20) + 1, 0, b""),
        ("one too few", 2, 2, b"abcde"),
        ("source is not UTF-8", 2, 3, b"\xff\xfecde"),
        ("character cut at the boundary", 1, 1, "ü".as_bytes()),
    ];
    for (name, source, object, body) in table {
        assert!(
            read(&key, &forge(*source, *object, body)).is_err(),
            "{name}"
        );
    }
}

/// What is found in an entry's place, how it got there, and whether the next
/// store can replace it.
#[test]
fn what_is_no_entry_is_dropped_and_replaced() {
    type Deed = fn(&Bench, &Key);
    let table: &[(&str, Deed)] = &[
        ("empty", |bench, key| {
            fs::write(bench.entry(key), "").unwrap()
        }),
        ("text", |bench, key| {
            fs::write(bench.entry(key), "hello").unwrap()
        }),
        ("header only", |bench, key| {
            fs::write(bench.entry(key), &bytes(key)[..HEADER]).unwrap();
        }),
        ("a byte more", |bench, key| {
            let mut bytes = bytes(key);
            bytes.push(0);
            fs::write(bench.entry(key), bytes).unwrap();
        }),
        ("large and empty", |bench, key| {
            let file = fs::File::create(bench.entry(key)).unwrap();
            file.set_len(1 << 40).unwrap();
        }),
        ("renamed from another key", |bench, key| {
            let other = super::key("other");
            bench.store(&other, b"other object");
            fs::rename(bench.entry(&other), bench.entry(key)).unwrap();
        }),
        ("a folder", |bench, key| {
            fs::remove_file(bench.entry(key)).unwrap();
            fs::create_dir(bench.entry(key)).unwrap();
        }),
        ("a link to a good entry", |bench, key| {
            let elsewhere = bench.path("elsewhere");
            fs::rename(bench.entry(key), &elsewhere).unwrap();
            std::os::unix::fs::symlink(elsewhere, bench.entry(key)).unwrap();
        }),
        ("a link to nothing", |bench, key| {
            fs::remove_file(bench.entry(key)).unwrap();
            std::os::unix::fs::symlink("/nonexistent", bench.entry(key)).unwrap();
        }),
        ("a pipe that nobody writes to", |bench, key| {
            fs::remove_file(bench.entry(key)).unwrap();
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(
                rustix::fs::CWD,
                bench.entry(key),
                rustix::fs::FileType::Fifo,
                mode,
                0,
            )
            .unwrap();
        }),
        ("a socket", |bench, key| {
            fs::remove_file(bench.entry(key)).unwrap();
            // A socket's path is short.
            let socket = bench.path("socket");
            drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
            fs::rename(socket, bench.entry(key)).unwrap();
        }),
        ("group can write", |bench, key| {
            chmod(&bench.entry(key), 0o620)
        }),
        ("others can write", |bench, key| {
            chmod(&bench.entry(key), 0o602)
        }),
    ];
    for (name, deed) in table {
        let key = key("cell");
        let bench = Bench::holding(&key);
        deed(&bench, &key);
        assert_eq!(bench.fetch(&key), None, "{name}: used");
        assert!(
            fs::symlink_metadata(bench.entry(&key)).is_err(),
            "{name}: still there"
        );
        bench.store(&key, OBJECT);
        assert_eq!(
            bench.fetch(&key).as_deref(),
            Some(OBJECT),
            "{name}: not healed"
        );

        // Without a fetch in between.
        deed(&bench, &key);
        bench.store(&key, b"newer");
        if *name != "a folder" {
            assert_eq!(bench.fetch(&key).as_deref(), Some(&b"newer"[..]), "{name}");
        }
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let key = key("cell");
    let bench = Bench::holding(&key);
    fs::remove_file(bench.entry(&key)).unwrap();
    fs::create_dir(bench.entry(&key)).unwrap();
    fs::write(bench.entry(&key).join("letter"), "dear").unwrap();
    assert_eq!(bench.fetch(&key), None);
    bench.store(&key, OBJECT);
    assert_eq!(bench.fetch(&key), None);
    assert!(bench.entry(&key).join("letter").exists());
    assert_eq!(names(&bench.incoming()), [""; 0]);
}

#[test]
fn keys_tell_lists_of_parts_apart() {
    let table: &[&[(&str, &[u8])]] = &[
        &[],
        &[("", b"")],
        &[("", b""), ("", b"")],
        &[("a", b"b")],
        &[("ab", b"")],
        &[("", b"ab")],
        &[("a", b""), ("b", b"")],
        &[("b", b""), ("a", b"")],
        &[("a", b"b"), ("", b"")],
    ];
    for (at, parts) in table.iter().enumerate() {
        let key = Key::of(parts.iter().copied());
        assert_eq!(key, Key::of(parts.iter().copied()));
        for other in &table[at + 1..] {
            assert_ne!(key, Key::of(other.iter().copied()), "{parts:?} {other:?}");
        }
    }
}

#[test]
fn a_key_has_one_name() {
    let name = key("cell").to_string();
    assert_eq!(name.len(), 64);
    assert_eq!(Key::parse(&name), Some(key("cell")));
    let bad = [
        "",
        "00",
        &name[..63],
        &format!("{name}0"),
        &format!(" {name}"),
        &format!("{name}\n"),
        &name.to_uppercase(),
        &format!("{}g", &name[..63]),
        &format!("{}ü", &name[..62]),
    ];
    for text in bad {
        assert_eq!(Key::parse(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_key_only_if_the_key_shows_itself_so(text in "\\PC*|[0-9a-fA-F]{60,68}") {
        if let Some(key) = Key::parse(&text) {
            prop_assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn any_bytes_are_no_entry(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&key("cell"), &bytes).is_err());
    }

    /// Bytes behind a header that is right up to the lengths.
    #[test]
    fn any_end_is_no_entry(end in proptest::collection::vec(any::<u8>(), 0..400)) {
        let key = key("cell");
        let mut bytes = bytes(&key)[..48].to_vec();
        bytes.extend(end);
        prop_assert!(read(&key, &bytes).is_err());
    }

    #[test]
    fn an_entry_edited_anywhere_is_no_entry(
        at in 0..200_usize,
        cut in 0..50_usize,
        put in proptest::collection::vec(any::<u8>(), 0..50),
    ) {
        let key = key("cell");
        let good = bytes(&key);
        let at = at % good.len();
        let end = (at + cut).min(good.len());
        let mut edited = good.clone();
        edited.splice(at..end, put);
        prop_assert_eq!(read(&key, &edited).is_ok(), edited == good);
    }
}

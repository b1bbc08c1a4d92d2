//! The bridge over real pipes and sockets.

use std::io::Write;
use std::sync::mpsc::Receiver;

use serde_json::Map;

use super::*;
use crate::bridge::frame::Client;

fn open() -> (tempfile::TempDir, Bridge, Receiver<Heard>) {
    let directory = tempfile::tempdir().unwrap();
    let (heard, hearing) = mpsc::channel();
    let bridge = Bridge::open(Paths::new(directory.path()), move |event| {
        heard.send(event).unwrap();
        Some(Reply::Ack)
    })
    .unwrap();
    (directory, bridge, hearing)
}

fn next(hearing: &Receiver<Heard>) -> Heard {
    hearing.recv_timeout(Duration::from_secs(10)).unwrap()
}

#[test]
fn prints_and_displays_keep_their_order() {
    let (_directory, bridge, hearing) = open();
    let mut stdout = File::options()
        .write(true)
        .open(bridge.paths().stdout())
        .unwrap();
    let mut client = Client::connect(&bridge.paths().socket()).unwrap();
    for round in 0..100 {
        write!(stdout, "{round}").unwrap();
        let display = Said::Display {
            data: Map::new(),
            metadata: Map::new(),
            display_id: None,
        };
        assert_eq!(client.say(&display).unwrap(), Reply::Ack);
    }
    for round in 0..100 {
        match next(&hearing) {
            Heard::Stdout(text) => assert_eq!(text, round.to_string()),
            other => panic!("expected text, heard {other:?}"),
        }
        assert!(matches!(next(&hearing), Heard::Said { .. }));
    }
}

#[test]
fn many_short_prints_are_few_pieces() {
    let (_directory, bridge, hearing) = open();
    let mut stdout = File::options()
        .write(true)
        .open(bridge.paths().stdout())
        .unwrap();
    let begin = Instant::now();
    for _ in 0..20_000 {
        stdout.write_all(b"x\n").unwrap();
    }
    bridge.drain(Duration::from_secs(10));
    let rests = begin.elapsed().as_millis() / REST.as_millis();
    let pieces: Vec<Heard> = hearing.try_iter().collect();
    let length: usize = pieces
        .iter()
        .map(|piece| match piece {
            Heard::Stdout(text) => text.len(),
            other => panic!("expected text, heard {other:?}"),
        })
        .sum();
    assert_eq!(length, 40_000);
    assert!(pieces.len() as u128 <= rests + 3, "{}", pieces.len());
}

#[test]
fn a_flood_is_not_slowed_down_by_rests() {
    const FLOOD: usize = 128 << 20;
    let (_directory, bridge, hearing) = open();
    let stdout = bridge.paths().stdout();
    let begin = Instant::now();
    let writer = std::thread::spawn(move || {
        let mut stdout = File::options().write(true).open(stdout).unwrap();
        let piece = vec![b'x'; 1 << 16];
        for _ in 0..FLOOD / piece.len() {
            stdout.write_all(&piece).unwrap();
        }
    });
    let mut heard = 0;
    while heard < FLOOD {
        match next(&hearing) {
            Heard::Stdout(text) => heard += text.len(),
            other => panic!("expected text, heard {other:?}"),
        }
    }
    writer.join().unwrap();
    // With a rest after each 64 KiB it would be 10 s.
    let rests = FLOOD / (64 << 10);
    let slow = REST * u32::try_from(rests).unwrap();
    assert!(begin.elapsed() < slow / 2, "{:?}", begin.elapsed());
}

#[test]
fn a_process_that_dies_leaves_nothing_unread() {
    let (_directory, bridge, hearing) = open();
    let mut stderr = File::options()
        .write(true)
        .open(bridge.paths().stderr())
        .unwrap();
    stderr.write_all("last words é".as_bytes()).unwrap();
    drop(stderr);
    bridge.drain(Duration::from_secs(10));
    match hearing.try_recv().unwrap() {
        Heard::Stderr(text) => assert_eq!(text, "last words é"),
        other => panic!("expected text, heard {other:?}"),
    }
}

#[test]
fn a_client_that_talks_nonsense_is_answered_or_cut_off_and_the_next_is_heard() {
    let (_directory, bridge, hearing) = open();
    let mut rude = UnixStream::connect(bridge.paths().socket()).unwrap();
    rude.write_all(&u32::MAX.to_be_bytes()).unwrap();
    assert!(matches!(next(&hearing), Heard::Closed { .. }));
    let mut odd = UnixStream::connect(bridge.paths().socket()).unwrap();
    frame::write(&mut odd, &serde_json::json!({"type": "nonsense"})).unwrap();
    assert!(matches!(
        frame::read(&mut odd).unwrap(),
        Reply::Refused { .. }
    ));
    let mut polite = Client::connect(&bridge.paths().socket()).unwrap();
    assert_eq!(polite.say(&Said::Compiled).unwrap(), Reply::Ack);
}

#[test]
fn a_frame_that_is_left_open_is_answered_later_and_others_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let (opened, open) = mpsc::channel();
    let bridge = Bridge::open(Paths::new(directory.path()), move |event| match event {
        Heard::Said {
            from,
            said: Said::Input { .. },
            ..
        } => {
            opened.send(from).unwrap();
            None
        }
        _ => Some(Reply::Ack),
    })
    .unwrap();
    let path = bridge.paths().socket();
    let asking = std::thread::spawn(move || {
        Client::connect(&path).unwrap().say(&Said::Input {
            prompt: "?".to_owned(),
            password: false,
        })
    });
    let from = open.recv_timeout(Duration::from_secs(10)).unwrap();
    let mut other = Client::connect(&bridge.paths().socket()).unwrap();
    assert_eq!(other.say(&Said::Compiled).unwrap(), Reply::Ack);
    let line = Reply::Line {
        text: "7".to_owned(),
    };
    bridge.answers().send(from, line.clone());
    assert_eq!(asking.join().unwrap().unwrap(), line);
}

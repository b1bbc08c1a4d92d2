//! Bad input on every socket: it is dropped or answered, and the kernel lives.

// A test says what it expects, in its helpers too.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use support::client::{Client, frames};
use support::fake::Call;
use support::{Options, start, start_on_tcp, tcp};
use twoaxes_kernel::protocol::sockets::MAX_FRAME_BYTES;
use twoaxes_kernel::session::{SessionError, run};

fn lives(client: &Client) {
    assert_eq!(
        client.run(json!({"code": "echo alive"})).0.content["status"],
        "ok"
    );
    assert_eq!(
        client.control("kernel_info_request", json!({})).content["status"],
        "ok"
    );
    assert!(client.beats());
}

/// Frames that no client sends, by what is wrong with them.
fn hostile() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let (_, good) = frames("execute_request", br#"{"code":"echo evil"}"#);
    let change = |index: usize, frame: &[u8]| {
        let mut frames = good.clone();
        frames[index] = frame.to_vec();
        frames
    };
    vec![
        ("one empty frame", vec![vec![]]),
        ("noise", vec![(0..=255).collect()]),
        ("no delimiter", good[1..].to_vec()),
        ("delimiter only", good[..1].to_vec()),
        ("truncated", good[..5].to_vec()),
        ("wrong signature", change(1, "0".repeat(64).as_bytes())),
        ("short signature", change(1, b"00")),
        ("empty signature", change(1, b"")),
        ("signature in no hex", change(1, "é".repeat(32).as_bytes())),
        ("other content", change(5, br#"{"code":"echo forged"}"#)),
        ("other header", change(2, b"{}")),
        ("five thousand frames", vec![vec![]; 5000]),
        ("a large forged frame", change(5, &vec![b'['; 20 << 20])),
    ]
}

#[test]
fn frames_that_do_not_hold_are_dropped_everywhere() {
    let kernel = start();
    let client = kernel.client();
    for (what, frames) in hostile() {
        for socket in [&client.shell, &client.control, &client.stdin] {
            socket
                .send_multipart(frames.clone(), 0)
                .unwrap_or_else(|error| panic!("{what}: {error}"));
        }
    }
    lives(&client);
    let ran: Vec<_> = kernel.calls.try_iter().collect();
    assert_eq!(ran.len(), 1, "only the honest cell ran: {ran:?}");
}

#[test]
fn a_replayed_request_does_not_run_again() {
    let kernel = start();
    let client = kernel.client();
    let (header, frames) = frames("execute_request", br#"{"code":"echo once"}"#);
    client.shell.send_multipart(frames.clone(), 0).unwrap();
    client.shell.send_multipart(frames.clone(), 0).unwrap();
    assert_eq!(client.reply_to(&header).content["status"], "ok");
    client.outputs_of(&header);
    client.control.send_multipart(frames, 0).unwrap();
    lives(&client);
    assert_eq!(
        kernel.calls.try_iter().count(),
        2,
        "`echo once` and `echo alive`"
    );
}

#[test]
fn signed_text_that_is_no_json_is_answered() {
    let kernel = start();
    let client = kernel.client();
    let deep = "[".repeat(1 << 20);
    for content in [
        &b"\xff\xfe"[..],
        b"",
        b"{",
        b"{\"code\":\"\\ud83e\"}",
        deep.as_bytes(),
        b"\0",
    ] {
        let (header, frames) = frames("execute_request", content);
        client.shell.send_multipart(frames, 0).unwrap();
        let reply = client.reply_to(&header).content;
        assert_eq!(
            (&reply["status"], &reply["ename"]),
            (&json!("error"), &json!("BadRequest"))
        );
        assert!(client.outputs_of(&header).is_empty());
    }
    lives(&client);
}

#[test]
fn bytes_that_are_not_even_zeromq() {
    let kernel = start_on_tcp();
    let client = kernel.client();
    let ports = &kernel.connection;
    let greeting = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x00NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut huge = greeting.to_vec();
    huge.extend(b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x06DEALER");
    // A long frame that says it has 2^62 bytes.
    huge.extend(b"\x02\x40\0\0\0\0\0\0\0");
    let mut streams = Vec::new();
    for port in [
        ports.shell_port,
        ports.control_port,
        ports.stdin_port,
        ports.iopub_port,
        ports.hb_port,
    ] {
        for bytes in [
            &b""[..],
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            &[0xff; 4096],
            &huge,
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let _ = stream.write_all(bytes);
            streams.push(stream);
        }
    }
    lives(&client);
    // The frame beyond the limit cost its sender the connection.
    for stream in streams.iter_mut().skip(3).step_by(4) {
        stream.set_read_timeout(Some(support::PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        let end = stream.read_to_end(&mut bytes);
        assert!(end.map_or_else(
            |error| error.kind() == std::io::ErrorKind::ConnectionReset,
            |_| true
        ));
    }
}

#[test]
fn a_frame_beyond_the_limit_is_not_read() {
    let kernel = start();
    let client = kernel.client();
    let other = Client::connect_silently(&kernel.connection);
    let (_, mut frames) = frames("execute_request", b"{}");
    frames.push(vec![0; MAX_FRAME_BYTES as usize + 1]);
    other.shell.send_multipart(frames, 0).unwrap();
    lives(&client);
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let connection = tcp();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", connection.control_port)).unwrap();
    let mut kernel = Options {
        connection: Some(connection.clone()),
        ..Options::default()
    }
    .start();
    let error = kernel.wait().unwrap_err().to_string();
    assert!(
        error.contains(&connection.control_port.to_string()) && error.contains("in use"),
        "{error}"
    );
    assert!(
        error.contains("control") && error.contains("hint: ") && !error.contains('\n'),
        "{error}"
    );
}

#[test]
fn the_engine_is_not_made_when_the_sockets_fail() {
    let connection = tcp();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", connection.hb_port)).unwrap();
    let settings = twoaxes_kernel::session::Settings {
        connection,
        history: twoaxes_kernel::session::HistoryLocation::Memory,
        rust_version: String::new(),
        signals: crossbeam_channel::never(),
        stall: twoaxes_kernel::session::STALL,
        limits: twoaxes_kernel::session::Limits::default(),
    };
    let exit = run(settings, |_| panic!("made"));
    assert!(matches!(exit, Err(SessionError::Sockets(_))));
}

/// A client that vanishes in the middle of everything takes nothing with it.
#[test]
fn clients_that_vanish() {
    let kernel = start();
    let survivor = Client::connect_silently(&kernel.connection);
    for _ in 0..10 {
        let client = kernel.client();
        client.execute("flood 20");
        client.execute("ask gone? ");
        client.request("kernel_info_request", json!({}));
        kernel.wait_for(|call| *call == Call::Executed("ask gone? ".to_owned()));
        drop(client);
        survivor.control("interrupt_request", json!({}));
    }
    let header = survivor.execute("echo alive");
    assert_eq!(survivor.reply_to(&header).content["status"], "ok");
}

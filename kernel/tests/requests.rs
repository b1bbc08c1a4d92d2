//! Every request of the protocol, over real sockets.

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::client::{self, Client, Received};
use support::fake::Call;
use support::{PATIENCE, start, start_on_tcp};
use twoaxes_kernel::session::{Exit, Signal};

fn kinds(outputs: &[Received]) -> Vec<&str> {
    outputs
        .iter()
        .map(|message| message.kind.as_str())
        .collect()
}

fn shut_down(client: &Client, restart: bool) -> Value {
    client
        .control("shutdown_request", json!({ "restart": restart }))
        .content
}

#[test]
fn kernel_info_on_shell_and_control_over_tcp() {
    let begin = Instant::now();
    let mut kernel = start_on_tcp();
    let client = Client::connect_silently(&kernel.connection);
    let on_control = client.control("kernel_info_request", json!({})).content;
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
    client.request("kernel_info_request", json!({}));
    let reply = client.on_shell().content;
    assert_eq!(reply, on_control);
    for (field, expected) in [
        ("status", json!("ok")),
        ("protocol_version", json!("5.5")),
        ("implementation", json!("twoaxes")),
        ("supported_features", json!([])),
    ] {
        assert_eq!(reply[field], expected);
    }
    assert_eq!(reply["language_info"]["file_extension"], ".rs");
    assert_eq!(reply["language_info"]["version"], "1.95.0");
    assert!(client.beats());
    assert_eq!(
        shut_down(&client, true),
        json!({"status": "ok", "restart": true})
    );
    assert_eq!(kernel.wait().unwrap(), Exit::Shutdown { restart: true });
}

#[test]
fn a_cell_from_busy_to_idle() {
    let kernel = start();
    let client = kernel.client();
    let (reply, outputs) = client.run(json!({"code": "value 42"}));
    assert_eq!(reply.kind, "execute_reply");
    assert_eq!(
        reply.content,
        json!({"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}})
    );
    assert_eq!(kinds(&outputs), ["execute_input", "execute_result"]);
    assert_eq!(
        outputs[0].content,
        json!({"code": "value 42", "execution_count": 1})
    );
    assert_eq!(
        outputs[1].content,
        json!({"execution_count": 1, "data": {"text/plain": "42"}, "metadata": {}})
    );
    assert!(
        outputs[1].topic.starts_with(b"kernel.") && outputs[1].topic.ends_with(b".execute_result")
    );
}

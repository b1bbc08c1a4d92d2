//! A client that writes and reads frames by its own code, so that an error in
//! the kernel's framing cannot hide behind itself.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use twoaxes_kernel::protocol::connection::Connection;

use super::{KEY, PATIENCE};

pub struct Client {
    pub shell: zmq::Socket,
    pub control: zmq::Socket,
    pub stdin: zmq::Socket,
    pub iopub: zmq::Socket,
    pub heartbeat: zmq::Socket,
}

/// A message as received.
#[derive(Debug, Clone)]
pub struct Received {
    pub topic: Vec<u8>,
    pub kind: String,
    pub header: Value,
    pub parent: Value,
    pub content: Value,
}

impl Client {
    /// Connects and waits for the welcome: from then on nothing is missed.
    pub fn connect(connection: &Connection) -> Client {
        let client = Client::connect_silently(connection);
        client.iopub.set_subscribe(b"").unwrap();
        // `starting` may come before it.
        while client.on_iopub().kind != "iopub_welcome" {}
        client
    }

    /// Connects, subscribed to nothing.
    pub fn connect_silently(connection: &Connection) -> Client {
        let context = zmq::Context::new();
        let identity = uuid::Uuid::new_v4().to_string();
        let open = |kind, port| {
            let socket = context.socket(kind).unwrap();
            socket.set_linger(0).unwrap();
            socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
            if kind == zmq::DEALER {
                socket.set_identity(identity.as_bytes()).unwrap();
            }
            if kind == zmq::SUB {
                socket.set_rcvhwm(8).unwrap();
            }
            socket.connect(&connection.endpoint(port)).unwrap();
            socket
        };
        Client {
            shell: open(zmq::DEALER, connection.shell_port),
            control: open(zmq::DEALER, connection.control_port),
            stdin: open(zmq::DEALER, connection.stdin_port),
            iopub: open(zmq::SUB, connection.iopub_port),
            heartbeat: open(zmq::REQ, connection.hb_port),
        }
    }

    /// Sends a request on shell; returns its header.
    pub fn request(&self, kind: &str, content: Value) -> Value {
        send(&self.shell, kind, content)
    }

    pub fn execute(&self, code: &str) -> Value {
        self.request("execute_request", json!({ "code": code }))
    }

    /// Sends a request on control and returns the reply.
    pub fn control(&self, kind: &str, content: Value) -> Received {
        let header = send(&self.control, kind, content);
        let reply = receive(&self.control);
        assert_eq!(reply.parent, header);
        reply
    }

    pub fn on_shell(&self) -> Received {
        receive(&self.shell)
    }

    pub fn on_iopub(&self) -> Received {
        receive(&self.iopub)
    }

    /// Runs a cell to its end: the reply, and what came on iopub between busy
    /// and idle.
    pub fn run(&self, content: Value) -> (Received, Vec<Received>) {
        let header = self.request("execute_request", content);
        (self.reply_to(&header), self.outputs_of(&header))
    }

    /// Sends any shell request and returns its reply's content.
    pub fn ask(&self, kind: &str, content: Value) -> Value {
        let header = self.request(kind, content);
        let reply = self.reply_to(&header);
        assert!(self.outputs_of(&header).is_empty());
        assert_eq!(reply.kind, kind.replace("_request", "_reply"));
        reply.content
    }

    pub fn reply_to(&self, header: &Value) -> Received {
        let reply = self.on_shell();
        assert_eq!(&reply.parent, header, "another reply: {reply:?}");
        reply
    }

    /// What came on iopub for the request between its busy and its idle.
    pub fn outputs_of(&self, header: &Value) -> Vec<Received> {
        let mut outputs = Vec::new();
        let mut busy = false;
        loop {
            let message = self.on_iopub();
            if &message.parent != header {
                assert!(
                    !busy || message.parent["msg_type"] != "execute_request",
                    "{message:?}"
                );
                continue;
            }
            match (
                message.kind.as_str(),
                message.content["execution_state"].as_str(),
            ) {
                ("status", Some("busy")) => {
                    assert!(!busy);
                    busy = true;
                }
                ("status", Some("idle")) => {
                    assert!(busy, "idle before busy");
                    return outputs;
                }
                _ => {
                    assert!(busy, "{message:?} before busy");
                    outputs.push(message);
                }
            }
        }
    }

    pub fn beats(&self) -> bool {
        self.heartbeat.send("ping", 0).unwrap();
        self.heartbeat
            .recv_bytes(0)
            .is_ok_and(|echo| echo == b"ping")
    }
}

/// The frames of a request, signed; the header comes with them.
pub fn frames(kind: &str, content: &[u8]) -> (Value, Vec<Vec<u8>>) {
    let header = json!({
        "msg_id": uuid::Uuid::new_v4().to_string(), "msg_type": kind, "session": "test", "username": "u",
        "date": "2026-01-31T12:00:00Z", "version": "5.5", "subshell_id": null,
    });
    let parts = [
        header.to_string().into_bytes(),
        b"{}".to_vec(),
        b"{}".to_vec(),
        content.to_vec(),
    ];
    let mut frames = vec![b"<IDS|MSG>".to_vec(), sign(&parts)];
    frames.extend(parts);
    (header, frames)
}

pub fn send(socket: &zmq::Socket, kind: &str, content: Value) -> Value {
    let (header, frames) = frames(kind, content.to_string().as_bytes());
    socket.send_multipart(frames, 0).unwrap();
    header
}

pub fn receive(socket: &zmq::Socket) -> Received {
    let frames = socket
        .recv_multipart(0)
        .expect("a message within the test's patience");
    let at = frames
        .iter()
        .position(|frame| frame == b"<IDS|MSG>")
        .unwrap();
    assert_eq!(
        frames[at + 1],
        sign(&frames[at + 2..at + 6]),
        "the kernel's signature"
    );
    let [header, parent, content] =
        [2, 3, 5].map(|index| serde_json::from_slice::<Value>(&frames[at + index]).unwrap());
    assert_eq!(header["version"], "5.5");
    Received {
        topic: frames[..at].concat(),
        kind: header["msg_type"].as_str().unwrap().to_owned(),
        header,
        parent,
        content,
    }
}

fn sign(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes()).into_bytes()
}

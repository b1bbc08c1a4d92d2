//! Binds the sockets to the ports of the connection file.

use super::{IOPUB_HIGH_WATER, LINGER, MAX_FRAME_BYTES, SocketError};
use crate::protocol::connection::Connection;

/// All that a client sends on iopub is a topic, and it is unsigned.
const MAX_TOPIC_BYTES: i64 = 4096;

/// The five sockets, listening.
pub(super) struct Bound {
    pub shell: zmq::Socket,
    pub control: zmq::Socket,
    pub stdin: zmq::Socket,
    pub heartbeat: zmq::Socket,
    pub iopub: zmq::Socket,
}

pub(super) fn bind(context: &zmq::Context, connection: &Connection) -> Result<Bound, SocketError> {
    let router = |name, port| open(context, connection, zmq::ROUTER, name, port);
    let bound = Bound {
        // iopub first: who reaches the shell must be able to hear the outcome.
        iopub: open(
            context,
            connection,
            zmq::XPUB,
            "iopub",
            connection.iopub_port,
        )?,
        stdin: router("stdin", connection.stdin_port)?,
        control: router("control", connection.control_port)?,
        heartbeat: router("heartbeat", connection.hb_port)?,
        shell: router("shell", connection.shell_port)?,
    };
    // So that a cell does not wait for input from a client without a stdin
    // socket: the send fails instead of being dropped.
    bound
        .stdin
        .set_router_mandatory(true)
        .map_err(|source| SocketError::Setup {
            name: "stdin",
            source,
        })?;
    Ok(bound)
}

fn open(
    context: &zmq::Context,
    connection: &Connection,
    kind: zmq::SocketType,
    name: &'static str,
    port: u16,
) -> Result<zmq::Socket, SocketError> {
    let socket = configure(context, connection, kind)
        .map_err(|source| SocketError::Setup { name, source })?;
    let endpoint = connection.endpoint(port);
    let refused = |reason: String, hint| SocketError::Bind {
        name,
        endpoint: endpoint.clone(),
        reason,
        hint,
    };
    if connection.is_ipv6() {
        // The zmq crate panics on the error number of a machine without IPv6.
        std::net::TcpListener::bind("[::1]:0")
            .map_err(|error| refused(error.to_string(), "use ip 127.0.0.1"))?;
    }
    socket.bind(&endpoint).map_err(|error| match error {
        zmq::Error::EADDRINUSE => refused(
            format!("port {port} is in use by another program"),
            "start the kernel again, Jupyter then picks free ports; an old kernel that still runs may hold this one",
        ),
        zmq::Error::EACCES => refused(
            "this user may not listen there".to_owned(),
            "use a port above 1023, or a path that you may write",
        ),
        other => refused(other.to_string(), "check ip and ports in the connection file"),
    })?;
    Ok(socket)
}

fn configure(
    context: &zmq::Context,
    connection: &Connection,
    kind: zmq::SocketType,
) -> Result<zmq::Socket, zmq::Error> {
    let socket = context.socket(kind)?;
    socket.set_ipv6(connection.is_ipv6())?;
    if let Some(keys) = &connection.curve {
        keys.guard(&socket)?;
    }
    socket.set_linger(i32::try_from(LINGER.as_millis()).unwrap_or(1000))?;
    if kind == zmq::XPUB {
        // Every subscription is reported, also one that another client has
        // already: each of them is welcomed.
        socket.set_xpub_verbose(true)?;
        socket.set_sndhwm(IOPUB_HIGH_WATER)?;
        socket.set_maxmsgsize(MAX_TOPIC_BYTES)?;
    } else {
        // A client that reconnects under its old identity takes it over.
        socket.set_router_handover(true)?;
        socket.set_maxmsgsize(MAX_FRAME_BYTES)?;
    }
    Ok(socket)
}

//! The connection file: where to listen and how to sign, as Jupyter tells it.
//!
//! Every refusal is one sentence that names the file, what is wrong in it and
//! what to do, because a student sees it in a terminal and nowhere else.

use std::fmt;
use std::fs;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::curve;

/// A connection file is a few hundred bytes; more than this is something else.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Why a connection file was refused.
#[derive(Debug, Error)]
pub enum ConnectionError {
    #[error(
        "cannot read the connection file {path}: {reason}; hint: Jupyter writes this file and passes its path with -f, so start the kernel from JupyterLab or with `jupyter console --kernel twoaxes`"
    )]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "the connection file {path} is not one that Jupyter writes: {reason}; hint: delete it and start the kernel again, Jupyter writes a new one"
    )]
    Malformed { path: PathBuf, reason: String },
    #[error("the connection file {path} asks for {what}; hint: {hint}")]
    Refused {
        path: PathBuf,
        what: String,
        hint: &'static str,
    },
}

/// How the sockets are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Ipc,
}

/// Where to listen and how to sign.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    pub transport: Transport,
    /// An IP address for TCP, a path prefix for IPC.
    pub ip: String,
    pub shell_port: u16,
    pub iopub_port: u16,
    pub stdin_port: u16,
    pub control_port: u16,
    pub hb_port: u16,
    /// Empty: messages are not signed.
    pub key: String,
    /// With keys, all sockets are encrypted.
    pub curve: Option<curve::Keys>,
}

/// Without the keys.
impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("shell", &self.endpoint(self.shell_port))
            .field("signed", &!self.key.is_empty())
            .field("encrypted", &self.curve.is_some())
            .finish_non_exhaustive()
    }
}

/// The file's fields. Fields that we do not know are ignored: `jupyter_client`
/// adds `kernel_name`, and the Jupyter server `jupyter_session`.
#[derive(Deserialize)]
struct Raw {
    #[serde(default = "tcp")]
    transport: String,
    #[serde(default = "loopback")]
    ip: String,
    shell_port: u16,
    iopub_port: u16,
    stdin_port: u16,
    control_port: u16,
    hb_port: u16,
    #[serde(default)]
    key: String,
    #[serde(default)]
    signature_scheme: String,
    /// Any value: an error of serde would quote a key that is no text.
    #[serde(default)]
    curve_publickey: Value,
    #[serde(default)]
    curve_secretkey: Value,
}

fn tcp() -> String {
    "tcp".to_owned()
}

fn loopback() -> String {
    "127.0.0.1".to_owned()
}

impl Connection {
    /// Reads and checks a connection file.
    ///
    /// # Errors
    /// When the file cannot be read, is not a connection file, or asks for
    /// something that the kernel does not do, such as listening beyond loopback.
    pub fn from_file(path: &Path) -> Result<Self, ConnectionError> {
        let text = read(path)?;
        warn_if_exposed(path);
        Self::parse(&text, path)
    }

    /// Checks the text of a connection file; `path` only names it in errors.
    ///
    /// # Errors
    /// As [`Connection::from_file`].
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, ConnectionError> {
        let raw: Raw =
            serde_json::from_slice(text).map_err(|error| ConnectionError::Malformed {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        let refuse = |what: String, hint: &'static str| ConnectionError::Refused {
            path: path.to_owned(),
            what,
            hint,
        };
        let transport = match raw.transport.as_str() {
            "tcp" => Transport::Tcp,
            "ipc" => Transport::Ipc,
            other => return Err(refuse(format!("the transport {other:?}"), "use tcp or ipc")),
        };
        if !raw.key.is_empty() && !matches!(raw.signature_scheme.as_str(), "" | "hmac-sha256") {
            return Err(refuse(
                format!("the signature scheme {:?}", raw.signature_scheme),
                "set Session.signature_scheme to hmac-sha256",
            ));
        }
        let curve = curve::Keys::parse(
            &raw.curve_publickey,
            &raw.curve_secretkey,
            curve::is_available(),
        )
        .map_err(|(what, hint)| refuse(what, hint))?;
        let connection = Connection {
            transport,
            ip: raw.ip,
            shell_port: raw.shell_port,
            iopub_port: raw.iopub_port,
            stdin_port: raw.stdin_port,
            control_port: raw.control_port,
            hb_port: raw.hb_port,
            key: raw.key,
            curve,
        };
        connection
            .check_ports()
            .map_err(|what| refuse(what, "give each socket its own port between 1 and 65535"))?;
        connection
            .check_address()
            .map_err(|(what, hint)| refuse(what, hint))?;
        if connection.key.is_empty() {
            tracing::warn!(
                "{} has no key: messages are not signed, and every process on this machine can run code in this kernel",
                path.display()
            );
        }
        Ok(connection)
    }

    /// What is refused about where the sockets are to listen, and what to do.
    fn check_address(&self) -> Result<(), (String, &'static str)> {
        match self.transport {
            Transport::Tcp if !self.is_loopback() => Err((
                format!("listening on {:?}, which other machines may reach", self.ip),
                "this kernel listens on loopback only: use 127.0.0.1 and reach it through the Jupyter server",
            )),
            Transport::Ipc if self.ip.is_empty() || self.ip.contains('\0') => Err((
                "an IPC socket without a path".to_owned(),
                "set ip to a path prefix",
            )),
            Transport::Tcp | Transport::Ipc => Ok(()),
        }
    }

    /// The address of one socket, as libzmq wants it.
    #[must_use]
    pub fn endpoint(&self, port: u16) -> String {
        match self.transport {
            Transport::Ipc => format!("ipc://{}-{port}", self.ip),
            Transport::Tcp => match self.address() {
                Some(IpAddr::V6(ip)) => format!("tcp://[{ip}]:{port}"),
                Some(IpAddr::V4(ip)) => format!("tcp://{ip}:{port}"),
                None => format!("tcp://{}:{port}", self.ip),
            },
        }
    }

    /// Whether the sockets need IPv6.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.transport == Transport::Tcp && matches!(self.address(), Some(IpAddr::V6(_)))
    }

    fn is_loopback(&self) -> bool {
        self.address().is_some_and(|ip| ip.is_loopback())
    }

    /// libzmq binds to numbers, not names; `localhost` is the one name that
    /// people write here.
    fn address(&self) -> Option<IpAddr> {
        if self.ip == "localhost" {
            return Some(IpAddr::from([127, 0, 0, 1]));
        }
        self.ip.trim_matches(['[', ']']).parse().ok()
    }

    fn check_ports(&self) -> Result<(), String> {
        let ports = [
            ("shell_port", self.shell_port),
            ("iopub_port", self.iopub_port),
            ("stdin_port", self.stdin_port),
            ("control_port", self.control_port),
            ("hb_port", self.hb_port),
        ];
        for (index, (name, port)) in ports.iter().enumerate() {
            if *port == 0 {
                return Err(format!("{name} 0"));
            }
            if let Some((twin, _)) = ports.iter().take(index).find(|(_, other)| other == port) {
                return Err(format!("port {port} for both {twin} and {name}"));
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConnectionError> {
    let unreadable = |reason: String| ConnectionError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    // A pipe or a device could block or never end.
    let metadata = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!(
            "it has {} bytes, more than {MAX_FILE_BYTES}",
            metadata.len()
        )));
    }
    let file = fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}

/// A key that others can read is no secret. That is worth a warning and not a
/// refusal: Jupyter itself writes mode 0600, and where another mode appears
/// (some network and Windows-backed file systems know no other) the student
/// could not change it.
#[cfg(unix)]
fn warn_if_exposed(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        tracing::warn!(
            "{} has mode {mode:04o}: other users of this machine may read the key and run code as you; hint: chmod 600 {}",
            path.display(),
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn warn_if_exposed(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"{"transport":"tcp","ip":"127.0.0.1","shell_port":5001,"iopub_port":5002,"stdin_port":5003,"control_port":5004,"hb_port":5005,"key":"k","signature_scheme":"hmac-sha256","kernel_name":"twoaxes"}"#;

    fn parse(text: &str) -> Result<Connection, String> {
        Connection::parse(text.as_bytes(), Path::new("kernel.json"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn accepted() {
        for (text, endpoint) in [
            (GOOD.to_owned(), "tcp://127.0.0.1:5001"),
            (
                GOOD.replace("127.0.0.1", "localhost"),
                "tcp://127.0.0.1:5001",
            ),
            (
                GOOD.replace("127.0.0.1", "127.0.0.53"),
                "tcp://127.0.0.53:5001",
            ),
            (GOOD.replace("127.0.0.1", "::1"), "tcp://[::1]:5001"),
            (
                GOOD.replace("\"tcp\"", "\"ipc\"")
                    .replace("127.0.0.1", "/run/k"),
                "ipc:///run/k-5001",
            ),
            (GOOD.replace("\"k\"", "\"\""), "tcp://127.0.0.1:5001"),
            (
                GOOD.replace("\"signature_scheme\":\"hmac-sha256\",", ""),
                "tcp://127.0.0.1:5001",
            ),
        ] {
            let connection = parse(&text).unwrap();
            assert_eq!(connection.endpoint(connection.shell_port), endpoint);
        }
    }

    #[test]
    fn refused_with_what_to_do() {
        for (text, expected) in [
            (String::new(), "EOF"),
            ("[]".to_owned(), "kernel.json"),
            ("{}".to_owned(), "shell_port"),
            (GOOD.replace("5001", "70000"), "70000"),
            (GOOD.replace("5001", "-1"), "-1"),
            (GOOD.replace("5001", "0"), "shell_port 0"),
            (GOOD.replace("5001", "\"5001\""), "string"),
            (
                GOOD.replace("5001", "5004"),
                "port 5004 for both shell_port and control_port",
            ),
            (GOOD.replace("hmac-sha256", "hmac-md5"), "hmac-md5"),
            (GOOD.replace("\"tcp\"", "\"udp\""), "udp"),
            (GOOD.replace("127.0.0.1", "*"), "loopback only"),
            (GOOD.replace("127.0.0.1", "0.0.0.0"), "loopback only"),
            (GOOD.replace("127.0.0.1", "10.0.0.7"), "loopback only"),
            (GOOD.replace("127.0.0.1", "example.org"), "loopback only"),
            (GOOD.replace("127.0.0.1", "::"), "loopback only"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(error.contains("hint: "), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    /// The pair of ZeroMQ RFC 26.
    const CURVE: &str = r#""key":"k","curve_publickey":"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID","curve_secretkey":"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs""#;

    #[test]
    fn keys_of_curve_are_read_and_never_shown() {
        assert!(parse(GOOD).unwrap().curve.is_none());
        let text = GOOD.replace("\"key\":\"k\"", CURVE);
        let connection = parse(&text).unwrap();
        assert!(connection.curve.is_some());
        let shown = format!("{connection:?}");
        assert!(shown.contains("encrypted: true"), "{shown}");
        assert!(!shown.contains("D:)Q"), "{shown}");
        for (text, expected) in [
            (text.replace("D:)Q", "D:)"), "39 characters"),
            (text.replace("curve_publickey", "other"), "half a pair"),
            (text.replace("Yne@", "yne@"), "does not belong"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(expected), "{error}");
            assert!(error.contains("hint: ") && !error.contains('\n'), "{error}");
            assert!(!error.contains("[IlAW"), "{error}");
        }
    }

    #[test]
    fn files_that_cannot_be_read() {
        let directory = tempfile::tempdir().unwrap();
        let huge = directory.path().join("huge");
        fs::write(&huge, vec![b' '; 100_000]).unwrap();
        for path in [
            &directory.path().join("missing"),
            directory.path(),
            &huge,
            Path::new("/dev/zero"),
        ] {
            let error = Connection::from_file(path).unwrap_err().to_string();
            assert!(
                error.contains("cannot read") && error.contains("hint: "),
                "{error}"
            );
        }
        let open = directory.path().join("open.json");
        fs::write(&open, GOOD).unwrap();
        assert!(
            Connection::from_file(&open).is_ok(),
            "a readable key is a warning, not a refusal"
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Connection::parse(&text, Path::new("x"));
        }

        #[test]
        fn arbitrary_fields_never_panic(ip in ".*", port in any::<i64>(), transport in "tcp|ipc|.*", key in ".*") {
            let text = serde_json::json!({
                "ip": ip, "transport": transport, "key": key, "shell_port": port, "iopub_port": 2,
                "stdin_port": 3, "control_port": 4, "hb_port": 5,
            });
            if let Ok(connection) = parse(&text.to_string()) {
                let _ = connection.endpoint(connection.shell_port);
            }
        }
    }
}

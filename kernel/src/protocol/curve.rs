//! Encryption of the sockets by CURVE, as the connection file asks for it.
//!
//! Jupyter puts one pair of keys into the connection file (jupyter_client 8.9).
//! The kernel is the server of all five sockets with it. A client proves that it
//! knows the public key, and that the kernel is the one that it means; messages
//! are signed as ever. The secret key is shown to nobody, in no error either.

use std::ffi::{CString, c_char, c_int};
use std::fmt;

use serde_json::Value;

/// The length of a key in the connection file: 32 bytes in Z85.
const KEY_CHARACTERS: usize = 40;

/// What Z85 is written with (ZeroMQ RFC 32). libzmq reads others without a word.
const SIGNS_OF_Z85: &str = ".-:+=^!/*?&<>()[]{}@%$#";

// libzmq is linked already, through the `zmq` crate, which does not offer this.
unsafe extern "C" {
    fn zmq_curve_public(public_key: *mut c_char, secret_key: *const c_char) -> c_int;
}

/// Whether the libzmq that runs here can encrypt.
#[must_use]
pub fn is_available() -> bool {
    zmq::has("curve") == Some(true)
}

/// A server's pair of keys, in Z85.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    public: String,
    secret: String,
}

impl Keys {
    /// Checks what the connection file says; `None` when it says nothing.
    ///
    /// # Errors
    /// What the file asks for and should not, and what to do.
    pub fn parse(
        public: &Value,
        secret: &Value,
        is_available: bool,
    ) -> Result<Option<Self>, (String, &'static str)> {
        const ANOTHER_PAIR: &str = "start the kernel again, Jupyter then writes a new pair of keys";
        let (public, secret) = match (public, secret) {
            (Value::Null, Value::Null) => return Ok(None),
            (_, Value::Null) => {
                return Err((half("curve_publickey", "curve_secretkey"), ANOTHER_PAIR));
            }
            (Value::Null, _) => {
                return Err((half("curve_secretkey", "curve_publickey"), ANOTHER_PAIR));
            }
            pair => pair,
        };
        if !is_available {
            return Err((
                "encryption by CURVE, which the libzmq of this machine was built without"
                    .to_owned(),
                "install a libzmq with libsodium (Debian's has it), or set KernelManager.transport_encryption to disabled",
            ));
        }
        let keys = Keys {
            public: key("curve_publickey", public).map_err(|what| (what, ANOTHER_PAIR))?,
            secret: key("curve_secretkey", secret).map_err(|what| (what, ANOTHER_PAIR))?,
        };
        if public_key_of(&keys.secret).is_none_or(|public| public != keys.public) {
            return Err((
                "encryption with a curve_publickey that does not belong to its curve_secretkey"
                    .to_owned(),
                ANOTHER_PAIR,
            ));
        }
        Ok(Some(keys))
    }

    /// Makes a socket, before it is bound, one that talks to whoever knows the
    /// public key.
    pub(super) fn guard(&self, socket: &zmq::Socket) -> Result<(), zmq::Error> {
        socket.set_curve_server(true)?;
        socket.set_curve_publickey(self.public.as_bytes())?;
        socket.set_curve_secretkey(self.secret.as_bytes())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys(..)")
    }
}

fn half(there: &str, missing: &str) -> String {
    format!("encryption with half a pair of keys: {there} without {missing}")
}

fn key(name: &str, value: &Value) -> Result<String, String> {
    let Value::String(text) = value else {
        return Err(format!("encryption with a {name} that is no text"));
    };
    let length = text.chars().count();
    if length != KEY_CHARACTERS {
        return Err(format!(
            "encryption with a {name} of {length} characters instead of {KEY_CHARACTERS}"
        ));
    }
    if !text
        .chars()
        .all(|sign| sign.is_ascii_alphanumeric() || SIGNS_OF_Z85.contains(sign))
    {
        return Err(format!("encryption with a {name} that is not in Z85"));
    }
    Ok(text.clone())
}

/// The public key that belongs to `secret`; `None` when libzmq makes none of it.
fn public_key_of(secret: &str) -> Option<String> {
    let secret = CString::new(secret).ok()?;
    let mut public = vec![0_u8; KEY_CHARACTERS + 1];
    // SAFETY: libzmq reads a text that ends in zero, of which `key` has checked
    // the length, and writes the 41 bytes that `public` has.
    let rc = unsafe { zmq_curve_public(public.as_mut_ptr().cast(), secret.as_ptr()) };
    if rc != 0 {
        return None;
    }
    public.pop();
    String::from_utf8(public).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pair() -> (String, String) {
        let keys = zmq::CurveKeyPair::new().unwrap();
        (
            zmq::z85_encode(&keys.public_key).unwrap(),
            zmq::z85_encode(&keys.secret_key).unwrap(),
        )
    }

    #[test]
    fn a_pair_of_libzmq_is_one() {
        let (public, secret) = pair();
        let keys = Keys::parse(&json!(public), &json!(secret), true).unwrap();
        assert_eq!(keys, Some(Keys { public, secret }));
        assert_eq!(Keys::parse(&Value::Null, &Value::Null, false), Ok(None));
    }

    #[test]
    fn what_is_no_pair_is_told_without_the_secret() {
        let (public, secret) = pair();
        let (other, _) = pair();
        let (public, secret) = (json!(public), json!(secret));
        let short = json!(&secret.as_str().unwrap()[1..]);
        let strange = json!(secret.as_str().unwrap().replacen(|_| true, "\"", 1));
        let wide = json!("ü".repeat(40));
        let beyond = json!("#".repeat(40));
        for (public, secret, is_available, expected) in [
            (
                &public,
                &Value::Null,
                true,
                "curve_publickey without curve_secretkey",
            ),
            (
                &Value::Null,
                &secret,
                true,
                "curve_secretkey without curve_publickey",
            ),
            (&public, &secret, false, "built without"),
            (
                &public,
                &short,
                true,
                "curve_secretkey of 39 characters instead of 40",
            ),
            (&json!(""), &secret, true, "curve_publickey of 0 characters"),
            (
                &public,
                &strange,
                true,
                "curve_secretkey that is not in Z85",
            ),
            (&wide, &secret, true, "curve_publickey that is not in Z85"),
            (&public, &json!(40), true, "curve_secretkey that is no text"),
            (
                &json!(["a"]),
                &secret,
                true,
                "curve_publickey that is no text",
            ),
            (&json!(other), &secret, true, "does not belong"),
            (&secret, &public, true, "does not belong"),
            // Five of the highest digit are more than four bytes hold.
            (&public, &beyond, true, "does not belong"),
        ] {
            let (what, hint) = Keys::parse(public, secret, is_available).unwrap_err();
            assert!(what.contains(expected), "{what}");
            let told = format!("{what} {hint}");
            for value in [public, secret].into_iter().filter_map(Value::as_str) {
                assert!(value.is_empty() || !told.contains(value), "{told}");
            }
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let (public, secret) = pair();
        let keys = Keys::parse(&json!(public), &json!(secret), true).unwrap();
        assert_eq!(format!("{keys:?}"), "Some(Keys(..))");
    }
}

//! Comms: named channels to a front end, for widgets of any kind.
//!
//! A comm is opened here, for whoever is known at the other end by the name of its target.
//! Messages go both ways; those from the front end are heard between two cells, on the
//! thread that runs cells. [`crate::widgets`] is built on this. Outside our kernel nobody is
//! at the other end: what is sent is lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::channel;

/// An open comm. Dropping it does not close it: what it belongs to is still shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comm {
    id: String,
}

/// What came on a comm.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What the front end says, as JSON.
    pub data: Value,
    /// Binary data beside it.
    pub buffers: Vec<Vec<u8>>,
}

/// Somebody who hears what comes on a comm.
pub(crate) trait Listener: Send + Sync {
    /// Takes over what `message` sets, and returns what is to be run for it. Only that is
    /// undone when it fails.
    fn hear(&self, message: Message) -> Option<Task>;

    /// What a front end knows of it, if it is a widget.
    fn state(&self) -> Option<Map<String, Value>> {
        None
    }
}

type OnOpen = Arc<dyn Fn(Comm, Message) + Send + Sync>;
type OnMessage = Arc<dyn Fn(&Comm, Message) + Send + Sync>;

/// What a listener wants to run.
pub(crate) type Task = Box<dyn FnOnce() + Send>;

// Listeners and handlers belong to cells. They run, and are dropped, only where a cell may
// run, and never under these locks: dropping one may close another comm.

/// The listeners of open comms.
static OPEN: Mutex<BTreeMap<String, Arc<dyn Listener>>> = Mutex::new(BTreeMap::new());

/// Handlers of comms that a front end opens, by target.
static TARGETS: Mutex<BTreeMap<String, OnOpen>> = Mutex::new(BTreeMap::new());

/// What was received and is still to be handled: the last one. Others were received by a process
/// that has ended over them.
static PENDING: Mutex<Vec<Task>> = Mutex::new(Vec::new());

impl Comm {
    /// Opens a comm for `target`, with `data` for whoever is there. `on_message` is called
    /// with each message that comes back.
    ///
    /// ```
    /// use serde_json::json;
    /// use twoaxes::notebook::comm::Comm;
    ///
    /// let comm = Comm::open("clock", &json!({"hour": 9}), |comm, message| {
    ///     comm.send(&message.data, &[]);
    /// });
    /// comm.send(&json!({"hour": 10}), &[b"binary data"]);
    /// comm.close();
    /// ```
    pub fn open(
        target: &str,
        data: &Value,
        on_message: impl Fn(&Comm, Message) + Send + Sync + 'static,
    ) -> Self {
        let comm = Self::new();
        let handler = Handler {
            comm: comm.clone(),
            on_message: Arc::new(on_message),
        };
        comm.open_with(target, data, &Map::new(), &[], Arc::new(handler));
        comm
    }

    /// A name for a comm that is about to be opened.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // The time keeps it apart from those before a restart, which a page may still show.
        let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let time = time.unwrap_or_default().as_micros();
        Self {
            id: format!("twoaxes-{time:x}-{}-{number}", std::process::id()),
        }
    }

    pub(crate) fn open_with(
        &self,
        target: &str,
        data: &Value,
        metadata: &Map<String, Value>,
        buffers: &[&[u8]],
        listener: Arc<dyn Listener>,
    ) {
        listen(&self.id, listener);
        self.say(json!({
            "action": {"open": {"target": target}},
            "data": data,
            "metadata": metadata,
            "buffers": encoded(buffers),
        }));
    }

    /// Sends `data`, and `buffers` of binary data beside it.
    pub fn send(&self, data: &Value, buffers: &[&[u8]]) {
        self.say(json!({"action": "message", "data": data, "buffers": encoded(buffers)}));
    }

    /// Closes it at both ends.
    pub fn close(&self) {
        forget(&self.id);
        self.say(json!({"action": "close"}));
    }

    /// Its id, as both ends know it.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn say(&self, mut event: Value) {
        event["type"] = Value::from("comm");
        event["comm"] = Value::from(self.id.as_str());
        channel::send(&event);
    }
}

/// Has `on_open` called for each comm that a front end opens for `target`; what the comm
/// says later goes to the handler that `on_open` gives to [`Comm::listen`].
///
/// ```
/// use twoaxes::notebook::comm;
///
/// comm::register_target("echo", |comm, message| {
///     comm.listen(|comm, message| comm.send(&message.data, &[]));
///     comm.send(&message.data, &[]);
/// });
/// ```
pub fn register_target(target: &str, on_open: impl Fn(Comm, Message) + Send + Sync + 'static) {
    // What it takes the place of may do anything when it is dropped: not under the lock.
    let before = lock(&TARGETS).insert(target.to_owned(), Arc::new(on_open));
    drop(before);
}

impl Comm {
    /// Has `on_message` called with what comes from now on, in place of who was called
    /// before.
    pub fn listen(&self, on_message: impl Fn(&Comm, Message) + Send + Sync + 'static) {
        let handler = Handler {
            comm: self.clone(),
            on_message: Arc::new(on_message),
        };
        listen(&self.id, Arc::new(handler));
    }
}

/// A listener that only calls a closure.
struct Handler {
    comm: Comm,
    on_message: OnMessage,
}

impl Listener for Handler {
    fn hear(&self, message: Message) -> Option<Task> {
        let (comm, on_message) = (self.comm.clone(), Arc::clone(&self.on_message));
        Some(Box::new(move || on_message(&comm, message)))
    }
}

#[derive(Deserialize)]
struct Event {
    comm: String,
    action: Action,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    buffers: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Open { target: String },
    Message,
    Close,
}

/// Takes what has come. Whether something is to be run for it.
pub(crate) fn receive(event: &str) -> bool {
    let task = task(event);
    let wants_to_run = task.is_some();
    lock(&PENDING).extend(task);
    wants_to_run
}

/// What is to be run for something that has come.
pub(crate) fn task(event: &str) -> Option<Task> {
    take(serde_json::from_str(event).ok()?)
}

/// Runs what [`receive`] has found.
pub(crate) fn handle() {
    let mut all = std::mem::take(&mut *lock(&PENDING));
    let task = all.pop();
    drop(all);
    if let Some(task) = task {
        task();
    }
}

fn take(event: Event) -> Option<Task> {
    let comm = Comm { id: event.comm };
    let decoded = event.buffers.iter().map(|text| STANDARD.decode(text));
    let message = Message {
        data: event.data,
        buffers: decoded.collect::<Result<_, _>>().ok()?,
    };
    match event.action {
        Action::Open { target } => {
            let on_open = lock(&TARGETS).get(&target).map(Arc::clone);
            Some(Box::new(move || match on_open {
                Some(on_open) => {
                    // Until it listens, what comes is lost.
                    comm.listen(|_, _| {});
                    on_open(comm, message);
                }
                None => comm.close(),
            }))
        }
        Action::Message => {
            let listener = lock(&OPEN).get(&comm.id).map(Arc::clone);
            match listener {
                Some(listener) => listener.hear(message),
                None => Some(Box::new(move || comm.close())),
            }
        }
        Action::Close => Some(Box::new(move || forget(&comm.id))),
    }
}

fn listen(id: &str, listener: Arc<dyn Listener>) {
    let before = lock(&OPEN).insert(id.to_owned(), listener);
    drop(before);
}

fn forget(id: &str) {
    let before = lock(&OPEN).remove(id);
    drop(before);
}

/// Tells the kernel which comms there are: at the start none, and in a process that goes on
/// with the state from before a cell, those from before it.
pub(crate) fn tell_kept() {
    let states: Vec<(String, Value)> = lock(&OPEN)
        .iter()
        .map(|(id, listener)| {
            (
                id.clone(),
                listener.state().map_or(Value::Null, Value::Object),
            )
        })
        .collect();
    // One by one: together they may be more than a frame can hold.
    for (id, state) in states {
        channel::send(&json!({"type": "comm_kept", "comm": id, "state": state}));
    }
    channel::send(&json!({"type": "comms_kept"}));
}

fn encoded(buffers: &[&[u8]]) -> Vec<String> {
    buffers.iter().map(|bytes| STANDARD.encode(bytes)).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reaches_the_handler_of_its_comm_and_no_other() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let open = |name: &'static str| {
            let heard = Arc::clone(&heard);
            Comm::open("test", &json!({}), move |_, message| {
                lock(&heard).push((name, message.data, message.buffers));
            })
        };
        let (first, second) = (open("first"), open("second"));
        let event = |comm: &Comm| json!({"comm": comm.id(), "action": "message", "data": 7, "buffers": ["AAH/"]});
        let run = task(&event(&second).to_string()).unwrap();
        assert_eq!(lock(&heard).len(), 0, "not before it may run");
        run();
        assert_eq!(*lock(&heard), [("second", json!(7), vec![vec![0, 1, 255]])]);
        first.close();
        let close = json!({"comm": second.id(), "action": "close"}).to_string();
        assert!(task("no JSON").is_none());
        for event in [event(&first).to_string(), close, event(&second).to_string()] {
            task(&event).unwrap()();
        }
        assert_eq!(lock(&heard).len(), 1, "both are closed");
    }

    #[test]
    fn what_is_dropped_with_a_handler_may_close_another_comm() {
        struct Closes(Comm);
        impl Drop for Closes {
            fn drop(&mut self) {
                self.0.close();
            }
        }
        let other = Comm::open("test", &json!({}), |_, _| {});
        let held = Closes(other.clone());
        let comm = Comm::open("test", &json!({}), move |_, _| {
            let _ = &held;
        });
        comm.close();
        assert!(!lock(&OPEN).contains_key(other.id()));
    }

    #[test]
    fn a_front_end_can_open_what_somebody_waits_for() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let inner = Arc::clone(&heard);
        register_target("a target of this test", move |comm, message| {
            lock(&inner).push(message.data);
            let inner = Arc::clone(&inner);
            comm.listen(move |_, message| lock(&inner).push(message.data));
        });
        let event = |action: Value, data: u32| {
            json!({"comm": "theirs", "action": action, "data": data}).to_string()
        };
        task(&event(json!({"open": {"target": "nobody's"}}), 0)).unwrap()();
        assert!(!lock(&OPEN).contains_key("theirs"));
        let ours = json!({"open": {"target": "a target of this test"}});
        task(&event(ours, 1)).unwrap()();
        task(&event(json!("message"), 2)).unwrap()();
        assert_eq!(*lock(&heard), [json!(1), json!(2)]);
    }
}

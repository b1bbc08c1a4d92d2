//! The comms that are open, and what front ends would ask running code about them: the
//! state of a widget is kept here too, so a page that is loaded anew gets it at once, also
//! while a cell runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::engine::{Buffer, CommAction, CommEvent};
use crate::protocol::Header;

/// The target of comms that are widgets.
pub(super) const WIDGET: &str = "jupyter.widget";

/// The target under which a client asks about all widgets at once.
pub(super) const WIDGET_CONTROL: &str = "jupyter.widget.control";

/// More are not opened: a loop that makes widgets would fill the browser's memory.
pub(super) const MOST: usize = 10_000;

/// What a client's message asks that is answered here, without running code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    OpenControl,
    CloseControl,
    /// The state of every widget.
    States,
    /// The state of this one.
    State,
    /// It tells what an `Output` shows, which is kept for pages to come.
    Outputs,
    /// There is nothing to be done about it.
    Nothing,
}

/// Open comms by their ids.
#[derive(Default)]
pub(in crate::session) struct Comms {
    open: BTreeMap<String, Comm>,
    /// That there are too many was said.
    is_full_said: bool,
}

/// An open comm.
pub(in crate::session) struct Comm {
    pub target: String,
    /// The cell that opened it; `None` for one that a front end opened.
    pub opened_by: Option<Header>,
    pub state: State,
    /// Whether somebody is there for it. A client does not know before it is told.
    pub is_settled: bool,
}

impl Comm {
    /// Nobody knows yet whether running code wants it, but where `target` is our own.
    pub fn opened_by_page(target: String) -> Self {
        Self {
            is_settled: target == WIDGET_CONTROL,
            target,
            opened_by: None,
            state: State::default(),
        }
    }
}

/// A widget's state, as its messages have set it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::session) struct State {
    pub values: Map<String, Value>,
    /// Binary values, with the places where they belong.
    pub buffers: Vec<(Vec<Value>, Buffer)>,
}

impl Comms {
    pub fn get(&self, id: &str) -> Option<&Comm> {
        self.open.get(id)
    }

    pub fn insert(&mut self, id: String, comm: Comm) {
        self.open.insert(id, comm);
    }

    /// Running code has heard of it, and has not closed it.
    pub fn settle(&mut self, id: &str) {
        if let Some(comm) = self.open.get_mut(id) {
            comm.is_settled = true;
        }
    }

    pub fn has_room(&self) -> bool {
        self.open.len() < MOST
    }

    /// Whether running code cannot open another one; what to say then is there once.
    pub fn refuses_another(&mut self) -> Option<String> {
        if self.has_room() {
            return None;
        }
        let was_said = std::mem::replace(&mut self.is_full_said, true);
        Some(match was_said {
            true => String::new(),
            false => format!(
                "[no more than {MOST} widgets can be open; close some, or restart the kernel]\n"
            ),
        })
    }

    pub fn remove(&mut self, id: &str) -> Option<Comm> {
        let removed = self.open.remove(id);
        self.is_full_said &= !self.has_room();
        removed
    }

    /// What `event` of a client asks, if it is known here.
    pub(super) fn known(&self, event: &CommEvent) -> Option<Known> {
        let comm = self.open.get(&event.comm);
        let target = comm.map(|comm| comm.target.as_str());
        match (&event.action, target, method(&event.data)) {
            (CommAction::Open { .. }, Some(_), _) => Some(Known::Nothing),
            (CommAction::Open { target }, None, _) if target == WIDGET_CONTROL => {
                Some(Known::OpenControl)
            }
            (CommAction::Close, None, _) => Some(Known::Nothing),
            (CommAction::Close, Some(WIDGET_CONTROL), _) => Some(Known::CloseControl),
            (CommAction::Message, Some(WIDGET_CONTROL), "request_states") => Some(Known::States),
            (CommAction::Message, Some(WIDGET_CONTROL), _) => Some(Known::Nothing),
            (CommAction::Message, Some(WIDGET), "request_state") => Some(Known::State),
            (CommAction::Message, Some(WIDGET), "update") if is_about_outputs(&event.data) => {
                Some(Known::Outputs)
            }
            _ => None,
        }
    }

    /// Notes what a message of `id` says about its state.
    pub fn note(&mut self, id: &str, data: &Value, buffers: &[Buffer]) {
        if let Some(comm) = self.open.get_mut(id) {
            comm.state.merge(data, buffers);
        }
    }

    /// The comms of `target`, or all, as `comm_info_reply` has them.
    pub fn info(&self, target: Option<&str>) -> Map<String, Value> {
        let wanted =
            |comm: &Comm| comm.is_settled && target.is_none_or(|target| target == comm.target);
        let chosen = self.open.iter().filter(|(_, comm)| wanted(comm));
        chosen
            .map(|(id, comm)| (id.clone(), json!({"target_name": comm.target})))
            .collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Comm)> {
        self.open.iter()
    }

    /// The widgets that show whatever is published under `request` (`Output` has a `msg_id`
    /// for that).
    pub fn capturing<'a>(&'a self, request: &'a str) -> impl Iterator<Item = &'a String> {
        let captures = move |comm: &Comm| {
            comm.state.values.get("msg_id").and_then(Value::as_str) == Some(request)
        };
        let open = self.open.iter().filter(move |(_, comm)| captures(comm));
        open.map(|(id, _)| id)
    }

    /// Every widget's state, as the answer to `request_states` has it: the states, the
    /// places of binary values, and these.
    pub fn states(&self) -> (Value, Vec<Buffer>) {
        let mut states = Map::new();
        let mut paths = Vec::new();
        let mut buffers = Vec::new();
        for (id, comm) in self.open.iter().filter(|(_, comm)| comm.target == WIDGET) {
            let values = &comm.state.values;
            let text = |key: &str| values.get(key).cloned().unwrap_or_default();
            let state = json!({
                "model_name": text("_model_name"),
                "model_module": text("_model_module"),
                "model_module_version": text("_model_module_version"),
                "state": values,
            });
            states.insert(id.clone(), state);
            for (path, buffer) in &comm.state.buffers {
                let ahead = [Value::from(id.as_str()), Value::from("state")];
                paths.push(Value::from_iter(ahead.iter().chain(path).cloned()));
                buffers.push(buffer.clone());
            }
        }
        let data = json!({"method": "update_states", "states": states, "buffer_paths": paths});
        (data, buffers)
    }
}

impl State {
    /// Takes over what a message says: `state`, and `buffer_paths` for its buffers.
    pub fn merge(&mut self, data: &Value, buffers: &[Buffer]) {
        let Some(values) = data.get("state").and_then(Value::as_object) else {
            return;
        };
        let paths = data.get("buffer_paths").and_then(Value::as_array);
        let paths = paths.into_iter().flatten().filter_map(Value::as_array);
        let keys = keys(data);
        let is_old = |path: &[Value]| {
            let key = path.first().and_then(Value::as_str);
            key.is_some_and(|key| keys.contains(&key))
        };
        self.buffers.retain(|(path, _)| !is_old(path));
        let placed = paths.zip(buffers);
        self.buffers
            .extend(placed.map(|(path, buffer)| (path.clone(), buffer.clone())));
        for (key, value) in values {
            self.values.insert(key.clone(), value.clone());
        }
    }

    /// Forgets all but `keys`.
    pub fn keep(&mut self, keys: &[&str]) {
        self.values.retain(|key, _| keys.contains(&key.as_str()));
        self.buffers.retain(|(path, _)| {
            let key = path.first().and_then(Value::as_str);
            key.is_some_and(|key| keys.contains(&key))
        });
    }

    /// The message that tells all of it.
    pub fn update(&self) -> (Value, Vec<Buffer>) {
        let (paths, buffers): (Vec<_>, Vec<_>) = self.buffers.iter().cloned().unzip();
        let data = json!({"method": "update", "state": self.values, "buffer_paths": paths});
        (data, buffers)
    }

    /// What of `now` is otherwise here.
    pub fn difference(&self, now: &Map<String, Value>) -> Map<String, Value> {
        let differs = |key: &String, value: &Value| self.values.get(key) != Some(value);
        let changed = now.iter().filter(|(key, value)| differs(key, value));
        changed.map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

/// How a message on a widget's comm is meant.
pub(super) fn method(data: &Value) -> &str {
    data.get("method").and_then(Value::as_str).unwrap_or("")
}

/// Whether an update is about what an `Output` shows, and nothing else.
fn is_about_outputs(data: &Value) -> bool {
    let state = data.get("state").and_then(Value::as_object);
    state.is_some_and(|state| state.len() == 1 && state.contains_key("outputs"))
}

/// A client's update of a widget's state.
pub(super) struct Update<'a> {
    pub comm: &'a str,
    pub data: &'a Value,
}

impl Update<'_> {
    /// What it sets.
    pub fn keys(&self) -> Vec<&str> {
        keys(self.data)
    }
}

/// What an update sets. A key that is binary as a whole does not stand in the JSON.
fn keys(data: &Value) -> Vec<&str> {
    let values = data.get("state").and_then(Value::as_object);
    let paths = data.get("buffer_paths").and_then(Value::as_array);
    let paths = paths.into_iter().flatten().filter_map(Value::as_array);
    paths
        .filter_map(|path| path.first()?.as_str())
        .chain(values.into_iter().flat_map(Map::keys).map(String::as_str))
        .collect()
}

/// Whether the update `second` of a widget sets all that `first` has set: the value of a
/// slider that was moved on meanwhile is of no interest any more.
pub(super) fn replaces(second: &Update<'_>, first: &Update<'_>) -> bool {
    let after = second.keys();
    let is_set = |update: &Update<'_>| update.data.get("state").is_some_and(Value::is_object);
    first.comm == second.comm
        && is_set(first)
        && is_set(second)
        && first.keys().iter().all(|key| after.contains(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comm(values: Value) -> Comm {
        let mut state = State::default();
        state.merge(&json!({"state": values}), &[]);
        Comm {
            target: WIDGET.to_owned(),
            opened_by: None,
            state,
            is_settled: true,
        }
    }

    #[test]
    fn binary_values_go_when_their_key_is_set_anew() {
        let mut state = State::default();
        let bytes = |byte: u8| Buffer(vec![byte]);
        let data = json!({"state": {"a": {}, "b": null}, "buffer_paths": [["a", "x"], ["b"]]});
        state.merge(&data, &[bytes(1), bytes(2)]);
        assert_eq!(state.buffers.len(), 2);
        state.merge(&json!({"state": {"a": 5}}), &[]);
        // A value that is binary as a whole has no place in the JSON.
        state.merge(&json!({"state": {}, "buffer_paths": [["b"]]}), &[bytes(3)]);
        let (data, buffers) = state.update();
        assert_eq!(data["state"], json!({"a": 5, "b": null}));
        assert_eq!(data["buffer_paths"], json!([["b"]]));
        assert_eq!(buffers, [bytes(3)]);
    }

    fn event(comm: &str, action: CommAction, data: Value) -> CommEvent {
        CommEvent {
            comm: comm.to_owned(),
            action,
            data,
            metadata: Map::new(),
            buffers: Vec::new(),
        }
    }

    #[test]
    fn what_is_known_needs_no_code() {
        let mut comms = Comms::default();
        comms.insert("widget".into(), comm(json!({})));
        comms.insert(
            "control".into(),
            Comm::opened_by_page(WIDGET_CONTROL.into()),
        );
        comms.insert("other".into(), Comm::opened_by_page("other".into()));
        let message =
            |comm: &str, method: &str| event(comm, CommAction::Message, json!({"method": method}));
        let open = |comm: &str, target: &str| {
            let target = target.to_owned();
            event(comm, CommAction::Open { target }, json!({}))
        };
        let close = |comm: &str| event(comm, CommAction::Close, json!({}));
        let update = |state: Value| {
            let data = json!({"method": "update", "state": state});
            event("widget", CommAction::Message, data)
        };
        let rows = [
            (message("widget", "request_state"), Some(Known::State)),
            (message("widget", "request_states"), None),
            (message("widget", "request_stateX"), None),
            (message("control", "request_states"), Some(Known::States)),
            (message("control", "request_state"), Some(Known::Nothing)),
            (message("other", "request_state"), None),
            (message("nobody", "request_state"), None),
            (update(json!({"outputs": []})), Some(Known::Outputs)),
            (update(json!({"outputs": [], "msg_id": ""})), None),
            (update(json!({"value": 1})), None),
            (open("new", WIDGET_CONTROL), Some(Known::OpenControl)),
            (open("new", "other"), None),
            // What is there already stays as it is.
            (open("widget", WIDGET), Some(Known::Nothing)),
            (open("widget", WIDGET_CONTROL), Some(Known::Nothing)),
            (close("control"), Some(Known::CloseControl)),
            (close("widget"), None),
            (close("nobody"), Some(Known::Nothing)),
        ];
        for (event, expected) in rows {
            assert_eq!(comms.known(&event), expected, "{event:?}");
        }
    }

    #[test]
    fn an_update_replaces_one_that_says_no_more() {
        let update =
            |comm: &'static str, state: Value| (comm, json!({"method": "update", "state": state}));
        let binary = |key: &str| {
            let data = json!({"method": "update", "state": {}, "buffer_paths": [[key]]});
            ("a", data)
        };
        let (one, two) = (json!({"value": 1}), json!({"value": 2}));
        let more = json!({"value": 1, "index": 0});
        let rows = [
            (update("a", one.clone()), update("a", two.clone()), true),
            (update("a", more.clone()), update("a", two.clone()), false),
            (update("a", one.clone()), update("a", more), true),
            (update("a", one), update("b", two.clone()), false),
            (binary("value"), update("a", two.clone()), true),
            (update("a", two.clone()), binary("value"), true),
            (binary("other"), update("a", two.clone()), false),
            (update("a", json!(7)), update("a", two), false),
        ];
        for ((comm, data), (later, then), expected) in rows {
            let first = Update { comm, data: &data };
            let second = Update {
                comm: later,
                data: &then,
            };
            assert_eq!(replaces(&second, &first), expected, "{data} {then}");
        }
    }

    #[test]
    fn what_is_asked_about_widgets_is_known() {
        let mut comms = Comms::default();
        comms.insert(
            "a".into(),
            comm(json!({"_model_name": "IntSliderModel", "value": 3})),
        );
        comms.insert("b".into(), comm(json!({"msg_id": "m1"})));
        let other = Comm {
            target: "mine".into(),
            ..comm(json!({}))
        };
        comms.insert("c".into(), other);
        assert_eq!(comms.info(None).len(), 3);
        assert_eq!(
            comms.info(Some("mine")),
            Map::from_iter([("c".into(), json!({"target_name": "mine"}))])
        );
        assert!(comms.capturing("m1").eq(["b"]));
        assert_eq!(comms.capturing("").count(), 0);
        let (data, _) = comms.states();
        assert_eq!(data["states"]["a"]["state"]["value"], 3);
        assert_eq!(data["states"]["a"]["model_name"], "IntSliderModel");
        assert!(data["states"].get("c").is_none());
    }

    #[test]
    fn there_is_an_end_to_opening() {
        let mut comms = Comms::default();
        for id in 0..MOST {
            assert!(comms.refuses_another().is_none());
            comms.insert(id.to_string(), comm(json!({})));
        }
        let said: Vec<String> = (0..3).filter_map(|_| comms.refuses_another()).collect();
        assert!(said[0].contains("10000 widgets"), "{said:?}");
        assert_eq!(said[1..], ["", ""], "once is enough");
        comms.remove("0");
        assert!(comms.refuses_another().is_none());
    }
}

//! The comms that are open, and what front ends would ask running code about them: the
//! state of a widget is kept here too, so a page that is loaded anew gets it at once, also
//! while a cell runs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::engine::{Buffer, CommEvent};
use crate::protocol::Header;

/// The target of comms that are widgets.
pub(super) const WIDGET: &str = "jupyter.widget";

/// More are not opened: a loop that makes widgets would fill the browser's memory.
pub(super) const MOST: usize = 10_000;

/// Open comms by their ids.
#[derive(Default)]
pub(in crate::session) struct Comms {
    open: BTreeMap<String, Comm>,
}

/// An open comm.
pub(in crate::session) struct Comm {
    pub target: String,
    /// The cell that opened it; `None` for one that a front end opened.
    pub opened_by: Option<Header>,
    pub state: State,
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

    /// False when there are too many.
    pub fn insert(&mut self, id: String, comm: Comm) -> bool {
        let has_room = self.open.len() < MOST || self.open.contains_key(&id);
        if has_room {
            self.open.insert(id, comm);
        }
        has_room
    }

    pub fn remove(&mut self, id: &str) -> Option<Comm> {
        self.open.remove(id)
    }

    /// Notes what a message of `id` says about its state.
    pub fn note(&mut self, id: &str, data: &Value, buffers: &[Buffer]) {
        if let Some(comm) = self.open.get_mut(id) {
            comm.state.merge(data, buffers);
        }
    }

    /// The comms of `target`, or all, as `comm_info_reply` has them.
    pub fn info(&self, target: Option<&str>) -> Map<String, Value> {
        let wanted = |comm: &Comm| target.is_none_or(|target| target == comm.target);
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
        let is_old = |path: &[Value]| {
            let key = path.first().and_then(Value::as_str);
            key.is_some_and(|key| values.contains_key(key))
        };
        self.buffers.retain(|(path, _)| !is_old(path));
        let paths = data.get("buffer_paths").and_then(Value::as_array);
        let paths = paths.into_iter().flatten().filter_map(Value::as_array);
        let placed = paths.zip(buffers);
        // A binary value need not have a place in the JSON.
        self.buffers
            .extend(placed.map(|(path, buffer)| (path.clone(), buffer.clone())));
        for (key, value) in values {
            self.values.insert(key.clone(), value.clone());
        }
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

/// Joins two updates of one widget, where nothing of the first is lost: the value of a
/// slider that was moved on meanwhile is of no interest any more.
pub(in crate::session) fn joined(first: &CommEvent, second: &CommEvent) -> Option<CommEvent> {
    let is_update = |event: &CommEvent| method(&event.data) == "update";
    let has_buffers = |event: &CommEvent| !event.buffers.is_empty();
    let fits = first.comm == second.comm
        && first.action == second.action
        && [first, second].into_iter().all(is_update)
        && ![first, second].into_iter().any(has_buffers);
    if !fits {
        return None;
    }
    let mut state = first.data.get("state")?.as_object()?.clone();
    state.extend(second.data.get("state")?.as_object()?.clone());
    let mut joined = second.clone();
    joined.data["state"] = Value::Object(state);
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CommAction;

    fn comm(values: Value) -> Comm {
        let mut state = State::default();
        state.merge(&json!({"state": values}), &[]);
        Comm {
            target: WIDGET.to_owned(),
            opened_by: None,
            state,
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
        let (data, buffers) = state.update();
        assert_eq!(data["state"], json!({"a": 5, "b": null}));
        assert_eq!(data["buffer_paths"], json!([["b"]]));
        assert_eq!(buffers, [bytes(2)]);
    }

    #[test]
    fn two_updates_of_one_widget_are_one() {
        let event = |comm: &str, data: Value| CommEvent {
            comm: comm.to_owned(),
            action: CommAction::Message,
            data,
            metadata: Map::new(),
            buffers: Vec::new(),
        };
        let update =
            |comm: &str, state: Value| event(comm, json!({"method": "update", "state": state}));
        let click = event(
            "a",
            json!({"method": "custom", "content": {"event": "click"}}),
        );
        let rows = [
            (
                update("a", json!({"value": 1})),
                update("a", json!({"value": 2})),
                Some(json!({"value": 2})),
            ),
            (
                update("a", json!({"value": 1, "index": 0})),
                update("a", json!({"value": 2})),
                Some(json!({"value": 2, "index": 0})),
            ),
            (
                update("a", json!({"value": 1})),
                update("b", json!({"value": 2})),
                None,
            ),
            (click.clone(), update("a", json!({"value": 2})), None),
            (update("a", json!({"value": 2})), click.clone(), None),
            (click.clone(), click, None),
        ];
        for (first, second, expected) in rows {
            let state = joined(&first, &second).map(|event| event.data["state"].clone());
            assert_eq!(state, expected, "{first:?} {second:?}");
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
        assert!((0..MOST).all(|id| comms.insert(id.to_string(), comm(json!({})))));
        assert!(!comms.insert("one more".into(), comm(json!({}))));
        assert!(
            comms.insert("0".into(), comm(json!({}))),
            "it is there already"
        );
    }
}

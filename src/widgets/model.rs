//! What all widgets are: a state that both ends know, and who wants to hear of changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::rerun::as_turn_of;
use crate::notebook::comm::{Comm, Listener, Message, Task};
use crate::notebook::{MimeBundle, Rich};

/// The versions of ipywidgets' messages and modules.
const PROTOCOL: &str = "2.1.0";
const BASE: (&str, &str) = ("@jupyter-widgets/base", "2.0.0");
const CONTROLS: (&str, &str) = ("@jupyter-widgets/controls", "2.0.0");
const OUTPUT: (&str, &str) = ("@jupyter-widgets/output", "1.0.0");

/// The type under which a front end finds a widget to show.
const VIEW: &str = "application/vnd.jupyter.widget-view+json";

/// Something that a reader sees and can change; see the [module](crate::widgets).
pub trait Widget {
    /// Its state.
    #[doc(hidden)]
    fn model(&self) -> &Model;

    /// What it is, in a line.
    fn text(&self) -> String;
}

/// A widget can be shown, also as the value of a cell.
pub(super) fn bundle(widget: &(impl Widget + ?Sized)) -> MimeBundle {
    let view = json!({
        "version_major": 2,
        "version_minor": 0,
        "model_id": widget.model().id(),
    });
    MimeBundle::text(widget.text()).with(VIEW, view.to_string())
}

/// Makes a type a widget: [`Rich`], and what evcxr calls for the value of a cell.
macro_rules! widget {
    (impl<$number:ident: $bound:ident> $name:ty) => {
        widget!(@ [$number: $bound] $name);
    };
    (@ [$($bounds:tt)*] $name:ty) => {
        impl<$($bounds)*> $crate::notebook::Rich for $name {
            fn mime_bundle(&self) -> $crate::notebook::MimeBundle {
                $crate::widgets::model::bundle(self)
            }
        }

        impl<$($bounds)*> $name {
            /// Shows it below the cell.
            pub fn show(&self) {
                $crate::notebook::display(self);
            }

            /// Removes it wherever it is shown.
            pub fn close(&self) {
                $crate::widgets::Widget::model(self).close();
            }

            #[doc(hidden)]
            pub fn evcxr_display(&self) {
                self.show();
            }
        }
    };
    ($name:ty) => {
        widget!(@ [] $name);
    };
}
pub(super) use widget;

/// What kind of widget it is, in ipywidgets' names without their endings.
pub(super) struct Kind {
    /// `IntSlider` for `IntSliderModel`.
    pub model: &'static str,
    /// `IntSlider` for `IntSliderView`.
    pub view: &'static str,
    /// `Slider` for `SliderStyleModel`.
    pub style: Option<&'static str>,
    /// A width that is not the usual one.
    pub width: Option<&'static str>,
}

/// What has changed, for handlers.
pub(super) enum Change<'a> {
    /// The reader has set these parts of the state.
    Set(&'a Map<String, Value>),
    /// Something happened that is no state: a click.
    Event(&'a str),
}

type Handler = Arc<dyn Fn(&Change<'_>) + Send + Sync>;

/// The state of a widget. Clones are the same widget.
#[derive(Clone)]
pub struct Model(Arc<Inner>);

struct Inner {
    comm: Comm,
    state: Mutex<Map<String, Value>>,
    handlers: Mutex<Vec<Handler>>,
    /// Held while it is set at both ends.
    setting: Mutex<()>,
    /// Its layout and style, which are models of their own.
    parts: Vec<Model>,
}

impl Model {
    /// Makes a widget of `kind` with `state`, which is an object.
    pub(super) fn new(kind: &Kind, state: Value) -> Self {
        let module = if kind.model == "Output" {
            OUTPUT
        } else {
            CONTROLS
        };
        let layout = Self::part("Layout", "Layout", BASE, kind.width.map(|w| ("width", w)));
        let style = kind.style.map(|style| {
            let width = (style != "Button").then_some(("description_width", "initial"));
            Self::part(&format!("{style}Style"), "Style", CONTROLS, width)
        });
        let mut own = identity(kind.model, kind.view, module, module);
        own.insert("layout".to_owned(), layout.reference());
        if let Some(style) = &style {
            own.insert("style".to_owned(), style.reference());
        }
        if let Value::Object(state) = state {
            own.extend(state);
        }
        let parts = std::iter::once(layout).chain(style).collect();
        Self::open(own, parts)
    }

    /// A layout or a style: names and values, and no view of its own.
    fn part(model: &str, view: &str, module: (&str, &str), value: Option<(&str, &str)>) -> Self {
        let mut state = identity(model, view, module, BASE);
        state.extend(value.map(|(key, value)| (key.to_owned(), Value::from(value))));
        Self::open(state, Vec::new())
    }

    fn open(state: Map<String, Value>, parts: Vec<Model>) -> Self {
        let comm = Comm::new();
        let inner = Arc::new(Inner {
            comm: comm.clone(),
            state: Mutex::new(state.clone()),
            handlers: Mutex::default(),
            setting: Mutex::default(),
            parts,
        });
        let data = json!({"state": state, "buffer_paths": []});
        let metadata = Map::from_iter([("version".to_owned(), Value::from(PROTOCOL))]);
        let listener = Arc::clone(&inner);
        comm.open_with("jupyter.widget", &data, &metadata, &[], listener);
        Self(inner)
    }

    pub(super) fn id(&self) -> &str {
        self.0.comm.id()
    }

    /// How other models refer to it.
    pub(super) fn reference(&self) -> Value {
        Value::from(format!("IPY_MODEL_{}", self.id()))
    }

    /// The value of `key`; null where there is none.
    pub(super) fn get(&self, key: &str) -> Value {
        lock(&self.0.state).get(key).cloned().unwrap_or_default()
    }

    /// Sets `key` at both ends. Handlers are not called: they hear of the reader.
    pub(super) fn set(&self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        // Two threads must not be heard in another order than they are remembered.
        let _setting = lock(&self.0.setting);
        lock(&self.0.state).insert(key.to_owned(), value.clone());
        let data = json!({"method": "update", "state": {key: value}, "buffer_paths": []});
        self.0.comm.send(&data, &[]);
    }

    /// Remembers that `key` is `value`, which front ends hear from the kernel.
    pub(super) fn note(&self, key: &str, value: Value) {
        lock(&self.0.state).insert(key.to_owned(), value);
    }

    /// Has `handler` called when the reader has set `key`.
    pub(super) fn on_set(&self, key: &'static str, handler: impl Fn() + Send + Sync + 'static) {
        self.listen(move |change| {
            if let Change::Set(values) = change
                && values.contains_key(key)
            {
                handler();
            }
        });
    }

    /// Has `handler` called when `event` happens.
    pub(super) fn on_event(&self, event: &'static str, handler: impl Fn() + Send + Sync + 'static) {
        self.listen(move |change| {
            if let Change::Event(name) = change
                && *name == event
            {
                handler();
            }
        });
    }

    fn listen(&self, handler: impl Fn(&Change<'_>) + Send + Sync + 'static) {
        lock(&self.0.handlers).push(Arc::new(handler));
    }

    /// How many have it in hand.
    pub(super) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }

    pub(super) fn close(&self) {
        self.0.comm.close();
        for part in &self.0.parts {
            part.close();
        }
    }
}

impl Listener for Inner {
    fn hear(&self, message: Message) -> Option<Task> {
        let data = message.data;
        let (values, event) = match data.get("method").and_then(Value::as_str) {
            Some("update") => {
                let values = data.get("state").and_then(Value::as_object)?.clone();
                lock(&self.state).extend(values.clone());
                (values, None)
            }
            Some("custom") => {
                let event = data.pointer("/content/event")?.as_str()?;
                (Map::new(), Some(event.to_owned()))
            }
            _ => return None,
        };
        let handlers = lock(&self.handlers).clone();
        if handlers.is_empty() {
            return None;
        }
        let id = self.comm.id().to_owned();
        Some(Box::new(move || {
            let change = match &event {
                Some(event) => Change::Event(event),
                None => Change::Set(&values),
            };
            as_turn_of(&id, || handlers.iter().for_each(|handler| handler(&change)));
        }))
    }

    fn state(&self) -> Option<Map<String, Value>> {
        let mut state = lock(&self.state).clone();
        // What an `Output` shows is known to front ends alone.
        state.remove("outputs");
        Some(state)
    }
}

/// Which code of the front end a model belongs to.
fn identity(
    model: &str,
    view: &str,
    module: (&str, &str),
    view_module: (&str, &str),
) -> Map<String, Value> {
    let pairs = [
        ("_model_module", module.0.to_owned()),
        ("_model_module_version", module.1.to_owned()),
        ("_model_name", format!("{model}Model")),
        ("_view_module", view_module.0.to_owned()),
        ("_view_module_version", view_module.1.to_owned()),
        ("_view_name", format!("{view}View")),
    ];
    let pairs = pairs.into_iter();
    pairs
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect()
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = lock(&self.0.state);
        let name = state.get("_model_name").and_then(Value::as_str);
        f.debug_struct("Model")
            .field("name", &name.unwrap_or_default())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Widget + ?Sized> Widget for &W {
    fn model(&self) -> &Model {
        (**self).model()
    }

    fn text(&self) -> String {
        (**self).text()
    }
}

impl Rich for dyn Widget + '_ {
    fn mime_bundle(&self) -> MimeBundle {
        bundle(self)
    }
}

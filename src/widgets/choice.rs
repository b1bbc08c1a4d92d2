//! One of several options.

use serde_json::{Value, json};

use super::interact::control;
use super::model::{Kind, Model, Widget, widget};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident $width:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            model: Model,
            label: String,
            options: Vec<String>,
        }

        impl $name {
            /// A choice of `options`, of which the first is chosen.
            pub fn new<S: Into<String>>(
                label: &str,
                options: impl IntoIterator<Item = S>,
            ) -> Self {
                let options: Vec<String> = options.into_iter().map(Into::into).collect();
                let kind = Kind {
                    model: stringify!($name),
                    view: stringify!($name),
                    style: Some("Description"),
                    width: $width,
                };
                let first = (!options.is_empty()).then_some(0);
                let state = json!({
                    "description": label,
                    "_options_labels": options,
                    "index": first,
                });
                Self {
                    model: Model::new(&kind, state),
                    label: label.to_owned(),
                    options,
                }
            }

            /// As [`Self::new`], with none chosen yet.
            pub fn unchosen<S: Into<String>>(
                label: &str,
                options: impl IntoIterator<Item = S>,
            ) -> Self {
                let choice = Self::new(label, options);
                choice.model.set("index", Value::Null);
                choice
            }

            /// Which option is chosen, counted from 0.
            pub fn index(&self) -> Option<usize> {
                let index = self.model.get("index").as_u64()?;
                usize::try_from(index).ok().filter(|index| *index < self.options.len())
            }

            /// The option that is chosen; empty where none is.
            pub fn value(&self) -> String {
                let chosen = self.index().and_then(|index| self.options.get(index));
                chosen.cloned().unwrap_or_default()
            }

            /// Chooses `option`; nothing happens where there is no such option.
            pub fn set_value(&self, option: &str) {
                if let Some(index) = self.options.iter().position(|one| one == option) {
                    self.model.set("index", index);
                }
            }

            /// Has `handler` called with the option whenever a reader has chosen.
            pub fn on_change(&self, handler: impl Fn(String) + Send + Sync + 'static) {
                let choice = self.clone();
                self.model.on_set("index", move || handler(choice.value()));
            }
        }

        impl Widget for $name {
            fn model(&self) -> &Model {
                &self.model
            }

            fn text(&self) -> String {
                let label = match self.label.as_str() {
                    "" => String::new(),
                    label => format!("{label}: "),
                };
                let chosen = match self.index() {
                    Some(_) => self.value(),
                    None => "none".to_owned(),
                };
                format!("{label}{chosen} (of {})", self.options.join(", "))
            }
        }

        control!($name, String, "index");
        widget!($name);
    };
}

choices! {
    /// One of several options, in a list that opens.
    ///
    /// ```
    /// use twoaxes::prelude::*;
    ///
    /// let policy = widgets::Dropdown::new("policy", ["first come", "shortest first"]);
    /// policy.set_value("shortest first");
    /// assert_eq!((policy.index(), policy.value().as_str()), (Some(1), "shortest first"));
    /// ```
    Dropdown None
}

choices! {
    /// One of several options, all in sight.
    RadioButtons Some("max-content")
}

//! Boxes: widgets beside or below each other.

use serde_json::{Value, json};

use super::model::{Kind, Model, Widget, widget};

macro_rules! boxes {
    ($(#[$doc:meta])* $name:ident $separator:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            model: Model,
            text: String,
        }

        impl $name {
            /// A box of `children`, in their order.
            pub fn new<'a>(children: impl IntoIterator<Item = &'a dyn Widget>) -> Self {
                let children: Vec<_> = children.into_iter().collect();
                let references: Vec<Value> =
                    children.iter().map(|child| child.model().reference()).collect();
                let texts: Vec<String> = children.iter().map(|child| child.text()).collect();
                let kind = Kind {
                    model: stringify!($name),
                    view: stringify!($name),
                    style: None,
                    width: None,
                };
                Self {
                    model: Model::new(&kind, json!({"children": references, "box_style": ""})),
                    text: texts.join($separator),
                }
            }
        }

        impl Widget for $name {
            fn model(&self) -> &Model {
                &self.model
            }

            fn text(&self) -> String {
                self.text.clone()
            }
        }

        widget!($name);
    };
}

boxes! {
    /// Widgets beside each other.
    ///
    /// ```
    /// use twoaxes::prelude::*;
    ///
    /// let (start, stop) = (widgets::Button::new("start"), widgets::Button::new("stop"));
    /// widgets::HBox::new([&start as &dyn widgets::Widget, &stop]).show();
    /// ```
    HBox "   "
}

boxes! {
    /// Widgets below each other.
    VBox "\n"
}

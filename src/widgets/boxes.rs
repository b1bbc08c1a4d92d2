//! Boxes: widgets beside or below each other.

use serde_json::{Value, json};

use super::model::{Kind, Model, Widget, widget};

/// What a box can hold: up to eight widgets of any kinds in a tuple, or any number of one
/// kind.
pub trait Children {
    /// Calls `visit` with each of them.
    #[doc(hidden)]
    fn each(&self, visit: &mut dyn FnMut(&dyn Widget));
}

impl<W: Widget> Children for Vec<W> {
    fn each(&self, visit: &mut dyn FnMut(&dyn Widget)) {
        self.iter().for_each(|child| visit(child));
    }
}

impl<W: Widget, const N: usize> Children for [W; N] {
    fn each(&self, visit: &mut dyn FnMut(&dyn Widget)) {
        self.iter().for_each(|child| visit(child));
    }
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Widget),*> Children for ($($name,)*) {
            fn each(&self, visit: &mut dyn FnMut(&dyn Widget)) {
                $(visit(&self.$index);)*
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

macro_rules! boxes {
    ($(#[$doc:meta])* $name:ident $separator:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            model: Model,
            text: String,
        }

        impl $name {
            /// A box of `children`, in their order: a tuple, an array or a vector of widgets.
            pub fn new(children: impl Children) -> Self {
                let (mut references, mut texts) = (Vec::<Value>::new(), Vec::<String>::new());
                children.each(&mut |child| {
                    references.push(child.model().reference());
                    texts.push(child.text());
                });
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
    /// widgets::HBox::new((&start, &stop)).show();
    /// ```
    HBox "   "
}

boxes! {
    /// Widgets below each other.
    VBox "\n"
}

//! `interact`: code that runs anew whenever a reader moves something.

use std::fmt::{Debug, Display};

use super::boxes::VBox;
use super::model::{Model, Widget};
use super::output::Output;
use super::rerun::{as_turn_of, close_at_rerun, close_at_rerun_unless_held};
use crate::notebook::{Rich, clear_output, display};

/// Something that has a value which a reader chooses; also two to four of them in a tuple.
pub trait Control: Clone + Send + Sync + 'static {
    /// What is chosen.
    type Value;

    /// What is chosen now.
    fn value(&self) -> Self::Value;

    /// What a reader sees of it.
    #[doc(hidden)]
    fn widgets(&self) -> Vec<&dyn Widget>;

    /// Has `handler` called when a reader chooses.
    #[doc(hidden)]
    fn on_any_change(&self, handler: impl Fn() + Send + Sync + Clone + 'static);
}

/// Makes a widget a [`Control`]: its type, the type of its value, and the key of its state
/// that a reader sets.
macro_rules! control {
    (impl<$number:ident: $bound:ident> $name:ty, $value:ty, $key:literal) => {
        control!(@ [$number: $bound] $name, $value, $key);
    };
    (@ [$($bounds:tt)*] $name:ty, $value:ty, $key:literal) => {
        impl<$($bounds)*> $crate::widgets::Control for $name {
            type Value = $value;

            fn value(&self) -> $value {
                // Its own, which comes before the trait's.
                <$name>::value(self)
            }

            fn widgets(&self) -> Vec<&dyn $crate::widgets::Widget> {
                vec![self]
            }

            fn on_any_change(&self, handler: impl Fn() + Send + Sync + Clone + 'static) {
                self.model.on_set($key, handler);
            }
        }
    };
    ($name:ty, $value:ty, $key:literal) => {
        control!(@ [] $name, $value, $key);
    };
}
pub(super) use control;

macro_rules! controls {
    ($($name:ident $index:tt),*) => {
        impl<$($name: Control),*> Control for ($($name,)*) {
            type Value = ($($name::Value,)*);

            fn value(&self) -> Self::Value {
                ($(self.$index.value(),)*)
            }

            fn widgets(&self) -> Vec<&dyn Widget> {
                let mut all = Vec::new();
                $(all.extend(self.$index.widgets());)*
                all
            }

            fn on_any_change(&self, handler: impl Fn() + Send + Sync + Clone + 'static) {
                $(self.$index.on_any_change(handler.clone());)*
            }
        }
    };
}
controls!(A 0, B 1);
controls!(A 0, B 1, C 2);
controls!(A 0, B 1, C 2, D 3);

/// Shows `control`, calls `run` with its value, and again whenever a reader changes it. What
/// `run` prints, displays and returns stands below, in place of what stood there before.
///
/// A reader who moves on while `run` is busy is not followed step by step: when it is done,
/// it is called with where the control stands then.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let policy = widgets::Dropdown::new("policy", ["first come", "shortest first"]);
/// interact((slider("baristas", 1..=4), policy), |(baristas, policy)| {
///     println!("{baristas} of them, {policy}");
/// });
/// ```
pub fn interact<C: Control, R: Show>(
    control: C,
    run: impl Fn(C::Value) -> R + Send + Sync + 'static,
) {
    let output = Output::new();
    let mut children = control.widgets();
    let controls: Vec<Model> = children.iter().map(|one| one.model().clone()).collect();
    children.push(&output);
    let all = VBox::new(children);
    display(&all);
    close_at_rerun(&[&all, &output]);
    // The open comm has it, and `run` below.
    close_at_rerun_unless_held(&controls, 2);
    let output = output.clone();
    let chosen = control.clone();
    let run = std::sync::Arc::new(move || {
        output.capture(|| {
            clear_output(true);
            as_turn_of(output.model().id(), || {
                run(chosen.value()).show_value();
                // Nothing of the turn before is shown any more.
                close_at_rerun(&[]);
            });
        });
    });
    run();
    control.on_any_change(move || run());
}

/// What [`interact`] can show of a value: figures and other [`Rich`] values, and plain ones.
#[diagnostic::on_unimplemented(
    message = "`interact` cannot show a `{Self}`",
    note = "end the closure with something that can be shown: a figure, a number, a text, or `format!(\"{{value:?}}\")`"
)]
pub trait Show {
    /// Shows it below the cell.
    #[doc(hidden)]
    fn show_value(self);
}

impl<T: Rich> Show for T {
    fn show_value(self) {
        display(&self);
    }
}

impl Show for () {
    fn show_value(self) {}
}

macro_rules! plain {
    ($($plain:ty)*) => {$(
        impl Show for $plain {
            fn show_value(self) {
                println!("{self}");
            }
        }
    )*};
}
plain!(bool char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize String &str);

macro_rules! debugged {
    ($(($($bounds:tt)*) $type:ty;)*) => {$(
        impl<$($bounds)*> Show for $type {
            fn show_value(self) {
                println!("{self:?}");
            }
        }
    )*};
}
debugged! {
    (T: Debug) Vec<T>;
    (T: Debug, const N: usize) [T; N];
    (A: Debug) (A,);
    (A: Debug, B: Debug) (A, B);
    (A: Debug, B: Debug, C: Debug) (A, B, C);
    (A: Debug, B: Debug, C: Debug, D: Debug) (A, B, C, D);
    () std::time::Duration;
}

impl<T: Show> Show for Option<T> {
    fn show_value(self) {
        match self {
            Some(value) => value.show_value(),
            None => println!("None"),
        }
    }
}

impl<T: Show, E: Display> Show for Result<T, E> {
    fn show_value(self) {
        match self {
            Ok(value) => value.show_value(),
            Err(error) => eprintln!("{error}"),
        }
    }
}

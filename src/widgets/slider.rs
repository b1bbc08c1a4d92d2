//! Sliders: a number within a range.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::interact::control;
use super::model::{Kind, Model, Widget, widget};

/// A number that a slider can stand at.
pub trait SliderNumber: Copy + PartialOrd + Display + Send + Sync + 'static {
    /// Whether such numbers have a fraction.
    #[doc(hidden)]
    const HAS_FRACTION: bool;
    /// As JSON.
    #[doc(hidden)]
    fn to_json(self) -> Value;
    /// From JSON, if it is such a number.
    #[doc(hidden)]
    fn from_json(value: &Value) -> Option<Self>;
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl SliderNumber for $number {
            const HAS_FRACTION: bool = false;
            fn to_json(self) -> Value {
                Value::from(self)
            }
            fn from_json(value: &Value) -> Option<Self> {
                let signed = value.as_i64().and_then(|value| Self::try_from(value).ok());
                signed.or_else(|| value.as_u64().and_then(|value| Self::try_from(value).ok()))
            }
        }
    )*};
}
whole_numbers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

macro_rules! fractions {
    ($($number:ty)*) => {$(
        impl SliderNumber for $number {
            const HAS_FRACTION: bool = true;
            fn to_json(self) -> Value {
                Value::from(self)
            }
            fn from_json(value: &Value) -> Option<Self> {
                value.as_f64().map(|value| value as $number)
            }
        }
    )*};
}
fractions!(f32 f64);

/// A slider for a number; [`slider`] makes one.
#[derive(Debug, Clone)]
pub struct Slider<N> {
    model: Model,
    label: String,
    range: RangeInclusive<N>,
}

/// A slider for a whole number.
pub type IntSlider = Slider<i64>;

/// A slider for a number with a fraction.
pub type FloatSlider = Slider<f64>;

/// A slider over `range`, which stands at its lower end. Its numbers are of whatever type
/// its user wants.
///
/// ```
/// use twoaxes::prelude::*;
///
/// let workers = slider("workers", 1..=8).at(4);
/// let share = slider("parallel share", 0.0..=1.0).step(0.05);
/// let threads: usize = workers.value();
/// assert_eq!((threads, share.value()), (4, 0.0));
/// ```
pub fn slider<N: SliderNumber>(label: &str, range: RangeInclusive<N>) -> Slider<N> {
    Slider::new(label, range)
}

impl<N: SliderNumber> Slider<N> {
    /// As [`slider`]. A range that runs backwards is taken forwards.
    pub fn new(label: &str, range: RangeInclusive<N>) -> Self {
        let (start, end) = range.into_inner();
        let range = if end < start {
            end..=start
        } else {
            start..=end
        };
        let name = match N::HAS_FRACTION {
            true => "FloatSlider",
            false => "IntSlider",
        };
        let kind = Kind {
            model: name,
            view: name,
            style: Some("Slider"),
            width: None,
        };
        let mut state = json!({
            "description": label,
            "min": range.start().to_json(),
            "max": range.end().to_json(),
            "value": range.start().to_json(),
        });
        if N::HAS_FRACTION {
            state["step"] = Value::from(0.01);
        }
        Self {
            model: Model::new(&kind, state),
            label: label.to_owned(),
            range,
        }
    }

    /// The slider, standing at `value`.
    #[must_use]
    pub fn at(self, value: N) -> Self {
        self.set_value(value);
        self
    }

    /// The slider with steps of `step`; 1, and 0.01 for numbers with a fraction, without.
    #[must_use]
    pub fn step(self, step: N) -> Self {
        self.model.set("step", step.to_json());
        self
    }

    /// The slider that tells only where it is let go: for what takes long to run.
    #[must_use]
    pub fn when_let_go(self) -> Self {
        self.model.set("continuous_update", false);
        self
    }

    /// Where it stands.
    pub fn value(&self) -> N {
        let value = N::from_json(&self.model.get("value"));
        self.within(value.unwrap_or(*self.range.start()))
    }

    /// Moves it, within its range.
    pub fn set_value(&self, value: N) {
        self.model.set("value", self.within(value).to_json());
    }

    /// Has `handler` called with the number whenever a reader has moved it.
    pub fn on_change(&self, handler: impl Fn(N) + Send + Sync + 'static) {
        let slider = self.clone();
        self.model.on_set("value", move || handler(slider.value()));
    }

    fn within(&self, value: N) -> N {
        if self.range.contains(&value) {
            value
        } else if value > *self.range.end() {
            *self.range.end()
        } else {
            *self.range.start()
        }
    }
}

impl<N: SliderNumber> Widget for Slider<N> {
    fn model(&self) -> &Model {
        &self.model
    }

    fn text(&self) -> String {
        let (from, to) = (self.range.start(), self.range.end());
        format!("{}: {} ({from} to {to})", self.label, self.value())
    }
}

control!(impl<N: SliderNumber> Slider<N>, N, "value");
widget!(impl<N: SliderNumber> Slider<N>);

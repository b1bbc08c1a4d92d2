//! What the laws take for a number: any plain one.

/// A plain number of Rust, so that `amdahl(0.8, 4)` and `amdahl(0.8, cores)`
/// work as they are written.
///
/// Whole numbers beyond 2^53 are rounded to the nearest `f64`.
pub trait Number: Copy + sealed::Sealed {
    /// The same number as an `f64`.
    fn to_f64(self) -> f64;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl sealed::Sealed for $number {}
        impl Number for $number {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )*};
}

numbers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64);

//! `print!` in cells: at once, and never half of a line that another thread goes on with.
//!
//! The standard library keeps printed text until its line ends, in one place for all
//! threads. So the half of a line would come out with what another thread prints next, and
//! stand below that thread's cell.

use std::fmt::Arguments;
use std::io::{self, Write as _};

/// As `std::print!`, and what it prints is out when it returns.
#[doc(hidden)]
#[macro_export]
macro_rules! __print_at_once {
    ($($arguments:tt)*) => {
        $crate::cell::print_at_once(::std::format_args!($($arguments)*))
    };
}

pub use crate::__print_at_once as print;

/// Prints and flushes under one lock.
pub fn print_at_once(text: Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    // A closed standard output is the cell's own doing and no reason to stop.
    let _ = stdout.write_fmt(text).and_then(|()| stdout.flush());
}

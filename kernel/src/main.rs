//! kernel
fn main(){}

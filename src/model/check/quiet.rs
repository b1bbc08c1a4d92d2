//! Keeps what `shuttle` prints on its own account out of a cell's output.

pub(super) struct Hush;
pub(super) struct Heard;

pub(super) fn pair() -> (Hush, Heard) {
    (Hush, Heard)
}

impl Hush {
    pub(super) fn begin(self) {}
}

impl Heard {
    pub(super) fn finish(self) {}
}

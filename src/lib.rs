//! twoaxes

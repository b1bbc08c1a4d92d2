//! Programs in a small step language, and everything that they can do.

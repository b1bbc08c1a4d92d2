//! Real Rust closures under the model checkers `loom` and `shuttle`.

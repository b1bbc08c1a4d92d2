//! The variables of a notebook, from one cell to the next.
//!
//! The names and signatures are those that evcxr's generated code calls.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::fault;

/// Variables by name. A cell takes out what it uses and puts back what is left.
#[derive(Default)]
pub struct VariableStore {
    variables: HashMap<&'static str, Box<dyn Any>>,
}

impl VariableStore {
    /// Stores `value` under `name`.
    pub fn put_variable<T: 'static>(&mut self, name: &'static str, value: T) {
        self.put(name, Box::new(value));
    }

    /// Whether `name` still has the type `T`. If not, its type was defined anew
    /// since, and the engine is told that the variable is lost.
    pub fn check_variable<T: 'static>(&mut self, name: &'static str) -> bool {
        let lost = self
            .variables
            .get(name)
            .is_some_and(|value| !value.is::<T>());
        if lost {
            fault::lost(name);
        }
        !lost
    }

    /// Takes `name` out of the store.
    pub fn take_variable<T: 'static>(&mut self, name: &'static str) -> T {
        match self.take(name).downcast::<T>() {
            Ok(value) => *value,
            Err(_) => unavailable(name),
        }
    }

    /// The shared value `name`, made by `create` at its first use.
    pub fn lazy_arc<T: 'static, F: FnOnce() -> T>(
        &mut self,
        name: &'static str,
        create: F,
    ) -> Arc<T> {
        let entry = self
            .variables
            .entry(name)
            .or_insert_with(|| Box::new(Arc::new(create())));
        match entry.downcast_ref::<Arc<T>>() {
            Some(value) => Arc::clone(value),
            None => unavailable(name),
        }
    }

    // Not generic, so that they are compiled here and not in every cell.
    fn put(&mut self, name: &'static str, value: Box<dyn Any>) {
        self.variables.insert(name, value);
    }

    fn take(&mut self, name: &'static str) -> Box<dyn Any> {
        match self.variables.remove(name) {
            Some(value) => value,
            None => unavailable(name),
        }
    }
}

/// Ends the cell (not the process: the cell catches it) when the engine asks
/// for a variable that is not there, which is a fault of the engine's.
fn unavailable(name: &str) -> ! {
    std::panic::resume_unwind(Box::new(format!("the variable `{name}` is not available")))
}

/// Makes the store of a session; it lives until the process ends.
pub fn create_variable_store() -> *mut VariableStore {
    Box::into_raw(Box::default())
}

//! The variables of a notebook, from one cell to the next.
//!
//! The names and signatures of the public methods are those that evcxr's
//! generated code calls. They are generic, so every cell compiles them anew for
//! its variables' types; hence they only say where a value is and of which
//! [`Kind`], and the work is done in functions that are compiled once, here.

use std::alloc::Layout;
use std::any::TypeId;
use std::collections::HashMap;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

use super::catch::catch;
use super::fault;

/// Variables by name. A cell takes out what it uses and puts back what is left.
#[derive(Default)]
pub struct VariableStore {
    variables: HashMap<&'static str, Variable>,
    /// That of the next type that is named.
    version: u64,
}

/// What the store has to know of a type to keep a value of it.
#[derive(Clone, Copy)]
struct Kind {
    id: TypeId,
    layout: Layout,
    /// `None` when there is nothing to do.
    drop: Option<unsafe fn(*mut u8)>,
}

impl Kind {
    const fn of<T: 'static>() -> Self {
        unsafe fn drop_value<T>(value: *mut u8) {
            // SAFETY: the store calls it for its own value of this kind, once.
            unsafe { std::ptr::drop_in_place(value.cast::<T>()) };
        }
        Self {
            id: TypeId::of::<T>(),
            layout: Layout::new::<T>(),
            drop: if std::mem::needs_drop::<T>() {
                Some(drop_value::<T>)
            } else {
                None
            },
        }
    }

    fn is(&self, other: &Self) -> bool {
        self.id == other.id && self.layout == other.layout
    }
}

impl VariableStore {
    /// The next type that is named is that of this version. Cells are compiled
    /// apart: a type that was defined anew has the id of the old one, so the
    /// kernel gives each set of definitions a number.
    pub fn version(&mut self, version: u64) -> &mut Self {
        self.version = version;
        self
    }

    /// Stores `value` under `name`.
    pub fn put_variable<T: 'static>(&mut self, name: &'static str, value: T) {
        let value = ManuallyDrop::new(value);
        // SAFETY: the value is moved out and not used again.
        unsafe { self.put(name, const { &Kind::of::<T>() }, (&raw const value).cast()) };
    }

    /// Whether `name` still has the type `T`. If not, its type was defined anew
    /// since, and the engine is told that the variable is lost.
    pub fn check_variable<T: 'static>(&mut self, name: &'static str) -> bool {
        self.check(name, const { &Kind::of::<T>() })
    }

    /// Takes `name` out of the store.
    pub fn take_variable<T: 'static>(&mut self, name: &'static str) -> T {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: `take` returns only after it has moved a `T` there.
        unsafe {
            self.take(
                name,
                const { &Kind::of::<T>() },
                value.as_mut_ptr().cast::<u8>(),
            );
            value.assume_init()
        }
    }

    /// # Safety
    ///
    /// `value` must point to a value of `kind`, which the caller gives away.
    unsafe fn put(&mut self, name: &'static str, kind: &Kind, value: *const u8) {
        // SAFETY: the caller's promise.
        let mut variable = unsafe { Variable::new(*kind, value) };
        variable.version = std::mem::take(&mut self.version);
        let old = self.variables.insert(name, variable);
        // Behind the student's statements nothing else would catch its panic.
        if catch(|| drop(old)).is_err() {
            fault::panicked();
        }
    }

    fn check(&mut self, name: &'static str, kind: &Kind) -> bool {
        let version = std::mem::take(&mut self.version);
        let known = self.variables.get(name);
        let lost = known.is_some_and(|variable| !variable.is(kind, version));
        if lost {
            fault::lost(name);
        }
        !lost
    }

    /// # Safety
    ///
    /// `to` must have room for a value of `kind`.
    unsafe fn take(&mut self, name: &'static str, kind: &Kind, to: *mut u8) {
        let version = std::mem::take(&mut self.version);
        match self.variables.remove(name) {
            // SAFETY: the caller's promise; the types are the same.
            Some(variable) if variable.is(kind, version) => unsafe { variable.move_to(to) },
            _ => unavailable(name),
        }
    }
}

/// A value without its type.
struct Variable {
    kind: Kind,
    version: u64,
    /// Allocated with the kind's layout; dangling when that has no size.
    value: NonNull<u8>,
}

impl Variable {
    fn is(&self, kind: &Kind, version: u64) -> bool {
        self.kind.is(kind) && self.version == version
    }

    /// # Safety
    ///
    /// As for [`VariableStore::put`].
    unsafe fn new(kind: Kind, value: *const u8) -> Self {
        let layout = kind.layout;
        let place = if layout.size() == 0 {
            layout.dangling_ptr()
        } else {
            // SAFETY: the layout has a size.
            NonNull::new(unsafe { std::alloc::alloc(layout) })
                .unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
        };
        // SAFETY: both have `size` bytes, and one was allocated just now.
        unsafe { std::ptr::copy_nonoverlapping(value, place.as_ptr(), layout.size()) };
        Self {
            kind,
            version: 0,
            value: place,
        }
    }

    /// # Safety
    ///
    /// `to` must have room for a value of this kind.
    unsafe fn move_to(self, to: *mut u8) {
        let variable = ManuallyDrop::new(self);
        // SAFETY: the caller's promise; the value is not used here again.
        unsafe {
            std::ptr::copy_nonoverlapping(variable.value.as_ptr(), to, variable.kind.layout.size());
            variable.free();
        }
    }

    /// # Safety
    ///
    /// Once, and nothing may use the place again.
    unsafe fn free(&self) {
        if self.kind.layout.size() > 0 {
            // SAFETY: it was allocated with this layout.
            unsafe { std::alloc::dealloc(self.value.as_ptr(), self.kind.layout) };
        }
    }
}

impl Drop for Variable {
    fn drop(&mut self) {
        if let Some(drop) = self.kind.drop {
            // SAFETY: the value is of this kind and dropped once.
            unsafe { drop(self.value.as_ptr()) };
        }
        // SAFETY: this is the end of the variable.
        unsafe { self.free() };
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

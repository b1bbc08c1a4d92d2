//! Shared objects: the helper library, found by its C interface, and cells.

use std::ffi::{c_int, c_void};
use std::mem::ManuallyDrop;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, bail};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use super::{PANIC_NOTIFICATION, USER_ERROR, VARIABLE_LOST, attribution};
use crate::toolchain::FUNCTION;
use crate::toolchain::library::Manifest;

/// The version of the helper library's C interface that this kernel speaks.
const ABI_VERSION: u32 = 10;

type ReportFn = extern "C" fn(u32, *const u8, usize);
type OwnCellFn = extern "C" fn() -> u64;

/// The helper library, loaded once. Cells link to this very copy.
pub struct CellLibrary {
    prepare: extern "C" fn(),
    begin: unsafe extern "C" fn(u64, Text, Text, Text),
    end: extern "C" fn(ReportFn),
    attach: unsafe extern "C" fn(c_int),
    flush: extern "C" fn(),
    receive: unsafe extern "C" fn(Text) -> bool,
    handle: extern "C" fn(),
    attribute: extern "C" fn(OwnCellFn),
    is_of_pool: extern "C" fn() -> bool,
}

/// A text that the library reads while it is called; null for none.
#[repr(C)]
#[derive(Clone, Copy)]
struct Text {
    bytes: *const u8,
    length: usize,
}

impl Text {
    fn of(text: Option<&str>) -> Self {
        Self {
            bytes: text.map_or(std::ptr::null(), str::as_ptr),
            length: text.map_or(0, str::len),
        }
    }
}

impl CellLibrary {
    /// Loads the library of `directory` and the standard library it needs.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let manifest = Manifest::read(directory)?;
        // First the standard library: the other is linked to it by name.
        load(&manifest.std_path)?;
        let library = load(&manifest.library_path(directory)?)?;
        // SAFETY: the types are those of the helper crate's `cell::abi`, of the
        // version that is checked here.
        unsafe {
            let version = library.get::<extern "C" fn() -> u32>(b"twoaxes_abi_version")?;
            if version() != ABI_VERSION {
                bail!(
                    "the helper library speaks version {} of its interface and the kernel version \
                     {ABI_VERSION}; run ./install.sh to build both from the same source",
                    version()
                );
            }
            Ok(Self {
                prepare: *library.get(b"twoaxes_prepare")?,
                begin: *library.get(b"twoaxes_cell_begin")?,
                end: *library.get(b"twoaxes_cell_end")?,
                attach: *library.get(b"twoaxes_attach")?,
                flush: *library.get(b"twoaxes_flush")?,
                receive: *library.get(b"twoaxes_comm_receive")?,
                handle: *library.get(b"twoaxes_comm_handle")?,
                attribute: *library.get(b"twoaxes_attribute")?,
                is_of_pool: *library.get(b"twoaxes_is_of_pool")?,
            })
        }
    }

    /// Has it open what lives as long as the process, whichever cell would be the first to
    /// want it.
    pub fn prepare(&self) {
        (self.prepare)();
    }

    /// Gives the library its channel to the kernel.
    pub fn attach(&self, channel: UnixStream) {
        // SAFETY: the descriptor is open and given away.
        unsafe { (self.attach)(channel.into_raw_fd()) };
    }

    /// Has what it shows and what is printed told apart by the cells whose threads
    /// these are.
    pub fn attribute(&self) {
        (self.attribute)(attribution::own_cell);
        attribution::ask(self.is_of_pool);
    }

    /// Passes on what was printed.
    pub fn flush(&self) {
        (self.flush)();
    }

    /// Begins a cell, which threads know as `number`, whose id in the notebook is `name`, and whose verdict is
    /// worth nothing without `secret`; or what else answers the front end's `request`.
    pub fn begin(
        &self,
        number: u64,
        name: Option<&str>,
        secret: Option<&str>,
        request: Option<&str>,
    ) {
        let [name, secret, request] = [name, secret, request].map(Text::of);
        // SAFETY: the texts live until this returns.
        unsafe { (self.begin)(number, name, secret, request) };
    }

    /// Passes on what has come on a comm, as JSON. Whether a handler wants to run for it.
    pub fn receive(&self, event: &str) -> bool {
        // SAFETY: the text lives until this returns.
        unsafe { (self.receive)(Text::of(Some(event))) }
    }

    /// Runs the handlers of what was received last.
    pub fn handle(&self) {
        (self.handle)();
    }

    /// Ends the cell and returns the lines that tell evcxr how it went.
    pub fn end(&self) -> Vec<String> {
        (self.end)(note);
        REPORTS
            .lock()
            .map(|mut reports| std::mem::take(&mut *reports))
            .unwrap_or_default()
    }
}

/// What `note` has collected; a C callback has nowhere else to put it.
static REPORTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

extern "C" fn note(kind: u32, name: *const u8, length: usize) {
    let report = match kind {
        1 => PANIC_NOTIFICATION.to_owned(),
        2 => USER_ERROR.to_owned(),
        3 if !name.is_null() => {
            // SAFETY: the library passes the bytes of a name that it holds.
            let name = unsafe { std::slice::from_raw_parts(name, length) };
            format!("{VARIABLE_LOST}{}", String::from_utf8_lossy(name))
        }
        _ => return,
    };
    if let Ok(mut reports) = REPORTS.lock() {
        reports.push(report);
    }
}

/// The function of a compiled cell.
pub struct Loaded {
    function: extern "C" fn(*mut c_void) -> *mut c_void,
}

impl Loaded {
    /// Loads `object`, which is never unloaded: values, threads and destructors
    /// of its cell may live as long as the process.
    pub fn open(object: &Path) -> anyhow::Result<Self> {
        let library = load(object)?;
        // SAFETY: it is generated with this type.
        let function = unsafe { *library.get(FUNCTION.as_bytes())? };
        Ok(Self { function })
    }

    /// Runs the cell on the variable store and returns the store.
    pub fn run(&self, variables: *mut c_void) -> *mut c_void {
        (self.function)(variables)
    }
}

/// Loads `path` for as long as the process lives.
fn load(path: &Path) -> anyhow::Result<ManuallyDrop<Library>> {
    // SAFETY: initialisers of these objects are rustc's own.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
        .with_context(|| format!("cannot load {}", path.display()))?;
    Ok(ManuallyDrop::new(library))
}

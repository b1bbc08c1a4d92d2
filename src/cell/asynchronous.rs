//! tokio in cells: runs the statements of one that has an `.await`.

use std::pin::{Pin, pin};
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use super::fault;

/// Runs `future` to its end on the notebook's tokio runtime, which later cells
/// use, too: what this one spawned goes on.
pub fn block_on<R>(future: impl Future<Output = R>) {
    drive(pin!(async {
        future.await;
    }));
}

/// Opens the two sockets through which tokio hears of signals. It keeps them from its first
/// runtime with input and output on, whoever makes that one, and nobody can close them.
pub fn open_signals() {
    // Where there is none, a cell that wants one will hear why.
    drop(Builder::new_current_thread().enable_io().build());
}

// Not generic: tokio's scheduler is compiled once, here.
fn drive(future: Pin<&mut dyn Future<Output = ()>>) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => match Runtime::new() {
            Ok(runtime) => RUNTIME.get_or_init(|| runtime),
            Err(error) => {
                let message = format!("tokio's runtime does not start: {error}");
                return fault::failed(std::any::type_name::<std::io::Error>(), &message);
            }
        },
    };
    runtime.block_on(future);
}

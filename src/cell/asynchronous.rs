//! Runs the statements of a cell that has an `.await`.

use std::pin::{Pin, pin};
use std::sync::OnceLock;

use tokio::runtime::Runtime;

use super::fault;

/// Runs `future` to its end on the notebook's tokio runtime, which later cells
/// use, too: what this one spawned goes on.
pub fn block_on<R>(future: impl Future<Output = R>) {
    drive(pin!(async {
        future.await;
    }));
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

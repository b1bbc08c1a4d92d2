//! Which threads are those of a pool: they work for whichever cell asks.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Whether this thread is one. It looks at what rayon and tokio keep for each thread, which
/// is quick enough to be asked at every print.
pub(super) fn is_here() -> bool {
    rayon::current_thread_index().is_some() || is_tokio_worker()
}

/// Whether a task runs on a thread of a runtime's. Who only waits for a future, by
/// `block_on`, is in no task; and a runtime of one thread has none of its own.
fn is_tokio_worker() -> bool {
    tokio::task::try_id().is_some()
        && Handle::try_current()
            .is_ok_and(|runtime| runtime.runtime_flavor() != RuntimeFlavor::CurrentThread)
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn workers_are_of_a_pool_and_who_asks_them_is_not() {
        assert!(!is_here());
        assert!(rayon::join(is_here, is_here).1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        assert!(pool.unwrap().install(is_here));
        let many = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        assert!(!many.block_on(async { is_here() }));
        assert!(many.block_on(many.spawn(async { is_here() })).unwrap());
        assert!(many.block_on(many.spawn_blocking(is_here)).unwrap());
        let one = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        assert!(!one.block_on(one.spawn(async { is_here() })).unwrap());
    }
}

//! The thread that loads cells' objects where cells must not see them.
//!
//! The directory of the objects holds whatever was compiled in this session, and
//! with it tests that are hidden. It is open at one descriptor and lies at no
//! path that this process can reach; this thread alone has it as its working
//! directory. No thread that runs cells comes from here.

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::{Context, anyhow};
use rustix::fd::{FromRawFd, OwnedFd};

use super::library::Loaded;
use crate::sandbox::Inside;

/// Loads objects on a thread of its own.
pub struct Loader {
    directory: PathBuf,
    requests: mpsc::Sender<PathBuf>,
    loaded: mpsc::Receiver<anyhow::Result<Loaded>>,
}

impl Loader {
    /// Starts the thread, which takes the descriptor.
    pub fn start(inside: &Inside) -> anyhow::Result<Self> {
        // SAFETY: the engine has opened it for this process, and nothing else
        // here uses it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(inside.descriptor) };
        let (requests, incoming) = mpsc::channel::<PathBuf>();
        let (answers, loaded) = mpsc::channel();
        let (ready, is_ready) = mpsc::channel();
        std::thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || {
                let entered = enter(descriptor);
                let failed = entered.is_err();
                if ready.send(entered).is_err() || failed {
                    return;
                }
                for path in incoming {
                    if answers.send(Loaded::open(&path)).is_err() {
                        return;
                    }
                }
            })
            .context("cannot start the thread that loads cells")?;
        is_ready
            .recv()
            .map_err(|_| anyhow!("the thread that loads cells has ended"))??;
        Ok(Self {
            directory: inside.cells.clone(),
            requests,
            loaded,
        })
    }

    /// Loads the object at `path`, which lies in the directory.
    pub fn load(&self, path: &Path) -> anyhow::Result<Loaded> {
        let inner = path.strip_prefix(&self.directory).with_context(|| {
            format!(
                "{} does not lie in {}",
                path.display(),
                self.directory.display()
            )
        })?;
        let ended = "the thread that loads cells has ended";
        // A name without a slash would be looked for among the libraries.
        self.requests
            .send(Path::new(".").join(inner))
            .map_err(|_| anyhow!(ended))?;
        self.loaded.recv().map_err(|_| anyhow!(ended))?
    }
}

/// Gives this thread a working directory of its own.
fn enter(directory: OwnedFd) -> anyhow::Result<()> {
    // SAFETY: no data is shared over what is unshared.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::FS) }
        .context("cannot have a working directory of its own")?;
    rustix::process::fchdir(directory).context("cannot enter the directory of cells")
}

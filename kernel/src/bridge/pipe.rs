//! The pipes that running code prints into.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::hub::{BridgeError, error};

/// What a pipe is to hold, where the system allows it (64 KiB otherwise), so that a
/// cell goes on printing while its stream rests.
const PIPE_BYTES: usize = 1 << 20;

/// How many bytes a pipe can hold.
pub(super) fn capacity(pipe: &File) -> u64 {
    let size = rustix::pipe::fcntl_getpipe_size(pipe).ok();
    // The least that a pipe can have.
    size.and_then(|size| u64::try_from(size).ok())
        .unwrap_or(4096)
}

/// How many bytes the pipe holds.
pub(super) fn pending(pipe: &File) -> u64 {
    rustix::io::ioctl_fionread(pipe).unwrap_or(0)
}

/// One read of at most `left` bytes; `None` when there is nothing more.
pub(super) fn read_some(mut pipe: &File, buffer: &mut [u8], left: &mut u64) -> Option<usize> {
    let wanted = buffer
        .len()
        .min(usize::try_from(*left).unwrap_or(usize::MAX));
    if wanted == 0 {
        return None;
    }
    match pipe.read(&mut buffer[..wanted]) {
        Ok(0) | Err(_) => None,
        Ok(length) => {
            *left -= length as u64;
            Some(length)
        }
    }
}

/// A named pipe, opened for both directions: it stays readable, without an end
/// of file, while the processes that write to it come and go.
pub(super) fn pipe(path: &Path) -> Result<File, BridgeError> {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        Mode::RUSR | Mode::WUSR,
        0,
    )
    .map_err(|source| error("make the pipe", path, source.into()))?;
    let pipe = rustix::fs::open(
        path,
        OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(|source| error("open the pipe", path, source.into()))?;
    // Somebody with many pipes may have no more memory for this one: it serves as it is.
    if let Err(error) = rustix::pipe::fcntl_setpipe_size(&pipe, PIPE_BYTES) {
        tracing::debug!("a small pipe, {}: {error}", path.display());
    }
    Ok(File::from(pipe))
}

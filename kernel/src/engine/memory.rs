//! The memory that rust-analyzer's knowledge takes, once it has loaded.
//!
//! At every cell, rust-analyzer goes over some hundred thousand small values all
//! over the heap to see that they still hold. Most of that time is spent looking
//! up where pages are, so the heap's dense parts are put into pages of 2 MiB.

use std::fs;

/// So many bytes are a huge page.
const HUGE: usize = 2 << 20;

/// So many bytes are a usual page at least; a larger one counts as several.
const PAGE: usize = 4096;

/// A part of the heap is dense when that many of its pages are in use. What is
/// not in use takes memory, too, afterwards.
const DENSE: usize = HUGE / PAGE * 4 / 5;

/// So many parts are moved at a time: some 40 ms, which a cell may wait for.
const AT_A_TIME: usize = 8;

/// Gives the memory back that loading took and left behind.
pub fn release() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it may be called at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The heap's move into huge pages, a few at a time.
pub struct HugePages {
    /// Where the parts are that are left; `None` before they are known.
    parts: Option<Vec<usize>>,
}

impl HugePages {
    pub fn new() -> Self {
        Self { parts: None }
    }

    /// Moves some parts; whether there are more. A system that has no huge pages
    /// leaves everything as it is.
    pub fn move_some(&mut self) -> bool {
        let parts = self.parts.get_or_insert_with(|| {
            let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
            parts(&maps)
        });
        let some = parts.split_off(parts.len().saturating_sub(AT_A_TIME));
        let moved = some
            .iter()
            .filter(|part| is_dense(**part))
            .all(|part| collapse(*part));
        if !moved {
            tracing::debug!(
                "the heap stays in small pages: {}",
                std::io::Error::last_os_error()
            );
            parts.clear();
        }
        !parts.is_empty()
    }
}

/// The parts of the size of a huge page in a process's anonymous memory.
fn parts(maps: &str) -> Vec<usize> {
    maps.lines()
        .filter_map(heap_range)
        .flat_map(|(start, end)| {
            let parts = (start.next_multiple_of(HUGE)..end).step_by(HUGE);
            parts.take_while(move |part| part + HUGE <= end)
        })
        .collect()
}

/// The range of a line of `/proc/self/maps`, if it is of the heap.
fn heap_range(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_whitespace();
    let (range, flags) = (fields.next()?, fields.next()?);
    let name = fields.nth(3);
    if flags != "rw-p" || name.is_some_and(|name| name != "[heap]") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some((number(start)?, number(end)?))
}

/// Whether most of the part is in use.
fn is_dense(part: usize) -> bool {
    let mut pages = [0_u8; HUGE / PAGE];
    // SAFETY: the kernel writes one byte for each page, of which there are at
    // most so many; a range that is not mapped any more is an error.
    let known = unsafe { libc::mincore(part as *mut _, HUGE, pages.as_mut_ptr()) } == 0;
    known && pages.iter().filter(|page| **page & 1 == 1).count() >= DENSE
}

/// Moves a part into a huge page; whether the system does that at all.
fn collapse(part: usize) -> bool {
    // SAFETY: contents stay; a range that is not mapped any more is an error.
    let result = unsafe {
        libc::madvise(part as *mut _, HUGE, libc::MADV_HUGEPAGE);
        libc::madvise(part as *mut _, HUGE, libc::MADV_COLLAPSE)
    };
    // The range may be gone (ENOMEM), or the system short of huge pages.
    let error = std::io::Error::last_os_error().raw_os_error();
    result == 0 || error == Some(libc::ENOMEM) || error == Some(libc::EAGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_parts_of_anonymous_memory_are_moved() {
        let maps = "\
            00200000-00700000 rw-p 00000000 00:00 0 [heap]\n\
            00900000-00d00000 rw-p 00000000 00:00 0 \n\
            01000000-01200000 rw-p 00000000 00:00 0 [stack]\n\
            01400000-01600000 r--p 00000000 00:00 0 \n\
            01800000-01a00000 rw-p 00000000 fe:00 12 /lib/a.so\n\
            nonsense\n";
        assert_eq!(parts(maps), [0x20_0000, 0x40_0000, 0xa0_0000]);
    }

    #[test]
    fn what_is_in_the_heap_stays_as_it_is() {
        let values: Vec<u64> = (0..4_000_000).collect();
        let mut pages = HugePages::new();
        while pages.move_some() {}
        assert!(values.iter().copied().eq(0..4_000_000));
    }
}

//! How many bytes a cache line of this machine has.

use std::fs;

use crossbeam_utils::CachePadded;

/// Where the system tells (sysfs-devices-system-cpu).
const TOLD: &str = "/sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size";

/// The size of a cache line, in bytes, and whether the system has told it.
/// Where it does not, padded counters are as far apart as they are here, and
/// that is taken for a line: no machine that this crate is built for has
/// longer ones.
pub(super) fn line() -> (u64, bool) {
    let told = fs::read_to_string(TOLD).ok();
    match told.and_then(|text| parse(&text)) {
        Some(bytes) => (bytes, true),
        None => (padding(), false),
    }
}

/// How far apart padded counters are, in bytes. More than a line where
/// processors fetch lines in pairs.
pub(super) fn padding() -> u64 {
    u64::try_from(align_of::<CachePadded<u64>>()).unwrap_or(u64::MAX)
}

/// A size that a line can have: a power of two, of 8 bytes or more.
pub(super) fn parse(text: &str) -> Option<u64> {
    let bytes: u64 = text.trim().parse().ok()?;
    (bytes >= 8 && bytes.is_power_of_two()).then_some(bytes)
}

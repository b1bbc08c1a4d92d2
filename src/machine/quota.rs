//! How much CPU time a control group allows.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// CPU time that the control groups around this process allow in each second
/// of wall-clock time, in milliseconds: 500 is half a CPU. `None` without a
/// limit. Of nested groups the tightest counts.
#[must_use]
pub fn quota() -> Option<u64> {
    quota_below(Path::new("/"))
}

/// [`quota`], as the files below `root` tell it.
pub(super) fn quota_below(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let (groups, mounts) = (read("proc/self/cgroup")?, read("proc/self/mountinfo")?);
    let folders = folders(&groups, &mounts);
    folders
        .iter()
        .filter_map(|folder| limit(&root.join(folder.strip_prefix("/").unwrap_or(folder))))
        .min()
}

/// The folders of this process's CPU group and of all groups around it, in
/// either version of the interface.
pub(super) fn folders(groups: &str, mounts: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let wanted = |mount: &Mount| match controllers {
            "" => mount.kind == "cgroup2",
            _ => mount.kind == "cgroup" && mount.has("cpu"),
        };
        if !controllers.is_empty() && !controllers.split(',').any(|one| one == "cpu") {
            continue;
        }
        let path = Path::new(path);
        // Of several mounts, the one that shows the least beside the group.
        let mounts = mounts.lines().filter_map(Mount::read).filter(wanted);
        let nearest = |mount: &Mount| match path.starts_with(&mount.root) {
            true => mount.root.components().count(),
            false => 0,
        };
        // The first of equals, which is the system's own.
        let Some(mount) = mounts.rev().max_by_key(nearest) else {
            continue;
        };
        // A group that the mount does not show, as it happens where a container
        // is told its path on the host, leaves the mount's own group.
        let inside = path.strip_prefix(&mount.root).unwrap_or(Path::new(""));
        let outside = inside.components().any(|part| part == Component::ParentDir);
        let inside = if outside { Path::new("") } else { inside };
        let groups = inside.ancestors().map(|group| mount.point.join(group));
        found.extend(groups.collect::<Vec<_>>());
    }
    found
}

/// A line of `/proc/self/mountinfo` (proc(5)).
struct Mount<'a> {
    root: PathBuf,
    point: PathBuf,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (own, rest) = line.split_once(" - ")?;
        let mut own = own.split(' ').skip(3);
        let mut rest = rest.split(' ');
        Some(Self {
            root: unescaped(own.next()?),
            point: unescaped(own.next()?),
            kind: rest.next()?,
            options: rest.nth(1)?,
        })
    }

    fn has(&self, option: &str) -> bool {
        self.options.split(',').any(|one| one == option)
    }
}

/// The system writes a blank in a path as `\040`.
fn unescaped(path: &str) -> PathBuf {
    PathBuf::from(path.replace("\\040", " "))
}

/// What one group allows, in milliseconds a second.
fn limit(folder: &Path) -> Option<u64> {
    let read = |name| fs::read_to_string(folder.join(name)).ok();
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (quota, period) = match read("cpu.max") {
        Some(both) => {
            let (quota, period) = both.trim().split_once(' ')?;
            // `max` is no number: no limit.
            (number(quota)?, number(period)?)
        }
        None => (
            // -1 is no number of ours: no limit.
            number(&read("cpu.cfs_quota_us")?)?,
            number(&read("cpu.cfs_period_us")?)?,
        ),
    };
    (period > 0).then(|| (quota.saturating_mul(1_000) / period).max(1))
}

/// Time for which the groups of this process were held back since they were
/// made, in nanoseconds, added up over groups and CPUs: with the tightest
/// group alone, what another one does later would not show.
pub(super) fn throttled_below(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let (groups, mounts) = (read("proc/self/cgroup")?, read("proc/self/mountinfo")?);
    let mut sum: Option<u64> = None;
    for folder in folders(&groups, &mounts) {
        let folder = root.join(folder.strip_prefix("/").unwrap_or(&folder));
        let Ok(stat) = fs::read_to_string(folder.join("cpu.stat")) else {
            continue;
        };
        for line in stat.lines() {
            let time = match line.split_once(' ') {
                // Version 2 counts in microseconds, version 1 in nanoseconds.
                Some(("throttled_usec", time)) => {
                    time.parse::<u64>().ok().map(|t| t.saturating_mul(1_000))
                }
                Some(("throttled_time", time)) => time.parse().ok(),
                _ => None,
            };
            if let Some(time) = time {
                sum = Some(sum.unwrap_or(0).saturating_add(time));
            }
        }
    }
    sum
}

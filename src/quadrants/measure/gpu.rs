//! Thousands of lanes, for real: the same numbers scrambled by a GPU.
//!
//! Only with the feature `gpu` of this crate, which is off by default; nothing
//! else needs it. In the kernel, `./install.sh --gpu` builds the library with
//! it; in another program, `twoaxes = { path = "..", features = ["gpu"] }` does.
//!
//! A GPU is found through Vulkan, or else OpenGL ES, whose library is loaded when a
//! function here is called. Without a GPU, Mesa's software Vulkan can stand in
//! (Debian: `mesa-vulkan-drivers`): its lanes are those of the CPU, and the
//! result says so.

mod device;

use std::time::{Duration, Instant};

use super::error::MeasureError;
use super::lanes::{check_size, numbers_to};
use super::own_thread::on_own_thread;
use super::scramble::Instructions;
use device::Device;

/// The most numbers of one run: as many as one dispatch has lanes.
pub const MAX_GPU_NUMBERS: u64 = 4_000_000;
/// Interruptions only ever lengthen a run.
const REPETITIONS: u32 = 5;
/// Nothing is repeated after this.
const LIMIT: Duration = Duration::from_secs(10);
const MAX_STEPS: u64 = 4_000_000_000;
const SIZES: [u64; 3] = [4_096, 65_536, 1_048_576];
const ROUNDS: u64 = 1_000;

/// The same numbers on a GPU and on one CPU; see [`lanes`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuLanes {
    adapter: String,
    rounds: u64,
    times: Vec<GpuTime>,
    notes: Vec<String>,
}

/// The times for so many numbers, in nanoseconds: each the shortest of five.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuTime {
    /// How many numbers: each has a lane of its own on the GPU.
    pub numbers: u64,
    /// One CPU with its widest lanes ([`Instructions::widest`]).
    pub cpu: u64,
    /// The GPU, from handing it the work to its end; the numbers are there.
    pub compute: u64,
    /// The GPU, with the numbers sent there and back.
    pub whole: u64,
    /// Whether all results are those of the CPU, bit by bit.
    pub right: bool,
}

/// Scrambles 4,096 numbers, 65,536 and 1,048,576 for 1,000 rounds each, as
/// [`super::lanes()`] does, with a lane of the GPU for each number. Without a GPU
/// it says how to get one.
#[must_use]
pub fn lanes() -> GpuLanes {
    on_own_thread("GPU", || measured(&SIZES, ROUNDS)).unwrap_or_else(|error| GpuLanes {
        adapter: "none".to_owned(),
        rounds: ROUNDS,
        times: Vec::new(),
        notes: vec![format!("{error}.")],
    })
}

/// [`lanes`] for so many `numbers` and `rounds`.
///
/// # Errors
///
/// [`MeasureError`] where there is no GPU, when the GPU fails, and when there
/// are no numbers or rounds, more than [`MAX_GPU_NUMBERS`] or a million rounds,
/// or more than 4,000,000,000 steps in all.
pub fn try_lanes(numbers: u64, rounds: u64) -> Result<GpuLanes, MeasureError> {
    MeasureError::check("numbers", numbers, 1, MAX_GPU_NUMBERS)?;
    check_size(numbers, rounds, MAX_STEPS)?;
    on_own_thread("GPU", || measured(&[numbers], rounds))
}

fn measured(sizes: &[u64], rounds: u64) -> Result<GpuLanes, MeasureError> {
    let device = Device::open()?;
    let ends = Instant::now() + LIMIT;
    let times: Result<Vec<_>, _> = sizes
        .iter()
        .map(|&numbers| timed(&device, numbers, rounds, ends))
        .collect();
    let times = times?;
    let mut notes = Vec::new();
    if device.is_software() {
        notes.push("This adapter is software: its lanes are those of the CPU, so it shows that the program runs and not what a GPU brings.".to_owned());
    }
    if times.iter().any(|time| !time.right) {
        notes.push("Some results differ from those of the CPU: don't trust them.".to_owned());
    }
    Ok(GpuLanes {
        adapter: device.name(),
        rounds,
        times,
        notes,
    })
}

fn timed(
    device: &Device,
    numbers: u64,
    rounds: u64,
    ends: Instant,
) -> Result<GpuTime, MeasureError> {
    let input = numbers_to(numbers);
    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
    let buffers = device.room_for(&input, rounds);
    let mut best = GpuTime {
        numbers,
        cpu: u64::MAX,
        compute: u64::MAX,
        whole: u64::MAX,
        right: true,
    };
    for _ in 0..REPETITIONS {
        let mut expected = input.clone();
        let began = Instant::now();
        Instructions::widest().scramble(&mut expected, rounds);
        best.cpu = best.cpu.min(since(began));
        let began = Instant::now();
        device.send(&buffers, &input)?;
        let there = Instant::now();
        device.scramble(&buffers)?;
        best.compute = best.compute.min(since(there));
        let found = device.fetch(&buffers)?;
        best.whole = best.whole.min(since(began));
        best.right &= found == expected;
        if Instant::now() >= ends {
            break;
        }
    }
    Ok(best)
}

fn since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos())
        .unwrap_or(u64::MAX)
        .max(1)
}

impl GpuLanes {
    /// The GPU's name and how it was reached; `none` without one.
    #[must_use]
    pub fn adapter(&self) -> &str {
        &self.adapter
    }

    /// How many rounds each number went through.
    #[must_use]
    pub const fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The times, by rising numbers. Empty without a GPU.
    #[must_use]
    pub fn times(&self) -> &[GpuTime] {
        &self.times
    }

    /// What a reader should know about the numbers. Full sentences.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

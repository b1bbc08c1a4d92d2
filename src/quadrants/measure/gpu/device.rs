//! The GPU itself: its program, its memory, and waiting for it.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wgpu::{BufferUsages as Uses, wgt::PollType};

use super::super::error::MeasureError;

/// What the GPU does for each number: the same steps as the CPU's lanes.
const PROGRAM: &str = "
@group(0) @binding(0) var<storage, read_write> numbers: array<u32>;
@group(0) @binding(1) var<uniform> rounds: vec4<u32>;

@compute @workgroup_size(64)
fn scramble(@builtin(global_invocation_id) lane: vec3<u32>) {
    if lane.x >= arrayLength(&numbers) {
        return;
    }
    var x = numbers[lane.x];
    for (var round = 0u; round < rounds.x; round++) {
        x ^= x << 13u;
        x ^= x >> 17u;
        x ^= x << 5u;
    }
    numbers[lane.x] = x;
}
";
/// Lanes of one group, as in the program.
const GROUP: u32 = 64;
/// A GPU that takes longer is given up.
const LIMIT: Duration = Duration::from_secs(20);

/// An opened GPU with the program on it.
pub(super) struct Device {
    info: wgpu::AdapterInfo,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    /// The first thing that went wrong: wgpu would panic otherwise.
    wrong: Arc<Mutex<Option<String>>>,
}

/// The GPU's memory for one run.
pub(super) struct Buffers {
    numbers: wgpu::Buffer,
    back: wgpu::Buffer,
    bound: wgpu::BindGroup,
    groups: u32,
}

impl Device {
    /// Opens the GPU that the system prefers for computing.
    pub(super) fn open() -> Result<Self, MeasureError> {
        let failed = |reason: &dyn std::fmt::Display| MeasureError::NoGpu {
            reason: reason.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .map_err(|reason| MeasureError::refused("an event loop", reason))?;
        // OpenGL's library prints what it misses, so it is the second choice.
        let adapter = runtime
            .block_on(adapter(wgpu::Backends::VULKAN))
            .or_else(|_| runtime.block_on(adapter(wgpu::Backends::GL)))
            .map_err(|reason| failed(&reason))?;
        let (device, queue) = runtime
            .block_on(adapter.request_device(&wgpu::DeviceDescriptor {
                label: Some("twoaxes"),
                required_limits: wgpu::Limits::downlevel_defaults(),
                ..wgpu::DeviceDescriptor::default()
            }))
            .map_err(|reason| failed(&reason))?;
        let wrong = Arc::new(Mutex::new(None));
        let first = Arc::clone(&wrong);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            first.get_or_insert(error.to_string());
        }));
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("scramble"),
            source: wgpu::ShaderSource::Wgsl(PROGRAM.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("scramble"),
            layout: None,
            module: &module,
            entry_point: Some("scramble"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let opened = Self {
            info: adapter.get_info(),
            device,
            queue,
            pipeline,
            wrong,
        };
        opened.wait()?;
        Ok(opened)
    }

    /// The GPU's name, and how it is reached.
    pub(super) fn name(&self) -> String {
        format!("{} ({})", self.info.name, self.info.backend)
    }

    /// Whether the CPU plays the GPU.
    pub(super) fn is_software(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Memory for as many numbers as `input` has.
    pub(super) fn room_for(&self, input: &[u32], rounds: u32) -> Buffers {
        let room = |label, size, usage| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let size = u64::try_from(size_of_val(input)).unwrap_or(u64::MAX);
        let numbers = room(
            "numbers",
            size,
            Uses::STORAGE | Uses::COPY_SRC | Uses::COPY_DST,
        );
        let parameter = room("rounds", 16, Uses::UNIFORM | Uses::COPY_DST);
        self.queue
            .write_buffer(&parameter, 0, &bytes(&[rounds, 0, 0, 0]));
        let bound = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("numbers and rounds"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: numbers.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: parameter.as_entire_binding(),
                },
            ],
        });
        Buffers {
            back: room("back", size, Uses::MAP_READ | Uses::COPY_DST),
            numbers,
            bound,
            groups: u32::try_from(input.len())
                .unwrap_or(u32::MAX)
                .div_ceil(GROUP),
        }
    }

    /// Sends `input` to the GPU, and waits until it is there.
    pub(super) fn send(&self, buffers: &Buffers, input: &[u32]) -> Result<(), MeasureError> {
        self.queue.write_buffer(&buffers.numbers, 0, &bytes(input));
        self.queue.submit([]);
        self.wait()
    }

    /// Runs the program on the numbers that are there, to its end.
    pub(super) fn scramble(&self, buffers: &Buffers) -> Result<(), MeasureError> {
        let mut commands = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = commands.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &buffers.bound, &[]);
        pass.dispatch_workgroups(buffers.groups, 1, 1);
        drop(pass);
        self.queue.submit([commands.finish()]);
        self.wait()
    }

    /// Fetches the numbers from the GPU.
    pub(super) fn fetch(&self, buffers: &Buffers) -> Result<Vec<u32>, MeasureError> {
        let mut commands = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        commands.copy_buffer_to_buffer(&buffers.numbers, 0, &buffers.back, 0, None);
        self.queue.submit([commands.finish()]);
        let (tell, told) = mpsc::channel();
        buffers
            .back
            .map_async(wgpu::MapMode::Read, .., move |done| {
                // Nobody listens any more where the wait was given up.
                _ = tell.send(done.is_ok());
            });
        self.wait()?;
        if told.try_recv() != Ok(true) {
            return Err(MeasureError::refused(
                "the GPU's memory",
                "it cannot be read",
            ));
        }
        let view = buffers
            .back
            .get_mapped_range(..)
            .map_err(|reason| MeasureError::refused("the GPU's memory", reason))?;
        let (words, _) = view.as_chunks::<4>();
        let numbers = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        drop(view);
        buffers.back.unmap();
        Ok(numbers)
    }

    /// Until the GPU has done all that it was handed.
    fn wait(&self) -> Result<(), MeasureError> {
        let done = self.device.poll(PollType::Wait {
            submission_index: None,
            timeout: Some(LIMIT),
        });
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match (wrong.take(), done) {
            (Some(reason), _) => Err(MeasureError::refused("work for the GPU", reason)),
            (None, Err(reason)) => Err(MeasureError::refused("work for the GPU", reason)),
            (None, Ok(_)) => Ok(()),
        }
    }
}

/// The adapter that the system prefers for computing.
async fn adapter(backends: wgpu::Backends) -> Result<wgpu::Adapter, wgpu::RequestAdapterError> {
    let mut wanted = wgpu::InstanceDescriptor::new_without_display_handle();
    wanted.backends = backends;
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    wgpu::Instance::new(wanted).request_adapter(&options).await
}

/// As WebGPU lays them out.
fn bytes(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

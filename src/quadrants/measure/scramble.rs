//! One kind of task for every number of a slice, with one lane and with many.
//!
//! A number is scrambled by so many rounds of xorshift (Marsaglia 2003), each
//! of which needs the one before. The compiler turns neither loop into lanes:
//! the inner one is a chain, and it does not exchange the two. So the plain loop
//! is one lane, and the others do the very same steps with one instruction for
//! 4, 8 or 16 numbers. All of it is whole numbers: every way gives the same
//! result, bit by bit.

/// Instructions that do one thing to several numbers at once (SIMD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Instructions {
    /// A loop with one number at a time.
    Plain,
    /// 4 lanes, on every x86-64.
    Sse2,
    /// 8 lanes, on x86-64 since about 2013.
    Avx2,
    /// 16 lanes, on some x86-64.
    Avx512,
    /// 4 lanes, on every aarch64.
    Neon,
}

impl Instructions {
    /// What is there on this machine, found out while running, with the most
    /// lanes last. The plain loop is always there.
    #[must_use]
    pub fn all_here() -> Vec<Self> {
        let mut here = vec![Self::Plain];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("sse2") {
                here.push(Self::Sse2);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                here.push(Self::Avx2);
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                here.push(Self::Avx512);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            here.push(Self::Neon);
        }
        here
    }

    /// Those with the most lanes on this machine.
    #[must_use]
    pub fn widest() -> Self {
        Self::all_here().pop().unwrap_or(Self::Plain)
    }

    /// How many numbers one instruction works on.
    #[must_use]
    pub const fn lanes(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Sse2 | Self::Neon => 4,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }

    /// What the maker of the CPU calls them.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain loop",
            Self::Sse2 => "SSE2",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
            Self::Neon => "NEON",
        }
    }

    /// Scrambles each of `numbers` by `rounds` rounds. Instructions that this
    /// machine has not are replaced by the plain loop.
    pub fn scramble(self, numbers: &mut [u32], rounds: u32) {
        #[cfg(target_arch = "x86_64")]
        {
            let here = match self {
                Self::Sse2 => std::arch::is_x86_feature_detected!("sse2"),
                Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
                Self::Avx512 => std::arch::is_x86_feature_detected!("avx512f"),
                Self::Plain | Self::Neon => false,
            };
            match (here, self) {
                // SAFETY: this CPU has these instructions: it has been asked.
                (true, Self::Sse2) => return unsafe { lanes::sse2(numbers, rounds) },
                // SAFETY: as above.
                (true, Self::Avx2) => return unsafe { lanes::avx2(numbers, rounds) },
                // SAFETY: as above.
                (true, Self::Avx512) => return unsafe { lanes::avx512(numbers, rounds) },
                _ => {}
            }
        }
        #[cfg(target_arch = "aarch64")]
        if self == Self::Neon && std::arch::is_aarch64_feature_detected!("neon") {
            // SAFETY: this CPU has these instructions: it has been asked.
            return unsafe { lanes::neon(numbers, rounds) };
        }
        plain(numbers, rounds);
    }
}

impl std::fmt::Display for Instructions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// One number at a time. Not inlined, so that a caller's constants don't make
/// another loop of it.
#[inline(never)]
fn plain(numbers: &mut [u32], rounds: u32) {
    for number in numbers {
        let mut x = *number;
        for _ in 0..rounds {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
        }
        *number = x;
    }
}

/// One vector at a time, as the plain loop does one number at a time: so the
/// times differ by the lanes, and not by how much the CPU overlaps.
macro_rules! vectors {
    ($name:ident, $feature:literal, $lanes:literal, $load:expr, $store:expr, $xor:ident, $left:ident, $right:ident) => {
        #[target_feature(enable = $feature)]
        pub(super) fn $name(numbers: &mut [u32], rounds: u32) {
            let (vectors, rest) = numbers.as_chunks_mut::<$lanes>();
            for vector in vectors {
                // SAFETY: the array has as many bytes as the load reads, which
                // need no alignment.
                let mut x = unsafe { $load(vector.as_ptr().cast()) };
                for _ in 0..rounds {
                    x = $xor(x, $left::<13>(x));
                    x = $xor(x, $right::<17>(x));
                    x = $xor(x, $left::<5>(x));
                }
                // SAFETY: as above, for the store.
                unsafe { $store(vector.as_mut_ptr().cast(), x) };
            }
            super::plain(rest, rounds);
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    //! The same steps with x86-64's instructions.
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm_slli_epi32, _mm_srli_epi32, _mm_storeu_si128, _mm_xor_si128,
        _mm256_loadu_si256, _mm256_slli_epi32, _mm256_srli_epi32, _mm256_storeu_si256,
        _mm256_xor_si256, _mm512_loadu_si512, _mm512_slli_epi32, _mm512_srli_epi32,
        _mm512_storeu_si512, _mm512_xor_si512,
    };

    vectors!(
        sse2,
        "sse2",
        4,
        _mm_loadu_si128,
        _mm_storeu_si128,
        _mm_xor_si128,
        _mm_slli_epi32,
        _mm_srli_epi32
    );
    vectors!(
        avx2,
        "avx2",
        8,
        _mm256_loadu_si256,
        _mm256_storeu_si256,
        _mm256_xor_si256,
        _mm256_slli_epi32,
        _mm256_srli_epi32
    );
    vectors!(
        avx512,
        "avx512f",
        16,
        _mm512_loadu_si512,
        _mm512_storeu_si512,
        _mm512_xor_si512,
        _mm512_slli_epi32,
        _mm512_srli_epi32
    );
}

#[cfg(target_arch = "aarch64")]
mod lanes {
    //! The same steps with aarch64's instructions.
    use std::arch::aarch64::{veorq_u32, vld1q_u32, vshlq_n_u32, vshrq_n_u32, vst1q_u32};

    vectors!(
        neon,
        "neon",
        4,
        vld1q_u32,
        vst1q_u32,
        veorq_u32,
        vshlq_n_u32,
        vshrq_n_u32
    );
}

//! One linear extension at random, every one with the same probability.

use num_bigint::BigUint;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::cuts::Layer;
use super::error::TooManyCuts;
use super::events::{EventId, Execution};

/// The most cuts that are held, and the most bits of their numbers of paths
/// together.
const CUTS: usize = 300_000;
const BITS: u64 = 1 << 31;

impl Execution {
    /// `how_many` orders in which the events can happen, each drawn uniformly
    /// from all linear extensions. The same seed gives the same orders on
    /// every machine.
    ///
    /// # Errors
    ///
    /// [`TooManyCuts`] if there are more than 300,000 consistent cuts, or fewer
    /// with so large numbers that they take more than 256 MiB: all have to be
    /// held.
    pub fn sample_linear_extensions(
        &self,
        how_many: usize,
        seed: u64,
    ) -> Result<Vec<Vec<EventId>>, TooManyCuts> {
        let layers = self.all_layers()?;
        let mut random = Pcg64::seed_from_u64(seed);
        Ok((0..how_many)
            .map(|_| self.walk_back(&layers, &mut random))
            .collect())
    }

    /// The paths to every consistent cut, by size.
    fn all_layers(&self) -> Result<Vec<Layer>, TooManyCuts> {
        let mut layers = vec![self.first_layer()];
        let (mut held, mut bits) = (1, 0_u64);
        for size in 0..self.len() {
            let (next, all) = self.next_layer(&layers[size], CUTS - held);
            if !all {
                return Err(TooManyCuts { limit: CUTS });
            }
            bits += next.values().map(BigUint::bits).sum::<u64>();
            if bits > BITS {
                return Err(TooManyCuts { limit: held });
            }
            held += next.len();
            layers.push(next);
        }
        Ok(layers)
    }

    /// From the full cut back to the empty one. At each cut the last event is
    /// chosen with the share of all paths that end in it, so every path has
    /// the same probability.
    fn walk_back(&self, layers: &[Layer], random: &mut Pcg64) -> Vec<EventId> {
        let mut cut: Vec<u32> = (0..self.processes.len())
            .map(|process| self.starts[process + 1] - self.starts[process])
            .collect();
        let mut order = Vec::with_capacity(self.len());
        for size in (0..self.len()).rev() {
            let mut ends: Vec<(usize, &BigUint)> = Vec::new();
            for process in 0..cut.len() {
                if cut[process] == 0 {
                    continue;
                }
                cut[process] -= 1;
                // Only consistent cuts are in the layer.
                if let Some(paths) = layers[size].get(&cut[..]) {
                    ends.push((process, paths));
                }
                cut[process] += 1;
            }
            let Some(process) = chosen(&ends, random) else {
                break;
            };
            cut[process] -= 1;
            let event = self.row_of(process)[cut[process] as usize];
            order.push(EventId(event as usize));
        }
        order.reverse();
        order
    }
}

/// One of `ends`, with probability proportional to its number.
fn chosen(ends: &[(usize, &BigUint)], random: &mut Pcg64) -> Option<usize> {
    let total: BigUint = ends.iter().map(|(_, paths)| *paths).sum();
    let mut at = below(&total, random);
    for &(process, paths) in ends {
        if at < *paths {
            return Some(process);
        }
        at -= paths;
    }
    None
}

/// A number below `bound`, all with the same probability: as many random bits
/// as the bound has, again until they are below it. 0 below 0.
fn below(bound: &BigUint, random: &mut Pcg64) -> BigUint {
    let bits = bound.bits();
    let spare = (32 - bits % 32) % 32;
    loop {
        let mut digits: Vec<u32> = (0..bits.div_ceil(32)).map(|_| random.next_u32()).collect();
        if let Some(last) = digits.last_mut() {
            *last >>= spare;
        }
        let number = BigUint::new(digits);
        if number < *bound || bits == 0 {
            return number;
        }
    }
}

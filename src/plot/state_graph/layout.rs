//! Where states stand: a layer for each distance from the start, and in each
//! layer an order with few crossings (Sugiyama's method: each state near the
//! mean of its neighbours).

use std::collections::BTreeMap;

use crate::model::StateGraph;

/// Pixels from a layer to the next.
pub(super) const ROW: f64 = 66.0;
/// Rounds of putting states near their neighbours; more change little.
const ROUNDS: usize = 8;

pub(super) struct Layout {
    /// For each layer its states, from left to right.
    layers: Vec<Vec<usize>>,
    /// For each state its layer and its place in it.
    places: Vec<(usize, usize)>,
}

impl Layout {
    pub(super) fn of(graph: &StateGraph) -> Self {
        let mut by_depth: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, node) in graph.nodes().iter().enumerate() {
            by_depth.entry(node.depth).or_default().push(number);
        }
        let mut layout = Self {
            layers: by_depth.into_values().collect(),
            places: vec![(0, 0); graph.nodes().len()],
        };
        layout.settle();
        // Nobody looks at an order of a thousand states.
        if graph.nodes().len() <= super::MAX_DRAWN_STATES {
            layout.untangle(graph);
        }
        layout
    }

    fn settle(&mut self) {
        for (layer, states) in self.layers.iter().enumerate() {
            for (place, state) in states.iter().enumerate() {
                if let Some(known) = self.places.get_mut(*state) {
                    *known = (layer, place);
                }
            }
        }
    }

    fn untangle(&mut self, graph: &StateGraph) {
        let mut near = vec![Vec::new(); graph.nodes().len()];
        for edge in graph.edges() {
            if self.layer(edge.to) == self.layer(edge.from) + 1 {
                near[edge.from].push(edge.to);
                near[edge.to].push(edge.from);
            }
        }
        for round in 0..ROUNDS {
            let down = round % 2 == 0;
            for index in 0..self.layers.len() {
                let layer = if down {
                    index
                } else {
                    self.layers.len() - 1 - index
                };
                let wanted = |state: usize| {
                    let others = near[state]
                        .iter()
                        .filter(|&&other| (self.layer(other) < layer) == down);
                    let places: Vec<f64> = others.map(|&other| self.place(other).0).collect();
                    match places.len() {
                        0 => self.place(state).0,
                        count => places.iter().sum::<f64>() / count as f64,
                    }
                };
                let mut order: Vec<(f64, usize)> = self.layers[layer]
                    .iter()
                    .map(|&state| (wanted(state), state))
                    .collect();
                // Stable: states that want the same place keep their order.
                order.sort_by(|a, b| a.0.total_cmp(&b.0));
                self.layers[layer] = order.into_iter().map(|(_, state)| state).collect();
                self.settle();
            }
        }
    }

    pub(super) fn layers(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn widest(&self) -> usize {
        self.layers.iter().map(Vec::len).max().unwrap_or(0)
    }

    pub(super) fn layer(&self, state: usize) -> usize {
        self.places.get(state).map_or(0, |place| place.0)
    }

    /// The middle of a state: across from the middle of the picture, in states,
    /// and down from its first layer, in pixels.
    pub(super) fn place(&self, state: usize) -> (f64, f64) {
        let (layer, place) = self.places.get(state).copied().unwrap_or_default();
        let count = self.layers.get(layer).map_or(1, Vec::len);
        let across = place as f64 - (count as f64 - 1.0) / 2.0;
        (across, layer as f64 * ROW)
    }
}

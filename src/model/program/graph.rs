//! The state graph: what a picture or a player needs to know of every state.

use std::collections::VecDeque;

use super::outcome::Ending;
use super::reach::{Reach, States};
use super::state::State;

/// The reachable states of a program and the steps between them.
///
/// Registers that nothing will read any more are 0 in these states, so that
/// states which go on alike are one; [`StateGraph::find`] takes any state.
#[derive(Debug, Clone)]
pub struct StateGraph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    numbers: States,
    is_complete: bool,
}

/// A state of the graph.
#[derive(Debug, Clone)]
pub struct Node {
    /// The state.
    pub state: State,
    /// How the run ends here; `None` if somebody can go on, or if the limit on
    /// states was hit before this one was looked into.
    pub ending: Option<Ending>,
    /// The least number of steps from the start.
    pub depth: usize,
    /// The least number of steps from here to a failure or deadlock; `None` if
    /// none can be reached any more. 0: it is one.
    pub steps_to_failure: Option<usize>,
}

impl Node {
    /// Whether a failure or deadlock can still happen, or is here.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.steps_to_failure.is_some()
    }
}

/// A step from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The number of the node that it leaves.
    pub from: usize,
    /// The number of the thread that moves.
    pub thread: usize,
    /// The number of the node that it enters.
    pub to: usize,
    /// The text of the visible statement.
    pub text: String,
}

impl StateGraph {
    pub(super) fn of(reach: &Reach) -> Self {
        let state = |number| State {
            code: reach.code.clone(),
            words: reach.states.words(number).to_vec(),
        };
        let mut nodes: Vec<Node> = (0..reach.len())
            .map(|number| Node {
                state: state(number),
                ending: reach.code.ending(reach.states.words(number)),
                depth: usize::MAX,
                steps_to_failure: None,
            })
            .collect();
        let mut edges = Vec::new();
        for (from, node) in nodes.iter().enumerate() {
            for step in reach.steps(from) {
                let text = node.state.next_text(step.thread);
                edges.push(Edge {
                    from,
                    thread: step.thread,
                    to: step.to,
                    text,
                });
            }
        }
        let (mut forth, mut back) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        for edge in &edges {
            forth[edge.from].push(edge.to);
            back[edge.to].push(edge.from);
        }
        let is_bad = |node: &Node| node.ending.as_ref().is_some_and(|ending| !ending.is_good());
        let bad: Vec<usize> = (0..nodes.len()).filter(|n| is_bad(&nodes[*n])).collect();
        let (depths, to_failure) = (distances(&forth, &[0]), distances(&back, &bad));
        for (node, (depth, steps)) in nodes.iter_mut().zip(depths.into_iter().zip(to_failure)) {
            node.depth = depth.unwrap_or(usize::MAX);
            node.steps_to_failure = steps;
        }
        Self {
            nodes,
            edges,
            numbers: reach.states.clone(),
            is_complete: reach.is_complete(),
        }
    }

    /// The states; the first is the start, and depths never fall along the list.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The steps, by the node that they leave, then by thread.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Whether these are all states; `false` if the limit was hit.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The number of the node for a state of the same program; `None` if it is
    /// not in the graph.
    #[must_use]
    pub fn find(&self, state: &State) -> Option<usize> {
        let mut words = state.words.clone();
        for thread in 0..state.code.threads.len() {
            state.code.forget_dead(&mut words, thread);
        }
        let found = self.numbers.find(&words)?;
        (self.nodes[found].state.code == state.code).then_some(found)
    }
}

/// The least number of steps from any of `sources`.
fn distances(next: &[Vec<usize>], sources: &[usize]) -> Vec<Option<usize>> {
    let mut distances = vec![None; next.len()];
    let mut queue = VecDeque::new();
    for source in sources {
        distances[*source] = Some(0);
        queue.push_back((*source, 0));
    }
    while let Some((at, distance)) = queue.pop_front() {
        for to in &next[at] {
            if distances[*to].is_none() {
                distances[*to] = Some(distance + 1);
                queue.push_back((*to, distance + 1));
            }
        }
    }
    distances
}

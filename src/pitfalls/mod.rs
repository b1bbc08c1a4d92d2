//! Six hazards, each to be simulated.

//! The two-axis map: where systems and traces stand.

//! Parallel workers: the simulator with its staircase, the laws of speedup, fits to data.

//! Predict, then run: a number is written down before a run answers.

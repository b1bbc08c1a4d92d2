//! The opening question for real: a server on one thread with thousands of
//! requests in flight.

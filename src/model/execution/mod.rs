//! One execution: processes, events, messages, and the order between them.

"""The parts of kernel_latency.py."""

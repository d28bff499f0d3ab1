"""Attacks and loads on a service process of its own: `python -m benchmarks.siege`."""

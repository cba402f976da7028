"""Scripts that measure the program; each runs as `python -m benchmarks.<name>`."""

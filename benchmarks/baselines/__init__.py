"""Parts of `make bench-baselines`."""

"""Benchmarks: `make bench-NAME`. Each prints a table, writes `results/NAME.json` and exits 1 where a limit does not hold."""

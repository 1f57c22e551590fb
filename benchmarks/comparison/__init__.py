"""The parts of `benchmarks.text`: data sets, the systems side by side, results, tables."""

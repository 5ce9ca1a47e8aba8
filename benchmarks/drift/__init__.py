"""The benchmark of drift detection: see the section on drift in the README of the benchmarks."""

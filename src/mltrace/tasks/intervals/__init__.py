"""Confidence intervals of metrics, from counts and sums: pure functions of numbers."""

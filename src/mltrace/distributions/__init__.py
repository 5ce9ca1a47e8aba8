"""Distributions that tests and intervals rest on: tails and quantiles; without SciPy."""

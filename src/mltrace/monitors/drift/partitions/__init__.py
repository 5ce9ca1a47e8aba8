"""Judges the stored partitions of a table: what a drift monitor does, and what it remembers."""

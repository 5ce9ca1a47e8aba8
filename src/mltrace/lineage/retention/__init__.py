"""Retention: what of old runs may be forgotten without any answer of lineage changing."""

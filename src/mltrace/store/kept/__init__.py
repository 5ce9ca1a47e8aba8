"""Kept values: content in chunks, each stored once."""

"""Ranks what may have caused the flagged outputs."""

"""Logs a run of any program: what it ran, which files it used, how it ended."""

"""Monitors as they are declared, one file for each kind; `monitor.py` says what one is."""

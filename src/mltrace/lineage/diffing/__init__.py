"""Tells what differs between two runs, or between the traces of two outputs."""

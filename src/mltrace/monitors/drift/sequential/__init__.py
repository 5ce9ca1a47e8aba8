"""Tests that may be looked at after every value or partition: streams and slow drift."""

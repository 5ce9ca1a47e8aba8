"""Tells somebody of incidents: what is told when, in which words, and by which way."""

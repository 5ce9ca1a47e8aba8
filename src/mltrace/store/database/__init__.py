"""The databases that a catalog can be in, and its tables."""

"""Compares tables: by which methods, how surely, by how much, and in which words."""

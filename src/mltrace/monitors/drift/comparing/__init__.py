"""Answers whether tables have drifted: by which methods, in which words, how surely."""

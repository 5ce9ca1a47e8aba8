"""Examines a store without changing it, as far as each part of it can be examined."""

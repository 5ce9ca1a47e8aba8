"""Monitors: what is measured over time, and what of it someone should hear of."""

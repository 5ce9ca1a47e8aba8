"""Proposes checks from the profiles of the partitions that a component has seen or made."""

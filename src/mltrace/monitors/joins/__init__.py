"""Joins: whether what a component wrote still agrees with the tables that it read."""

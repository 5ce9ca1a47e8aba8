"""Drift: partitions told apart from noise, season and what their own history does."""

"""Copies of old rows as Parquet, from which questions over all of them are answered."""

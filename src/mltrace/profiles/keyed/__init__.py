"""Rows that are told apart by keys: hashes of columns, distinct rows, which columns are keys."""

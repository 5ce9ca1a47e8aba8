"""Mergeable statistics of tables: columns, sketches, and the readers of what holds the rows."""

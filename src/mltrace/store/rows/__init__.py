"""Rows of the catalog, made from facts and back."""

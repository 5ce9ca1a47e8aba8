"""Recognise the values of a pipeline, digest their content, pack them and bring them back."""

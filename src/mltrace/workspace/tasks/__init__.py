"""Verbs about tasks, with the store."""

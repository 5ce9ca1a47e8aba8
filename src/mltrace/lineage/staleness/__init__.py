"""Tells whether a run worked with stale inputs, and whether it is stale now."""

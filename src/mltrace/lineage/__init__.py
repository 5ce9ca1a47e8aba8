"""Questions about runs and what they made: listings, trace, impact, staleness, flags and review."""

"""Journeys: the rows of kept tables that one record came from or went into, and which were lost."""

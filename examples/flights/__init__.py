"""A real pipeline under mltrace: which flights from New York will arrive late."""

"""What a rule would have done over points of history, and which rule would do better: pure."""

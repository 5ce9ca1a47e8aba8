"""Predictions and feedback: batches as they are logged, and the segments that keep them."""

"""Predictions and feedback, logged in the user's process."""

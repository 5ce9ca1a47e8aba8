"""What runs inside the user's process: it observes, and never breaks or slows what it watches."""

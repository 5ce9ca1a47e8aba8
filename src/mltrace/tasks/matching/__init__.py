"""Labels are matched with the predictions they are of, whenever they come."""

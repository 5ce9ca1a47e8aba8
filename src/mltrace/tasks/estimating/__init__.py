"""What a metric would be if the labels that are missing were known."""

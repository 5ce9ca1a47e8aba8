"""What the default detector knows of a history: its statistics, and how surprising others are."""

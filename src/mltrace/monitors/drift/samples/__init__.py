"""What drift methods look at: columns, rows and partitions, as numbers of one shape."""

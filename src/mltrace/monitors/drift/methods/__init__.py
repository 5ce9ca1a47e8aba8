"""Methods that compare a partition with a reference or a history, one file each."""

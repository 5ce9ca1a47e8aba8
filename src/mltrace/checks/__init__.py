"""Pass/fail tests at run boundaries, and the library of built-in ones."""

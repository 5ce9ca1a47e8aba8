"""What holds rows, read as Arrow tables: a module for each library, one for files."""

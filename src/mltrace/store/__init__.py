"""The store: a spool that writers append to, and a catalog and kept values that readers open."""

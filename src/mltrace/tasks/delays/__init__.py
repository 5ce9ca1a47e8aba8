"""How late labels come, and whether those of a window are still to come."""

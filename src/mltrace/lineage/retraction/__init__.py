"""Follows the deletion of a data subject's data along lineage."""

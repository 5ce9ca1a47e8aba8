"""Other tools' ways into mltrace: one file, or a few, for each tool, loaded by that tool."""

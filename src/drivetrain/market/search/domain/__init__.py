"""The index in columns, what can be asked of it, and how a text is read as filters."""

"""Following the log, keeping the lake, reading features as they were known, and comparing the two."""

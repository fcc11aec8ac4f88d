"""Log, lake, copies and routes of features."""

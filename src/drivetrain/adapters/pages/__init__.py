"""Pages that stand alone: one HTML file with its charts, tables and style, and nothing fetched from anywhere."""

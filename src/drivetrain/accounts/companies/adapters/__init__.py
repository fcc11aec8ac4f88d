"""Companies in PostgreSQL and over HTTP."""

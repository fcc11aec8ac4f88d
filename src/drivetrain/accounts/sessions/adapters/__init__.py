"""Sessions in PostgreSQL, in the memory of a worker, and over HTTP."""

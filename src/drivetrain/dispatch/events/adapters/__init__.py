"""Events over HTTP, in the log and in the database."""

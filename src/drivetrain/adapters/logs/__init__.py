"""Structured logs: one JSON object a line, with the request id, and never a secret."""

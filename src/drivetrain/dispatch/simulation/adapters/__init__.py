"""The platform over HTTP, and the command."""

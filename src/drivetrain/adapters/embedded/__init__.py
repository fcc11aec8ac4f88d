"""Servers that come as wheels, run as children of this process."""

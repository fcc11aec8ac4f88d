"""Thin starts of processes: the API and the command line. No rules live here."""

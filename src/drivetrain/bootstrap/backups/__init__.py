"""Backups: made, verified, restored, and tried."""

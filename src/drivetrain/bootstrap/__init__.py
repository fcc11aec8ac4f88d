"""Composition root: settings in, wired application out. Nothing runs on import."""

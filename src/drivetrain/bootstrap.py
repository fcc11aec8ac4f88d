"""Composition root: settings in, wired application out."""

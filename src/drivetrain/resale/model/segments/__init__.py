"""Buyer segments: which kinds of buyer look at a marketplace's cars."""

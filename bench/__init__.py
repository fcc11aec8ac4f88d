"""Measures what the platform promises: speed, memory and quality, each beside its target.

``python -m bench``.
"""

"""API keys: those of the installation, and those that people make for themselves.

A key of a person acts as that person, with scopes that the person holds, and ends with the person's account.
"""

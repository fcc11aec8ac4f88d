"""Companies, their branches, and who works there with which role.

Whoever acts for a company sees and changes that company alone: its id is part of every query, so that a foreign object
is as good as missing. Rights are given by invitation, and nobody gives a right that they lack.
"""

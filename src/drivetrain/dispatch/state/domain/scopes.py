"""The right to see where people are."""

from __future__ import annotations

from drivetrain.core.access import Scope

DISPATCH_READ = Scope("dispatch:read", frozenset({"operator"}))
"""Positions are personal data: only the dispatch desk sees them."""

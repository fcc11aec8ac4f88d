"""The rights over reviews."""

from __future__ import annotations

from drivetrain.core.access import Scope

REVIEWS_WRITE = Scope("reviews:write", frozenset({"buyer"}))
"""To review dealers and cars after a contact."""

REVIEWS_MODERATE = Scope("reviews:moderate", frozenset({"moderator"}))
"""To publish reviews, or to reject them with a reason, on the whole platform."""

"""The right to keep searches, and the topic of their changes."""

from __future__ import annotations

from drivetrain.core.access import Scope

SEARCHES_SAVE = Scope(
    "searches:save", frozenset({"operator", "buyer", "dealer", "company_admin", "moderator", "analyst"})
)
"""To keep searches of one's own, and to be told what changes in them."""

SAVED_SEARCHES = "saved_searches"
"""Topic of the changes that are noted with every search that is saved, changed or removed."""

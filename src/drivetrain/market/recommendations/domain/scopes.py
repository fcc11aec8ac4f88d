"""The right to say what one does with listings."""

from __future__ import annotations

from drivetrain.core.access import Scope

INTERACTIONS_WRITE = Scope(
    "interactions:write",
    frozenset({"client", "operator", "buyer", "dealer", "company_admin", "moderator", "analyst"}),
)
"""To say what one looked at and likes, to see it again and to have it erased; a key says it for visitors."""

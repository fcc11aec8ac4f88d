"""The rights over conversations."""

from __future__ import annotations

from drivetrain.core.access import Scope

CONVERSATIONS_WRITE = Scope(
    "conversations:write", frozenset({"buyer", "dealer", "company_admin", "moderator"})
)
"""To write to dealers, to those who wrote to one's own company, and to the support of the platform."""

CONVERSATIONS_SUPPORT = Scope("conversations:support", frozenset({"moderator"}))
"""To answer as the support of the platform, and to decide what becomes of reported conversations."""

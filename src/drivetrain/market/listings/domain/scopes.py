"""The rights over listings."""

from __future__ import annotations

from drivetrain.core.access import Scope

LISTINGS_READ = Scope(
    "listings:read",
    frozenset({"client", "operator", "buyer", "dealer", "company_admin", "moderator", "analyst"}),
)
"""To see what is on sale, and to search it."""

LISTINGS_MODERATE = Scope("listings:moderate", frozenset({"moderator"}))
"""To decide what becomes of reported listings, on the whole platform."""

LISTINGS_WRITE = Scope("listings:write", frozenset({"dealer", "company_admin"}))
"""To keep the listings of one's own company, or of one's own branch of it."""

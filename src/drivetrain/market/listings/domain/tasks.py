"""Names of the background tasks of listings."""

from __future__ import annotations

VALUE_LISTINGS = "market.value_listings"
VALUE_ALL_LISTINGS = "market.value_all_listings"
EXPIRE_LISTINGS = "market.expire_listings"
VALUES_LOCK = "market.values"
"""Of both tasks that value: one of them at a time."""

"""The events of listings: what search, alerts and insight go by."""

from __future__ import annotations

from drivetrain.core.event_log import EventTopic

LISTINGS = EventTopic("market.listings", 4)
"""Changes of listings, by listing."""

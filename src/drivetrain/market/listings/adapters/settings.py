"""Settings of listings."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class ListingSettings(SettingsGroup):
    """How long a listing stays on offer that nobody touches."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_MARKET_")

    listing_days: int = Field(
        default=60,
        ge=1,
        le=3_650,
        description="A live listing that its owner has not changed for so many days is withdrawn.",
    )

"""Settings of stock: fetching dealers' tables."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class StockSettings(SettingsGroup):
    """How dealers' tables are fetched from their own servers."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_MARKET_PULL_")

    allow_loopback: bool = Field(
        default=False,
        description="Whether dealers' tables may be fetched from this machine itself, over plain HTTP too; for development.",
    )
    timeout_s: float = Field(
        default=120.0, gt=0, le=600, description="Longest time for a dealer's table to be fetched, seconds."
    )
    most_bytes: int = Field(
        default=64 << 20,
        ge=1024,
        le=1 << 30,
        description="Largest table that is fetched from a dealer's server, bytes.",
    )

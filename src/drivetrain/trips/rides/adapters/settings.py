"""Settings of where the rides come from."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class RideSettings(SettingsGroup):
    """Drawn rides, or those of a day."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_TRIPS_")

    rate: float = Field(
        default=1.0, gt=0, le=10_000, description="Rides drawn, as a multiple of the learned demand."
    )
    day: Path | None = Field(
        default=None,
        description="Raw day of trips (Parquet or CSV) whose rides are scored; without it rides are drawn.",
    )

    @field_validator("day", mode="before")
    @classmethod
    def _empty_is_none(cls, path: object) -> object:
        return path or None

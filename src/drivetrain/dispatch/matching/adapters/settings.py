"""Settings of matching."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class MatchSettings(SettingsGroup):
    """Who is looked at, and how long a driver is held."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_")

    radius_km: float = Field(
        default=10.0, gt=0, le=100, description="Drivers farther from a rider are not matched, km."
    )
    offer_s: float = Field(
        default=12.0, ge=1, le=600, description="How long an offer holds its driver, seconds."
    )
    ride_s: float = Field(
        default=7_200.0,
        ge=60,
        le=86_400,
        description="How long an accepted ride holds its driver at most, seconds; it is abandoned then.",
    )
    patience_s: float = Field(
        default=600.0,
        ge=10,
        le=86_400,
        description="How long a request waits for a driver before it is given up, seconds.",
    )
    policy: Literal["request", "batch"] = Field(
        default="request",
        description="Whether riders get drivers when they ask for one, or also in windows, all who wait at once.",
    )
    window_s: float = Field(
        default=2.0, ge=0.5, le=60, description="Length of a window of the batch matcher, seconds."
    )
    deadline_s: float = Field(
        default=0.05,
        ge=0.001,
        le=10,
        description="An assignment that would take longer is left for the closest pairs, seconds.",
    )
    sweeper: bool = Field(
        default=True, description="Whether `up` ends offers, waits and rides whose time is over."
    )

    @property
    def has_process(self) -> bool:
        """Whether there is anything to do beside the API."""
        return self.sweeper or self.policy == "batch"

"""Settings of the state of drivers."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class StateSettings(SettingsGroup):
    """Which positions are matched."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_")

    fresh_s: float = Field(
        default=60.0, gt=0, le=900, description="Drivers whose position is older are not matched, seconds."
    )

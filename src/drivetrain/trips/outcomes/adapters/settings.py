"""Settings of reported outcomes."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class OutcomeSettings(SettingsGroup):
    """Whether outcomes are reported beside the scoring."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_TRIPS_")

    outcomes: bool = Field(
        default=True, description="Whether the scorer reports how long its rides took, once they have ended."
    )

"""Settings of the scheduled scoring."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class SlotSettings(SettingsGroup):
    """Which slots there are, and which are scored."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_TRIPS_")

    enabled: bool = Field(default=True, description="Whether `up` scores rides on the schedule.")
    every_min: int = Field(
        default=5,
        ge=1,
        le=60,
        description="Length of a slot of the scheduled scoring, minutes; must divide 60.",
    )
    catch_up_min: int = Field(
        default=1440,
        ge=0,
        le=43_200,
        description="Slots that are due for longer than this are skipped, minutes.",
    )

    @field_validator("every_min")
    @classmethod
    def _divides_an_hour(cls, every_min: int) -> int:
        if 60 % every_min:
            raise ValueError("must divide 60: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60")
        return every_min

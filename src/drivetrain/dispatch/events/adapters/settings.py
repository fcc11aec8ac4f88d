"""Settings of the events of dispatch."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.events.domain.places import read_cities
from drivetrain.dispatch.events.domain.reading import Limits


class EventSettings(SettingsGroup):
    """Which events are accepted, and how long they are kept."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_")

    cities: str | None = Field(
        default=None,
        max_length=4_000,
        description="Cities served, `name=south,west,north,east` in degrees, separated by `;`; anywhere without it.",
    )
    clock_ahead_s: float = Field(
        default=60.0, ge=0, le=3_600, description="Most that a device's clock may be ahead, seconds."
    )
    late_s: float = Field(
        default=86_400.0,
        gt=0,
        le=86_400,  # no more than the shortest time that events are kept: who sends a request again must find it
        description="Events that occurred longer ago are refused, seconds.",
    )
    event_days: int = Field(
        default=7, ge=1, le=90, description="Days that events and requests of riders are kept."
    )

    @field_validator("cities")
    @classmethod
    def _are_cities(cls, text: str | None) -> str | None:
        try:
            read_cities(text or "")
        except InvalidInputError as error:
            raise ValueError(error.detail) from None
        return text

    @property
    def limits(self) -> Limits:
        """What an event may say."""
        return Limits(self.clock_ahead_s, self.late_s, read_cities(self.cities or ""))

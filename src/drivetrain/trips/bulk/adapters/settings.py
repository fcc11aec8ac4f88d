"""Settings of the scoring of whole folders."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class RaySettings(SettingsGroup):
    """The cluster that scores."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_RAY_")

    address: str | None = Field(
        default=None,
        description="Ray cluster (host:port) for `score trips --engine ray`; without it one is started for the run.",
    )

"""Settings of features."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class FeatureSettings(SettingsGroup):
    """What of the log is kept as Parquet."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_DISPATCH_")

    lake: str = Field(
        default="rides",
        pattern="^(off|rides|all)$",
        description="What of the log is kept as Parquet, hourly: `rides` for what became of rides, `all` with the "
        "positions of drivers, or `off`.",
    )
    lake_days: int = Field(
        default=35,
        ge=8,
        le=400,
        description="Days that what became of rides is kept as Parquet; positions only as long as events.",
    )

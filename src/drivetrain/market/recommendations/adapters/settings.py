"""Settings of recommendations."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class RecommendationSettings(SettingsGroup):
    """How long it is remembered what buyers do."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_MARKET_")

    interaction_days: int = Field(
        default=180,
        ge=1,
        le=3_650,
        description="What buyers did with listings is forgotten after so many days; what people who are signed in like "
        "and dislike stays until they take it back.",
    )

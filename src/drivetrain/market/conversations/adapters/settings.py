"""Settings of conversations."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class ConversationSettings(SettingsGroup):
    """How long conversations are kept."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_MARKET_")

    conversation_days: int = Field(
        default=365,
        ge=1,
        le=3_650,
        description="A conversation in which nobody has written for so many days is deleted, unless a report of it is open.",
    )

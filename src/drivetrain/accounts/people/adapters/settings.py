"""Settings of people's accounts."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class PeopleSettings(SettingsGroup):
    """Who may make an account, and where links lead."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_ACCOUNTS_")

    sign_up: bool = Field(default=False, description="Whether anybody may make an account.")
    admin_email: str = Field(
        default="admin@drivetrain.internal",
        description="E-mail address of the first administrator, whom `up` makes where there is nobody.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$",
        description="Address under which people reach the platform, for links in messages; without it the one it listens on.",
    )
    limits: bool = Field(
        default=True, description="Whether sign-in, sign-up and reset are limited per address and account."
    )

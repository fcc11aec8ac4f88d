"""Settings of sessions."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class SessionSettings(SettingsGroup):
    """How long sessions last."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_SESSION_")

    idle_min: int = Field(
        default=30, ge=2, le=10_080, description="A session ends after this time without a request, minutes."
    )
    hours: int = Field(default=12, ge=1, le=720, description="A session ends this long after sign-in, hours.")


class CookieSettings(SettingsGroup):
    """How the cookie of a session is protected."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_")

    insecure_cookies: bool = Field(
        default=False,
        description="Whether cookies are set without `Secure`, for browsers that drop them over http; on loopback only.",
    )

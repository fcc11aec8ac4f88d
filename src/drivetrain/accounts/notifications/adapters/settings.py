"""Settings of mail and webhooks."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup


class SmtpSettings(SettingsGroup):
    """The mail server."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_SMTP_")

    host: str | None = Field(
        default=None,
        description="Mail server; without it each mail becomes a file in the folder `outbox` of the home.",
    )
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the mail server; 465, 587 or 25, as `DRIVETRAIN_SMTP_SECURITY` says, when left out.",
    )
    security: str = Field(
        default="starttls",
        pattern="^(tls|starttls|none)$",
        description="Encryption: `tls` from the start, `starttls` or `none`.",
    )
    username: str | None = Field(
        default=None, description="User name at the mail server, where it asks for one."
    )
    password: SecretStr | None = Field(default=None, description="Password at the mail server.")
    timeout_s: float = Field(
        default=30.0, gt=0, le=300, description="Longest time for one mail to be handed over, seconds."
    )
    sender: str = Field(
        default="drivetrain@localhost",
        pattern=r"^[^@\s<>]{1,64}@[A-Za-z0-9.-]{1,253}$",
        description="Address that mails come from.",
    )
    sender_name: str = Field(
        default="drivetrain",
        max_length=64,
        pattern=r"^[^\r\n]+$",
        description="Name of the installation in mails.",
    )


class WebhookSettings(SettingsGroup):
    """Webhooks."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_WEBHOOKS_")

    allow_loopback: bool = Field(
        default=False,
        description="Whether webhooks may be sent to this machine itself, over plain HTTP too; for development.",
    )
    timeout_s: float = Field(
        default=15.0, gt=0, le=60, description="Longest time for a receiver to answer, seconds."
    )

"""Settings of sessions."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.accounts.people.adapters.addresses import read_address
from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import ContractError


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


class OidcSettings(SettingsGroup):
    """The identity provider that people may sign in at. Without an issuer there is none."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_OIDC_")

    issuer: str | None = Field(
        default=None,
        pattern=r"^(https://[A-Za-z0-9.\[\]:-]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[A-Za-z0-9._~/-]*)?$",
        description="Issuer of an OpenID Connect provider that people may sign in at, https; needs the extra `oidc`.",
    )
    client_id: str | None = Field(
        default=None,
        validate_default=True,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Name of this installation at the provider.",
    )
    client_secret: SecretStr | None = Field(
        default=None,
        description="Secret of this installation at the provider; without one PKCE alone is the proof.",
    )
    client_secret_file: Path | None = Field(
        default=None, description="File with that secret, in place of the setting."
    )
    scopes: str = Field(
        default="openid email profile",
        pattern=r"^[\x21-\x7e]+( [\x21-\x7e]+)*$",
        description="What the provider is asked for, separated by spaces; `openid` is needed.",
    )
    label: str = Field(
        default="Single sign-on",
        min_length=1,
        max_length=40,
        pattern=r"^[^\r\n]+$",
        description="Name of the provider on the page on which people sign in.",
    )
    domains: str | None = Field(
        default=None,
        description="Domains whose e-mail addresses the provider gives out, separated by commas; of others it is not believed.",
    )
    sign_up: bool = Field(
        default=False, description="Whether whoever has an address of these domains gets an account."
    )
    timeout_s: float = Field(
        default=10.0, gt=0, le=60, description="Longest time for the provider to answer, seconds."
    )

    @field_validator("issuer")
    @classmethod
    def _has_its_extra(cls, value: str | None) -> str | None:
        if value is not None and importlib.util.find_spec("authlib") is None:
            raise ValueError("the extra is not installed; add it with `pip install 'drivetrain[oidc]'`")
        return value

    @field_validator("client_id")
    @classmethod
    def _is_given_with_the_issuer(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("issuer") is not None:
            raise ValueError("is needed beside DRIVETRAIN_OIDC_ISSUER")
        return value

    @field_validator("client_secret_file")
    @classmethod
    def _holds_the_only_secret(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and info.data.get("client_secret") is not None:
            raise ValueError("give either the file or DRIVETRAIN_OIDC_CLIENT_SECRET")
        if value is not None and not _secret_in(value):
            raise ValueError("the file cannot be read, or is empty")
        return value

    @field_validator("scopes")
    @classmethod
    def _asks_for_an_id_token(cls, value: str) -> str:
        if "openid" not in value.split(" "):
            raise ValueError("`openid` is needed among them")
        return value

    @field_validator("domains")
    @classmethod
    def _can_stand_in_addresses(cls, value: str | None) -> str | None:
        try:
            _domains(value)
        except ContractError:
            raise ValueError("each is the part of an address after the `@`, such as example.org") from None
        return value

    @property
    def believed_domains(self) -> frozenset[str]:
        """The domains, as they stand in the keys of addresses."""
        return _domains(self.domains)

    @property
    def secret(self) -> str:
        """The secret at the provider; empty where there is none."""
        if self.client_secret_file is not None:
            return _secret_in(self.client_secret_file)
        return "" if self.client_secret is None else self.client_secret.get_secret_value()


def _secret_in(file: Path) -> str:
    """What a file holds; empty where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _domains(text: str | None) -> frozenset[str]:
    names = [name.strip() for name in (text or "").split(",")]
    return frozenset(read_address(f"name@{name}").key.rpartition("@")[2] for name in names if name)

"""Settings of people's accounts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.access import PersonRole


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
    second_factor: Literal["exposed", "optional", "admin", "company_admin"] = Field(
        default="exposed",
        description="Whose roles count only after a second factor: `admin` those of the platform's administrators, "
        "`company_admin` those of companies' administrators too, `optional` nobody's; `exposed` is `admin` where other "
        "machines reach the platform, else `optional`.",
    )
    limits: bool = Field(
        default=True, description="Whether sign-in, sign-up and reset are limited per address and account."
    )

    def guarded_roles(self, *, is_exposed: bool) -> frozenset[str]:
        """The roles that count only in sessions with a second factor.

        Args:
            is_exposed: whether the platform listens for other machines than its own.
        """
        if self.second_factor == "company_admin":
            return frozenset({PersonRole.ADMIN, PersonRole.COMPANY_ADMIN})
        is_reached = is_exposed or self.public_url is not None
        if self.second_factor == "admin" or (self.second_factor == "exposed" and is_reached):
            return frozenset({PersonRole.ADMIN})
        return frozenset()

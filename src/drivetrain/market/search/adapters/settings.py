"""Settings of search: currencies, rates and how often a worker looks."""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import InvalidInputError
from drivetrain.market.listings.domain.money import MINOR_DIGITS
from drivetrain.market.search.domain.rates import RateTable


class SearchSettings(SettingsGroup):
    """How prices are compared, and how soon a worker takes changes in."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_MARKET_")

    currency: str = Field(
        default="EUR", description="Of prices in a search that names no currency, ISO 4217."
    )
    rates: str | None = Field(
        default=None,
        max_length=2_000,
        description="Rates by which prices of several currencies are compared, with their day: how much of each "
        "currency one unit of a common one buys, for example `2026-11-30 EUR=1 GBP=0.85`. Without it only prices of "
        "the same currency are compared.",
    )
    look_every_s: float = Field(
        default=1.0,
        ge=0.1,
        le=60,
        description="How often a worker looks for listings that have changed, seconds.",
    )

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, code: str) -> str:
        if code not in MINOR_DIGITS:
            raise ValueError(f"use one of {', '.join(MINOR_DIGITS)}")
        return code

    @field_validator("rates")
    @classmethod
    def _are_rates(cls, text: str | None) -> str | None:
        try:
            RateTable.parse(text or "")
        except InvalidInputError as error:
            raise ValueError(error.detail) from None
        return text

    @property
    def rate_table(self) -> RateTable:
        """The rates, read."""
        return RateTable.parse(self.rates or "")

"""What cars on offer are worth: asked by the product that offers them, answered by the product that values them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.lifecycle.serving.predictions import ModelRef


@dataclass(frozen=True, slots=True)
class OfferedCar:
    """A car on offer; None stands for what the seller does not say.

    Attributes:
        odometer_km: >= 0.
        price: that is asked, in whole units of the currency.
        currency: ISO 4217.
        drive: ``front``, ``rear`` or ``all``.
        owners: former ones.
    """

    make: str
    model: str
    year: int
    odometer_km: float
    price: float
    currency: str
    variant: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    engine_size_l: float | None = None
    power_kw: float | None = None
    drive: str | None = None
    body: str | None = None
    doors: int | None = None
    seats: int | None = None
    owners: int | None = None


@dataclass(frozen=True, slots=True)
class CarValue:
    """What a car is worth and what its price is for a buyer; each is a decision of the ledger.

    Attributes:
        value, low, high: in whole units of the currency, ``low <= value <= high``.
        rating: from ``great`` over ``fair`` to ``overpriced``.
        as_of_year: the year whose prices these are.
    """

    value: float
    low: float
    high: float
    currency: str
    rating: str
    as_of_year: int
    decision_id: str
    model: ModelRef


@dataclass(frozen=True, slots=True)
class NotValued:
    """Why a car has no value, as a stable code."""

    code: str


class CarValues(Protocol):
    """Values cars on offer. Blocking."""

    def versions(self) -> Mapping[str, ModelRef]:
        """By currency, the version that values the cars priced in it now.

        Raises:
            UnavailableError: the catalog cannot be reached.
        """
        ...

    def value(
        self, cars: Sequence[OfferedCar], *, caller: str, request_id: str
    ) -> Sequence[CarValue | NotValued]:
        """Value cars, each with a decision of its own.

        Args:
            caller: as it stands in the ledger, so that reports can leave these decisions out.

        Raises:
            UnavailableError: a model cannot be loaded, or the ledger cannot be reached.
        """
        ...

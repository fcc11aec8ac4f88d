"""Values of cars that other products have on offer, by the released used-car models."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import ListColumn, is_optional
from drivetrain.lifecycle.kit.car_values import CarValue, NotValued, OfferedCar
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.following import open_champion
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.serving.answering import AnswerRows, ExplainedDecision
from drivetrain.lifecycle.serving.predictions import BatchDecisionLog, ModelRef, RequestContext
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR, UsedCarDecision
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.model.contract import ASKING_PRICE, DEAL_CONTRACTS, DOMAIN
from drivetrain.resale.used.model.countries import COUNTRIES, Country
from drivetrain.resale.used.model.predictor import load

NO_COUNTRY = NotValued("resale.no_country")
"""No country's cars are priced in the currency."""

NOT_RELEASED = NotValued("resale.no_champion")
_AT_ONCE = 1_000
_KM_PER_MILE = 1.609344
_KW_PER_BHP = 0.7457
_DRIVES: Mapping[str, str] = {"all": "awd"}
_BODIES: Mapping[str, str] = {"pickup": "ute", "van": "commercial"}
_FUELS: Mapping[str, str] = {"plug_in_hybrid": "hybrid"}
_OWNERS = ("unregistered", "first", "second", "third", "fourth_or_more")
_OF_CURRENCY = {country.currency: country for country in COUNTRIES.values()}


@dataclass(frozen=True, slots=True)
class ReleasedCarValues:
    """The port ``CarValues``: the country whose currency a car is priced in values it.

    Attributes:
        open_files: gives the verified files of a version.
    """

    catalog: ModelCatalog
    open_files: Callable[[ModelVersion], Files]
    ledger: BatchDecisionLog
    clock: Clock

    def versions(self) -> Mapping[str, ModelRef]:
        """By currency, the champion."""
        champions = {
            country.currency: self.catalog.champion(country.model_name) for country in COUNTRIES.values()
        }
        return {
            currency: ModelRef(version.model, version.version)
            for currency, version in champions.items()
            if version is not None
        }

    def value(
        self, cars: Sequence[OfferedCar], *, caller: str, request_id: str
    ) -> Sequence[CarValue | NotValued]:
        """Value cars, those of a country with one version."""
        answers: list[CarValue | NotValued] = [NO_COUNTRY] * len(cars)
        for currency in sorted({car.currency for car in cars} & _OF_CURRENCY.keys()):
            places = [place for place, car in enumerate(cars) if car.currency == currency]
            context = RequestContext(caller, request_id, time.perf_counter())
            of_country = self._of_country(_OF_CURRENCY[currency], [cars[place] for place in places], context)
            for place, answer in zip(places, of_country, strict=True):
                answers[place] = answer
        return answers

    def _of_country(
        self, country: Country, cars: Sequence[OfferedCar], context: RequestContext
    ) -> list[CarValue | NotValued]:
        if self.catalog.champion(country.model_name) is None:
            return [NOT_RELEASED] * len(cars)
        rows = [_row(country, car) for car in cars]
        lines = [row for row in rows if isinstance(row, bytes)]
        values = self._decided(country, lines, context) if lines else iter(())
        return [row if isinstance(row, NotValued) else next(values) for row in rows]

    def _decided(
        self, country: Country, lines: Sequence[bytes], context: RequestContext
    ) -> Iterator[CarValue]:
        predictor = open_champion(country.model_name, load, self.catalog, self.open_files)
        answer = AnswerRows(VALUE_USED_CAR, predictor, self.ledger, self.clock)
        # exhausted before any value is used: only then are the decisions durable
        return iter([_value(each) for chunk in answer(_chunks(lines), context) for each in chunk])


def _chunks(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE))


def _value(decision: ExplainedDecision[UsedCarDecision, Any]) -> CarValue:
    deal = decision.value
    if not isinstance(deal, Deal):
        raise TypeError("every row has an asking price")
    worth = deal.worth
    return CarValue(
        worth.value,
        worth.low,
        worth.high,
        worth.currency,
        deal.rating.value,
        worth.as_of_year,
        decision.decision_id,
        decision.model,
    )


def _row(country: Country, car: OfferedCar) -> bytes | NotValued:
    """The row of the country's contract, as JSON text; or why there is none."""
    contract = DEAL_CONTRACTS[country.code]
    described = _described(country, car)
    raw = {}
    for column in contract.columns:
        cell = described.get(column.name)
        is_refused = cell is not None and isinstance(column.check(cell, DOMAIN), FieldError)
        if cell is not None and not (is_refused and is_optional(column)):
            raw[column.name] = cell
    try:
        row, _ = contract.check_row(raw)
    except ContractError as error:
        return NotValued(error.errors[0].code)
    return orjson.dumps(row)


def _described(country: Country, car: OfferedCar) -> dict[str, object]:
    """All that any country asks for, in its words; a country takes what it knows of it."""
    is_in_miles = country.distance_unit == "miles"
    fuel, gearbox = _FUELS.get(car.fuel or "", car.fuel), car.gearbox
    if gearbox == "semi_automatic":
        gearbox = "semi_auto" if country.code == "uk" else "automatic"
    return {
        "make": car.make,
        "model": _model(country, car),
        "year": car.year,
        country.distance: round(car.odometer_km / (_KM_PER_MILE if is_in_miles else 1.0)),
        "fuel": fuel,
        "transmission": gearbox,
        "engine_size_l": car.engine_size_l,
        "variant": car.variant,
        "drive": _DRIVES.get(car.drive or "", car.drive),
        "body": _BODIES.get(car.body or "", car.body),
        "doors": car.doors,
        "seats": car.seats,
        "condition": "used",
        "power_bhp": None if car.power_kw is None else car.power_kw / _KW_PER_BHP,
        "owner": None if car.owners is None else _OWNERS[min(car.owners, len(_OWNERS) - 1)],
        ASKING_PRICE: car.price,
    }


def _model(country: Country, car: OfferedCar) -> str:
    """The model; with the first word of its variant where the country knows the two words as one model."""
    column = next(each for each in DEAL_CONTRACTS[country.code].columns if each.name == "model")
    longer = " ".join([car.model, *(car.variant or "").split()[:1]])
    is_known = isinstance(column, ListColumn) and column.knows(longer)
    return longer if is_known else car.model

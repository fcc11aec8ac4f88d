"""Explore what one car would cost per day at other mileages and with other equipment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.data.contracts import FieldWarning, FlagColumn, NumberColumn, Row
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.serving.predictions import LiveModel, ModelRef
from drivetrain.rental.price.application.ports import PriceModel
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.domain.price import PriceSuggestion
from drivetrain.rental.price.model.contract import MILEAGE, RENTAL_PRICE

STEPS = 24
"""Of the curve, over the usual mileages: 16,667 km each, finer than the model's own steps where cars are many."""

EQUIPMENT = tuple(column.name for column in RENTAL_PRICE.columns if isinstance(column, FlagColumn))


@dataclass(frozen=True, slots=True)
class PriceAt:
    """The price with one thing changed.

    Attributes:
        value: of the field that was changed.
    """

    value: float | bool
    price: PriceSuggestion


@dataclass(frozen=True, slots=True)
class PriceExploration:
    """What one car would cost.

    Attributes:
        price: of the car as asked for.
        over_mileage: in ascending order, km.
        equipment: by field, with the piece added where the car lacks it, and without it where the car has it.
        warnings: what the model knows too little of, as of the car's suggested price.
    """

    price: PriceSuggestion
    over_mileage: Sequence[PriceAt]
    equipment: Sequence[tuple[str, PriceAt]]
    model: ModelRef
    warnings: Sequence[FieldWarning] = ()


@dataclass(frozen=True, slots=True)
class ExplorePrice:
    """Explores the price of one car.

    This is no decision: nobody acts on a point of it, and nothing is recorded.

    Raises:
        ModelNotReadyError: no version is served yet.
    """

    models: LiveModel[PriceModel]

    def __call__(self, listing: Row, caller: str) -> PriceExploration:
        """Explore a checked listing, with the version that answers this caller."""
        mileages = _mileages()
        changes: list[Row] = [{MILEAGE: mileage} for mileage in mileages]
        changes += [{name: not listing[name]} for name in EQUIPMENT]
        cars = as_columns([listing, *({**listing, **change} for change in changes)], list(listing))

        def explore(model: PriceModel) -> PriceExploration:
            _, (price, *others) = SUGGEST_PRICE.decide(model, cars)
            curve, equipment = others[: len(mileages)], others[len(mileages) :]
            return PriceExploration(
                price,
                [PriceAt(mileage, at) for mileage, at in zip(mileages, curve, strict=True)],
                [
                    (name, PriceAt(not listing[name], at))
                    for name, at in zip(EQUIPMENT, equipment, strict=True)
                ],
                model.ref,
                SUGGEST_PRICE.warn(price),
            )

        return self.models.answer(caller, explore, is_decision=False)


def _mileages() -> list[float]:
    """Whole kilometres over the usual range."""
    column = next(column for column in RENTAL_PRICE.columns if column.name == MILEAGE)
    if not isinstance(column, NumberColumn):
        raise TypeError(f"{MILEAGE} is no number")
    width = column.usual_high - column.usual_low
    return [float(round(column.usual_low + step * width / STEPS)) for step in range(STEPS + 1)]

"""Say what one used car is expected to be worth in the years to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.serving.predictions import LiveModel, ModelRef
from drivetrain.resale.used.application.ports import UsedCarValues
from drivetrain.resale.used.application.value_used_car import value_of
from drivetrain.resale.used.domain.value import FutureValue, UsedCarValue


@dataclass(frozen=True, slots=True)
class Outlook:
    """The years to come of one car, each with a wider range than the one before.

    Attributes:
        worth: of the car as it is.
        distance_per_year: how far it is assumed to be driven, in the country's unit.
        warnings: what the model knows too little of, as of the value.
    """

    worth: UsedCarValue
    years: Sequence[FutureValue]
    distance_per_year: float
    model: ModelRef
    warnings: Sequence[FieldWarning] = ()


@dataclass(frozen=True, slots=True)
class ForecastValue:
    """Looks ahead for one car. The outlook is recorded nowhere: no outcome can be joined to it for years.

    Raises:
        ModelNotReadyError: no version is served yet.
        InvalidInputError: the years, or the distance a year, are out of range.
    """

    models: LiveModel[UsedCarValues]

    def __call__(self, car: Row, caller: str, *, years: int, distance_per_year: float | None) -> Outlook:
        """Look ahead for a checked car, with the version that answers this caller.

        Args:
            distance_per_year: in the country's unit; None for what is usual in the table.
        """

        def forecast(model: UsedCarValues) -> Outlook:
            worth, warnings = value_of(model, car)
            driven = model.usual_distance if distance_per_year is None else distance_per_year
            return Outlook(worth, model.future(car, years, driven), driven, model.ref, warnings)

        return self.models.answer(caller, forecast, is_decision=False)

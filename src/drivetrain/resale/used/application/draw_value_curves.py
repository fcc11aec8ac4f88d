"""Draw what one used car would be worth at other distances and ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.data.contracts import FieldWarning, Row
from drivetrain.lifecycle.serving.predictions import LiveModel, ModelRef
from drivetrain.resale.used.application.ports import UsedCarValues
from drivetrain.resale.used.application.value_used_car import value_of
from drivetrain.resale.used.domain.value import CurvePoint, UsedCarValue


@dataclass(frozen=True, slots=True)
class ValueCurves:
    """Both curves of one car; along either its value never rises.

    Attributes:
        worth: of the car as it is.
        over_distance: ``at`` in the country's unit.
        over_age: ``at`` in years.
        warnings: what the model knows too little of, as of the value.
    """

    worth: UsedCarValue
    over_distance: Sequence[CurvePoint]
    over_age: Sequence[CurvePoint]
    model: ModelRef
    warnings: Sequence[FieldWarning] = ()


@dataclass(frozen=True, slots=True)
class DrawValueCurves:
    """Draws the curves of one car.

    They are no decision: nobody acts on a point of them, and nothing is recorded.

    Raises:
        ModelNotReadyError: no version is served yet.
    """

    models: LiveModel[UsedCarValues]

    def __call__(self, car: Row, caller: str) -> ValueCurves:
        """Draw for a checked car, with the version that answers this caller."""

        def draw(model: UsedCarValues) -> ValueCurves:
            worth, warnings = value_of(model, car)
            return ValueCurves(
                worth, model.curve_over_distance(car), model.curve_over_age(car), model.ref, warnings
            )

        return self.models.answer(caller, draw, is_decision=False)

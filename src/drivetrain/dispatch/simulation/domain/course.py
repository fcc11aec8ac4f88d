"""What became of everybody in a run."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.dispatch.simulation.domain.cities import City
from drivetrain.dispatch.simulation.domain.contenders import BoolArray
from drivetrain.dispatch.simulation.domain.demand import Demand
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What became of everybody; riders in the order in which they asked.

    Attributes:
        is_counted: who asked between warm-up and tail, shape (riders,).
        accepted_s, picked_up_s: NaN for never, shape (riders,).
        driver: -1 for nobody, shape (riders,).
        refusals: offers of each rider that were refused, shape (riders,).
        empty_km: driven without a rider between warm-up and tail, shape (drivers,).
        on_shift_s: between warm-up and tail, shape (drivers,).
        seconds: simulated.
        offers: made in all.
    """

    city: City
    demand: Demand
    is_counted: BoolArray
    accepted_s: FloatArray
    picked_up_s: FloatArray
    driver: IntArray
    refusals: IntArray
    empty_km: FloatArray
    on_shift_s: FloatArray
    seconds: float
    offers: int

"""What a run is judged by."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from drivetrain.dispatch.simulation.domain.course import Course
from drivetrain.dispatch.simulation.domain.demand import HOUR_S
from drivetrain.dispatch.state.domain.drivers import FloatArray


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of the riders who are counted, and of drivers in that time.

    Attributes:
        served: share of the riders who were picked up.
        wait_s, wait_p50_s, wait_p90_s: of those, from the request to the pick-up.
        pick_up_s: of those, from the driver's acceptance to the pick-up.
        refusals: for each ride.
        empty_share: of the kilometers, driven without a rider.
        utilization: share of the time on shift with a rider.
        earnings_per_h: of a driver on shift, by the made-up tariff.
        gini: of what drivers earn per hour, 0 for all alike.
    """

    served: float
    wait_s: float
    wait_p50_s: float
    wait_p90_s: float
    pick_up_s: float
    refusals: float
    empty_share: float
    utilization: float
    earnings_per_h: float
    gini: float


NAMES = tuple(field.name for field in fields(Measures))


def measures_of(course: Course) -> Measures | None:
    """The figures of a run; None where nobody was served."""
    is_served = course.is_counted & ~np.isnan(course.picked_up_s)
    served = np.flatnonzero(is_served)
    if not len(served):
        return None
    demand, tariff = course.demand, course.city.tariff
    wait_s = course.picked_up_s[served] - demand.at_s[served]
    trip_s, trip_km = demand.trip_s[served], demand.trip_km[served]
    fares = tariff.base + tariff.per_km * trip_km + tariff.per_min * trip_s / 60
    drivers, on_shift_h = course.driver[served], course.on_shift_s / HOUR_S
    earned = np.bincount(drivers, fares, minlength=len(on_shift_h))
    has_worked = on_shift_h > 0.25
    return Measures(
        served=len(served) / int(course.is_counted.sum()),
        wait_s=float(wait_s.mean()),
        wait_p50_s=float(np.quantile(wait_s, 0.5)),
        wait_p90_s=float(np.quantile(wait_s, 0.9)),
        pick_up_s=float((course.picked_up_s - course.accepted_s)[served].mean()),
        refusals=float(course.refusals[course.is_counted].sum()) / len(served),
        empty_share=float(course.empty_km.sum() / (course.empty_km.sum() + trip_km.sum())),
        utilization=float(trip_s.sum() / course.on_shift_s.sum()),
        earnings_per_h=float(fares.sum() / on_shift_h.sum()),
        gini=gini(earned[has_worked] / on_shift_h[has_worked]),
    )


def gini(values: FloatArray) -> float:
    """How unequal values >= 0 are: 0 for all alike, towards 1 for one having everything.

    Source:
        the mean difference of all pairs, by ranks: F. Cowell, "Measuring Inequality", 3rd ed., 2011, section 2.
    """
    total = float(values.sum())
    if total == 0.0:
        return 0.0
    ranks = np.arange(1, len(values) + 1)
    return float((2 * ranks - len(values) - 1) @ np.sort(values) / (len(values) * total))

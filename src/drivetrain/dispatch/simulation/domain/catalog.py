"""The policies that are compared, by their names in commands and results."""

from __future__ import annotations

from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Weights
from drivetrain.dispatch.matching.domain.window_policies import WINDOW_POLICIES
from drivetrain.dispatch.simulation.domain.contenders import Assignment, Contender

REFERENCE = "nearest"

CONTENDERS = (
    Contender(
        REFERENCE,
        "First come, first served: each rider in turn gets the nearest driver. The live policy where riders ask for one.",
        PickUpPolicy(),
        Assignment.FIRST_COME,
    ),
    Contender(
        "closest",
        "The closest pair of the window first, whoever has waited.",
        PickUpPolicy(weights=Weights(waited=0.0)),
        Assignment.CLOSEST,
    ),
    Contender(
        "optimal",
        "The least sum of pick-up times, whoever has waited.",
        PickUpPolicy(weights=Weights(waited=0.0)),
        Assignment.OPTIMAL,
    ),
    Contender(
        "windows",
        "The first policy of windows: a minute of waiting weighs as much as a minute of way.",
        WINDOW_POLICIES["windows"],
        Assignment.OPTIMAL,
    ),
    Contender(
        "waiting_age",
        "A minute of waiting weighs as much as two minutes of way.",
        WINDOW_POLICIES["waiting_age"],
        Assignment.OPTIMAL,
    ),
    Contender(
        "near_first",
        "Windows, and a driver farther than seven minutes is kept back until the rider has waited for the rest.",
        WINDOW_POLICIES["near_first"],
        Assignment.OPTIMAL,
    ),
    Contender(
        "acceptance",
        "Windows, and who will probably refuse is asked later: a refusal costs the rider a minute.",
        PickUpPolicy(weights=Weights(refusal_min=1.0)),
        Assignment.OPTIMAL,
    ),
    Contender(
        "value",
        "Windows, drivers where many stand idle first, and idle ones are sent to where they are needed.",
        PickUpPolicy(weights=Weights(place=0.2)),
        Assignment.OPTIMAL,
        reposition_after_s=60.0,
    ),
)

"""The policies that windows can be matched by: each a version that never changes.

Ranking for one rider is the same in all of them; they differ in how drivers are shared out among many.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Weights

FIRST = "windows"
"""In force until another one is promoted."""

WINDOW_POLICIES: Mapping[str, PickUpPolicy] = {
    FIRST: PickUpPolicy(version="1"),
    "waiting_age": PickUpPolicy(version="2", weights=Weights(waited=2.0)),
    "near_first": PickUpPolicy(version="3", weights=Weights(served_min=7.0, waited=1.0)),
}
"""By name. Each has a row in the league of ``drivetrain simulate dispatch``.

``near_first`` keeps a driver who is farther than seven minutes for somebody nearer, until the rider has waited for what
is beyond: its weights were the best of ``python -m bench.policies --choose`` on seeds that the league does not report.
"""

"""The parts of a campaign that need no platform: boxes of the map, and drivers as they are shown."""

from __future__ import annotations

from dataclasses import replace

from bench.campaign.campaign import LONG, SHORT, quarters, report_of
from bench.campaign.traffic import Report


def test_the_quarters_of_a_box_leave_nothing_out() -> None:
    parts = quarters((0.0, -2.0, 4.0, 2.0))
    assert parts == [(0.0, -2.0, 2.0, 0.0), (0.0, 0.0, 2.0, 2.0), (2.0, -2.0, 4.0, 0.0), (2.0, 0.0, 4.0, 2.0)]


def test_a_driver_as_the_platform_shows_them() -> None:
    shown = {
        "driver_id": "d1",
        "latitude": 40.5,
        "longitude": -74.0,
        "status": "idle",
        "vehicle": None,
        "age_s": 1.0,
        "is_fresh": True,
    }
    assert report_of(shown) == Report("d1", 0, 40.5, -74.0, "idle", "")


def test_each_plan_has_ids_of_its_own() -> None:
    assert SHORT.run != LONG.run
    assert SHORT.poison.startswith(SHORT.run)


def test_kills_are_spread_over_the_matches() -> None:
    plan = replace(SHORT, matches=600, kills=6)
    assert plan.kill_is_due(killed=0, matches=0)
    assert not plan.kill_is_due(killed=1, matches=99)
    assert plan.kill_is_due(killed=1, matches=100)
    assert plan.kill_is_due(killed=5, matches=500)
    assert not plan.kill_is_due(killed=6, matches=10_000)

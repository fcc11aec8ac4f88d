"""What is counted of a match."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from tests.support.matching import context

from drivetrain.dispatch.matching.adapters.metrics import MatchMetrics
from drivetrain.dispatch.matching.application.match_rider import Match, RankedDriver
from drivetrain.lifecycle.serving.predictions import ModelRef


def test_a_match_is_timed_from_a_quarter_of_a_millisecond_and_shows_how_old_its_position_was() -> None:
    registry = CollectorRegistry()
    metrics, policy = MatchMetrics(registry), ModelRef("p", "1")
    drivers = [RankedDriver("d1", 0.9, 0.1, 2.5, 3.5, 0.03), RankedDriver("d2", 0.8, 0.2, 2.9, 50.0, 0.4)]
    metrics.matched(Match(drivers, 40, policy, "1"), context())
    metrics.matched(Match([], 0, policy, "2"), context())
    value = registry.get_sample_value
    assert value("drivetrain_dispatch_match_duration_seconds_bucket", {"le": "0.00025"}) is not None
    assert value("drivetrain_dispatch_match_duration_seconds_count") == 2
    assert value("drivetrain_dispatch_match_candidates_sum") == 40
    assert value("drivetrain_dispatch_matched_position_age_seconds_count") == 1
    assert value("drivetrain_dispatch_matched_position_age_seconds_bucket", {"le": "2.0"}) == 0
    assert value("drivetrain_dispatch_matched_position_age_seconds_bucket", {"le": "5.0"}) == 1

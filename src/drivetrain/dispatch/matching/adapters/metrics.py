"""What Prometheus reads of matches."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from drivetrain.dispatch.matching.application.match_rider import Match
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.lifecycle.serving.predictions import RequestContext

_LATENCY_BUCKETS_S = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.25, 1.0)
_CANDIDATE_BUCKETS = (0, 1, 5, 20, 50, 99, 100)
_AGE_BUCKETS_S = (1, 2, 5, 10, 20, 30, 45, 60, 120, 300, 900)


class MatchMetrics:
    """Times matches, and counts whom they had to choose from."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "drivetrain_dispatch_match_duration_seconds",
            "From the arrival of a request to its ranked drivers, the ledger included.",
            buckets=_LATENCY_BUCKETS_S,
            registry=registry,
        )
        self._candidates = Histogram(
            "drivetrain_dispatch_match_candidates",
            "Idle drivers among whom a match chose.",
            buckets=_CANDIDATE_BUCKETS,
            registry=registry,
        )
        self._age = Histogram(
            "drivetrain_dispatch_matched_position_age_seconds",
            "How old the position of the best driver of a match was.",
            buckets=_AGE_BUCKETS_S,
            registry=registry,
        )
        self._offers = Counter(
            "drivetrain_dispatch_offers_total",
            "Matches that should hold a driver: held, or nobody was free.",
            ["outcome"],
            registry=registry,
        )
        self._lost = Counter(
            "drivetrain_dispatch_holds_lost_total",
            "Drivers whom somebody else held when a hold was tried.",
            registry=registry,
        )
        self._lost_shown = 0

    def matched(self, match: Match, context: RequestContext) -> None:
        """Account for one match."""
        self._seconds.observe(context.waited_us() / 1e6)
        self._candidates.observe(match.candidates)
        if match.drivers:
            self._age.observe(match.drivers[0].age_s)

    def offered(self, *, is_held: bool, lost: int) -> None:
        """Account for one match that should hold a driver.

        Args:
            lost: holds that this process has lost so far.
        """
        self._offers.labels("held" if is_held else "nobody").inc()
        self._lost.inc(lost - self._lost_shown)
        self._lost_shown = lost


class RideMetrics:
    """Counts the steps of rides: what becomes of offers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._steps = Counter(
            "drivetrain_dispatch_ride_steps_total",
            "Steps of rides: what riders, drivers and the desk did, and what ended by time (expire, give_up, abandon).",
            ["step"],
            registry=registry,
        )

    def stepped(self, step: RideStep, rides: int = 1) -> None:
        """Account for a step that was done."""
        self._steps.labels(step.value).inc(rides)

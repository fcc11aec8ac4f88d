"""Each driver reports at their turn, riders are matched, and a platform that is away does not end the drive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.dispatch.events.domain.events import DriverStatus, Place
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.simulation.application.drive import PATIENCE_S, Drive, DriveCity, RideOffer
from drivetrain.dispatch.simulation.domain.city import Position, Rider, SyntheticCity


class NearestPlatform:
    """Gives any driver who has reported to be idle, each once until they report again."""

    def __init__(self) -> None:
        self.reports: list[list[Position]] = []
        self.idle: dict[str, None] = {}
        self.is_away = False
        self.requested: list[str] = []
        self.steps: dict[str, list[RideStep]] = {}
        self.is_real = False

    def has_real_drivers(self) -> bool:
        if self.is_away:
            raise UnavailableError("away")
        return self.is_real

    def report(self, positions: Sequence[Position]) -> int:
        if self.is_away:
            raise UnavailableError("away")
        self.reports.append(list(positions))
        for position in positions:
            if position.status is DriverStatus.IDLE:
                self.idle[position.driver_id] = None
            else:
                self.idle.pop(position.driver_id, None)
        return len(positions) - 1

    def request(self, riders: Sequence[Rider]) -> None:
        if self.is_away:
            raise UnavailableError("away")
        self.requested += [rider.request_id for rider in riders]

    def match(self, rider: Rider) -> RideOffer | None:
        assert rider.request_id in self.requested
        return RideOffer(self.idle.popitem()[0], 7) if self.idle else None

    def offer(self, rider: Rider) -> RideOffer | None:
        return self.match(rider)

    def step(self, request_id: str, step: RideStep, fence: int | None) -> bool:
        assert fence == (None if step is RideStep.CANCEL_BY_RIDER else 7)
        self.steps.setdefault(request_id, []).append(step)
        return True


def drive(
    platform: NearestPlatform,
    seconds: int,
    *,
    requests_per_s: float = 0.0,
    drivers: int = 10,
    is_patient: bool = False,
    is_sole: bool = False,
) -> Drive:
    city = SyntheticCity(drivers=drivers, center=Place(41.88, -87.63), radius_km=3.0, seed=1, run="run")
    driving = DriveCity(
        city, platform, 4, requests_per_s, lambda _: False, is_patient, is_sole, clock=lambda: 0.0
    )
    return driving(seconds, lambda *_: None)


def test_everybody_reports_at_first_and_then_at_their_turn() -> None:
    platform = NearestPlatform()
    done = drive(platform, 9)
    assert [len(report) for report in platform.reports] == [10, 3, 2, 2, 3, 3, 2, 2, 3]
    turns = Counter(position.driver_id for report in platform.reports[1:] for position in report)
    assert set(turns.values()) == {2}
    assert (done.reported, done.refused) == (30 - 9, 9)


def test_riders_are_matched_while_somebody_is_free() -> None:
    done = drive(NearestPlatform(), 60, requests_per_s=1.0, drivers=5)
    assert done.matched >= 5
    assert done.unmatched > 0
    assert done.strangers == 0
    assert len(done.match_ms) == done.matched + done.unmatched + done.unanswered


def test_each_ride_goes_through_its_life() -> None:
    platform = NearestPlatform()
    done = drive(platform, 1_500, requests_per_s=0.1, drivers=30)
    lives = Counter(
        tuple(step for step in steps if step is not RideStep.DECLINE) for steps in platform.steps.values()
    )
    whole = (RideStep.ACCEPT, RideStep.PICK_UP, RideStep.COMPLETE)
    assert set(lives) <= {whole, whole[:2], whole[:1], (RideStep.CANCEL_BY_RIDER,), ()}
    assert lives[whole] == done.completed > 50
    assert any(RideStep.DECLINE in steps for steps in platform.steps.values())
    assert done.unanswered > 0


def test_a_rider_whom_nobody_drives_cancels() -> None:
    platform = NearestPlatform()
    done = drive(platform, PATIENCE_S + 20, requests_per_s=0.1, drivers=1)
    assert done.cancelled > 0
    assert sum(steps == [RideStep.CANCEL_BY_RIDER] for steps in platform.steps.values()) == done.cancelled


def test_patient_riders_take_what_the_platform_offers_by_itself() -> None:
    done = drive(NearestPlatform(), 60, requests_per_s=0.5, is_patient=True)
    assert done.matched > 0
    assert (done.unmatched, done.match_ms) == (0, [])


def test_while_the_platform_is_away_the_drive_goes_on() -> None:
    platform = NearestPlatform()
    platform.is_away = True
    done = drive(platform, 5, requests_per_s=5.0)
    assert done.failed > 5
    assert (done.reported, done.matched) == (0, 0)


def test_a_drive_ends_when_it_is_asked_to() -> None:
    city = SyntheticCity(drivers=2, center=Place(41.88, -87.63), radius_km=3.0, seed=1, run="run")
    seconds: list[int] = []
    driving = DriveCity(city, NearestPlatform(), 4, 0.0, lambda _: len(seconds) == 3)
    driving(None, lambda second, _: seconds.append(second))
    assert seconds == [1, 2, 3]


def test_where_there_are_real_drivers_nobody_is_driven_unless_that_is_wanted() -> None:
    platform = NearestPlatform()
    platform.is_real = True
    with pytest.raises(ConflictError) as raised:
        drive(platform, 9, is_sole=True)
    assert (raised.value.code, platform.reports) == ("dispatch.real_drivers", [])
    assert drive(platform, 9).reported > 0


def test_a_platform_that_is_away_is_asked_again_who_its_drivers_are() -> None:
    platform = NearestPlatform()
    platform.is_away = True
    assert drive(platform, 3, is_sole=True).failed == 3
    platform.is_away = False
    assert drive(platform, 3, is_sole=True).reported > 0

"""Driving a platform: a synthetic city reports its drivers, and its riders ask for one, until somebody stops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.dispatch.matching.domain.life import RideStep
from drivetrain.dispatch.simulation.domain.city import Position, Reply, Rider, SyntheticCity

ASK_AGAIN_S = 5
"""Seconds after which a rider without a driver asks again."""

PATIENCE_S = 120
"""Seconds after which a rider without a driver cancels."""


@dataclass(frozen=True, slots=True)
class RideOffer:
    """A driver is held for a request until they answer.

    Attributes:
        fence: the driver's answers name it.
    """

    driver_id: str
    fence: int


class Platform(Protocol):
    """A running platform. Blocking."""

    def has_real_drivers(self) -> bool:
        """Whether any of the drivers that it knows, or of the 2,000 it heard of last, is not made up.

        Raises:
            UnavailableError: the platform cannot be reached, or cannot answer now.
        """
        ...

    def report(self, positions: Sequence[Position]) -> int:
        """Report drivers; how many were accepted.

        Raises:
            UnavailableError: the platform cannot be reached, or cannot take them now.
        """
        ...

    def request(self, riders: Sequence[Rider]) -> None:
        """Report the requests of riders.

        Raises:
            UnavailableError: as above.
        """
        ...

    def match(self, rider: Rider) -> RideOffer | None:
        """Ask for a driver, to be held, or for the offer that stands already; None where nobody is free.

        Raises:
            UnavailableError: as above.
        """
        ...

    def offer(self, rider: Rider) -> RideOffer | None:
        """The offer that the platform made by itself; None where there is none.

        Raises:
            UnavailableError: as above.
        """
        ...

    def step(self, request_id: str, step: RideStep, fence: int | None) -> bool:
        """Do a step of a ride; False where it is not possible any more.

        Raises:
            UnavailableError: as above.
        """
        ...


@dataclass(slots=True)
class Drive:
    """What happened so far.

    Attributes:
        matched: riders whose driver accepted.
        unmatched: times that a rider found nobody.
        unanswered: offers that a driver declined or left unanswered.
        completed: rides that came to their end.
        cancelled: riders who gave up.
        strangers: riders who were matched with somebody who is not of the city, or whom it knows to be busy.
        failed: reports and requests that the platform could not take.
        match_ms: how long each of the last matches took, milliseconds.
    """

    reported: int = 0
    refused: int = 0
    matched: int = 0
    unmatched: int = 0
    unanswered: int = 0
    completed: int = 0
    cancelled: int = 0
    strangers: int = 0
    failed: int = 0
    match_ms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Waiting:
    """A rider without a driver, and when they asked first and will ask next, seconds of the drive."""

    rider: Rider
    since: int
    next: int


@dataclass(slots=True)
class DriveCity:
    """Drives a platform in steps of a second.

    Args:
        every_s: how often each driver reports, whole seconds, >= 1.
        requests_per_s: riders who begin to ask, on average.
        wait: waits so many seconds, or until it shall end; then True.
        is_patient: whether riders wait for the platform to offer them a driver, and ask for none.
        is_sole: whether it is driven only where all drivers are made up: others would be held for nobody.
    """

    city: SyntheticCity
    platform: Platform
    every_s: int
    requests_per_s: float
    wait: Callable[[float], bool]
    is_patient: bool = False
    is_sole: bool = False
    clock: Callable[[], float] = time.perf_counter
    _waiting: dict[str, _Waiting] = field(default_factory=dict, init=False)
    _fences: dict[str, int] = field(default_factory=dict, init=False)
    _has_looked: bool = field(default=False, init=False)

    def __call__(self, seconds: int | None, tell: Callable[[int, Drive], None]) -> Drive:
        """Drive for some seconds, or until it shall end.

        Args:
            tell: called after each second with how many there were, and what happened.

        Raises:
            ConflictError: ``dispatch.real_drivers``; nothing was sent.
        """
        drive, began_at, second = Drive(), self.clock(), 0
        while seconds is None or second < seconds:
            if self._has_looked or self._may_begin(drive):
                self._second(second, drive)
            second += 1
            tell(second, drive)
            if self.wait(max(0.0, began_at + second - self.clock())):
                break
        return drive

    def _may_begin(self, drive: Drive) -> bool:
        """Whether all drivers are made up; False while the platform does not say. It is asked until it does.

        Raises:
            ConflictError: ``dispatch.real_drivers``.
        """
        try:
            has_others = self.is_sole and self.platform.has_real_drivers()
        except UnavailableError:
            drive.failed += 1
            return False
        if has_others:
            raise ConflictError(
                "The platform knows drivers who are not made up, and would hold them for riders who are. "
                "With --beside-real-drivers it is driven all the same.",
                code="dispatch.real_drivers",
            )
        self._has_looked = True
        return True

    def _second(self, second: int, drive: Drive) -> None:
        self._report(second, drive)
        self._request(second, drive)
        for waiting in [each for each in self._waiting.values() if each.next <= second]:
            self._serve(waiting, second, drive)
        self._move(drive)

    def _report(self, second: int, drive: Drive) -> None:
        """Report a share of the drivers in each second, so that each of them reports every ``every_s``."""
        positions = self.city.positions(range(second % self.every_s, len(self.city), self.every_s))
        if second == 0:
            positions = self.city.positions(range(len(self.city)))
        try:
            accepted = self.platform.report(positions)
        except UnavailableError:
            drive.failed += 1
            return
        drive.reported += accepted
        drive.refused += len(positions) - accepted

    def _request(self, second: int, drive: Drive) -> None:
        riders = self.city.riders(self.requests_per_s, 1.0)
        try:
            if riders:
                self.platform.request(riders)
        except UnavailableError:
            drive.failed += len(riders)
            return
        self._waiting |= {rider.request_id: _Waiting(rider, second, second) for rider in riders}

    def _serve(self, waiting: _Waiting, second: int, drive: Drive) -> None:
        rider = waiting.rider
        waiting.next = second + (1 if self.is_patient else ASK_AGAIN_S)
        try:
            if second - waiting.since >= PATIENCE_S:
                drive.cancelled += self.platform.step(rider.request_id, RideStep.CANCEL_BY_RIDER, None)
                del self._waiting[rider.request_id]
                return
            offer = self._offer(rider, drive)
            if offer is not None:
                self._answer(rider, offer, drive)
            elif not self.is_patient:
                drive.unmatched += 1
        except UnavailableError:
            drive.failed += 1

    def _offer(self, rider: Rider, drive: Drive) -> RideOffer | None:
        if self.is_patient:
            return self.platform.offer(rider)
        began_at = self.clock()
        offer = self.platform.match(rider)
        drive.match_ms.append((self.clock() - began_at) * 1e3)
        del drive.match_ms[:-1_000]
        return offer

    def _answer(self, rider: Rider, offer: RideOffer, drive: Drive) -> None:
        """What the driver does with an offer. One who says nothing is asked again until the offer is over."""
        reply = self.city.reply()
        if not self.city.is_free(offer.driver_id):
            drive.strangers += 1
            reply = Reply.DECLINE
        if reply is not Reply.ACCEPT:
            drive.unanswered += 1
        if reply is Reply.DECLINE:
            self.platform.step(rider.request_id, RideStep.DECLINE, offer.fence)
        if reply is Reply.ACCEPT and self.platform.step(rider.request_id, RideStep.ACCEPT, offer.fence):
            self.city.assign(offer.driver_id, rider)
            self._fences[rider.request_id] = offer.fence
            del self._waiting[rider.request_id]
            drive.matched += 1

    def _move(self, drive: Drive) -> None:
        for arrival in self.city.move(1.0):
            fence = self._fences[arrival.request_id]
            step = RideStep.COMPLETE if arrival.is_end else RideStep.PICK_UP
            try:
                is_done = self.platform.step(arrival.request_id, step, fence)
            except UnavailableError:
                drive.failed += 1
                continue
            if arrival.is_end:
                del self._fences[arrival.request_id]
                drive.completed += is_done

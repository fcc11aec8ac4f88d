"""Driving a platform: a synthetic city reports its drivers, and its riders ask for one, until somebody stops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.simulation.domain.city import Position, Rider, SyntheticCity


class Platform(Protocol):
    """A running platform. Blocking."""

    def report(self, positions: Sequence[Position]) -> int:
        """Report drivers; how many were accepted.

        Raises:
            UnavailableError: the platform cannot be reached, or cannot take them now.
        """
        ...

    def match(self, rider: Rider) -> str | None:
        """Ask for a driver, to be held; None where nobody is free.

        Raises:
            UnavailableError: the platform cannot be reached, or cannot answer now.
        """
        ...


@dataclass(slots=True)
class Drive:
    """What happened so far.

    Attributes:
        failed: reports and requests that the platform could not take.
        strangers: riders who were matched with somebody who is not of the city, or whom it knows to be busy.
        match_ms: how long each of the last matches took, milliseconds.
    """

    reported: int = 0
    refused: int = 0
    matched: int = 0
    unmatched: int = 0
    strangers: int = 0
    failed: int = 0
    match_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DriveCity:
    """Drives a platform in steps of a second.

    Args:
        every_s: how often each driver reports, whole seconds, >= 1.
        requests_per_s: riders who begin to ask, on average.
        wait: waits so many seconds, or until it shall end; then True.
    """

    city: SyntheticCity
    platform: Platform
    every_s: int
    requests_per_s: float
    wait: Callable[[float], bool]
    clock: Callable[[], float] = time.perf_counter

    def __call__(self, seconds: int | None, tell: Callable[[int, Drive], None]) -> Drive:
        """Drive for some seconds, or until it shall end.

        Args:
            tell: called after each second with how many there were, and what happened.
        """
        drive, began_at, second = Drive(), self.clock(), 0
        while seconds is None or second < seconds:
            self._report(second, drive)
            for rider in self.city.riders(self.requests_per_s, 1.0):
                self._match(rider, drive)
            self.city.move(1.0)
            second += 1
            tell(second, drive)
            if self.wait(max(0.0, began_at + second - self.clock())):
                break
        return drive

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

    def _match(self, rider: Rider, drive: Drive) -> None:
        began_at = self.clock()
        try:
            driver_id = self.platform.match(rider)
        except UnavailableError:
            drive.failed += 1
            return
        drive.match_ms.append((self.clock() - began_at) * 1e3)
        del drive.match_ms[:-1_000]
        if driver_id is None:
            drive.unmatched += 1
        elif self.city.assign(driver_id, rider):
            drive.matched += 1
        else:
            drive.strangers += 1

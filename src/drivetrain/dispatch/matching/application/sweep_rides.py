"""Sweeping rides: what nobody ends is ended by time, so that no rider and no driver waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from drivetrain.dispatch.matching.domain.life import RideStep

STEPS_BY_TIME = (RideStep.EXPIRE, RideStep.GIVE_UP, RideStep.ABANDON)
"""In this order: a rider whose offer has just expired may be out of patience."""

GROUP = 200
"""Rides that one transaction changes: the log's partitions are locked meanwhile."""


class OverdueRides(Protocol):
    """Rides whose time is over. Blocking; any number of processes may ask at once."""

    def take_up(self, most: int) -> int:
        """Begin the rides of requests that came as events and about which nothing was done; how many.

        Raises:
            UnavailableError: the database cannot be reached; nothing was done.
        """
        ...

    def end(self, step: RideStep, most: int) -> int:
        """Do a step of ``STEPS_BY_TIME`` with rides whose time for it has come, all of them or none; how many.

        State, hold of the driver, history and event in the log are one transaction. None while another process does it.

        Raises:
            UnavailableError: the database cannot be reached; nothing was done.
        """
        ...

    def is_quiet(self) -> bool:
        """Whether no offer stands, and nothing was done for some seconds: then a request comes with a notice.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class SweepRides:
    """Ends offers that nobody answered, requests that nobody took, and rides of which nobody was heard any more."""

    overdue: OverdueRides

    def __call__(
        self,
        is_stopped: Callable[[], bool],
        attempt: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> Mapping[RideStep, int]:
        """Sweep until nothing is due; how many rides each step was done with.

        Args:
            attempt: what each part of the sweep, by its name, is done in; where it keeps errors back, the parts after
                one that fails are done all the same.

        Raises:
            UnavailableError: the database cannot be reached; what was done before stays done.
        """
        counts = dict.fromkeys(STEPS_BY_TIME, 0)
        with attempt("take_up"):
            while not is_stopped() and self.overdue.take_up(GROUP) == GROUP:
                pass
        for step in STEPS_BY_TIME:
            with attempt(step):
                self._end_all(step, counts, is_stopped)
        return counts

    def _end_all(self, step: RideStep, counts: dict[RideStep, int], is_stopped: Callable[[], bool]) -> None:
        while not is_stopped():
            count = self.overdue.end(step, GROUP)
            counts[step] += count
            if count < GROUP:
                break

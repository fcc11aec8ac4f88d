"""Whether a driver was ever held twice: once by what clients saw, and once by the histories of requests.

Both are free of false alarms. A client is sure of a hold from the answer until it sends what ends it, or until the
offer is over; if two such times of one driver meet, two riders had the driver.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from bench.campaign.oracle import HOLDING, Step


@dataclass(slots=True)
class _Hold:
    """The last one of a driver that clients are sure of; instants in seconds, of one clock."""

    request_id: str
    fence: int
    until_s: float


@dataclass(slots=True)
class HoldWatch:
    """Judges holds while they are made, in the order in which clients learn of them.

    Attributes:
        twice: holds of a driver whom a client was sure to hold, in words.
        stale: holds whose fence is not larger than one that was answered before this was asked for, in words.
        count: of holds.
    """

    twice: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    count: int = 0
    _standing: dict[str, _Hold] = field(default_factory=dict)
    _answered_s: dict[str, list[float]] = field(default_factory=dict)
    _largest: dict[str, list[int]] = field(default_factory=dict)

    def add(
        self,
        driver_id: str,
        request_id: str,
        fence: int,
        *,
        asked_s: float,
        answered_s: float,
        until_s: float,
    ) -> None:
        """A client was answered that it holds a driver.

        Args:
            until_s: the end of the offer.
        """
        self.count += 1
        self._judge_fence(driver_id, request_id, fence, asked_s, answered_s)
        if answered_s >= until_s:
            return  # the answer came after the offer was over: nobody was ever sure of it
        before = self._standing.get(driver_id)
        if before is not None and answered_s < before.until_s:
            self.twice.append(
                f"{driver_id}: {request_id} ({fence}) beside {before.request_id} ({before.fence})"
            )
        self._standing[driver_id] = _Hold(request_id, fence, until_s)

    def _judge_fence(
        self, driver_id: str, request_id: str, fence: int, asked_s: float, answered_s: float
    ) -> None:
        answers, largest = self._answered_s.setdefault(driver_id, []), self._largest.setdefault(driver_id, [])
        earlier = bisect_left(answers, asked_s)
        if earlier and largest[earlier - 1] >= fence:
            self.stale.append(f"{driver_id}: fence {fence} for {request_id} after {largest[earlier - 1]}")
        answers.append(answered_s)
        largest.append(max(fence, largest[-1] if largest else fence))

    def keep(self, driver_id: str, fence: int) -> None:
        """The driver has accepted, and is held until the ride ends."""
        standing = self._standing.get(driver_id)
        if standing is not None and standing.fence == fence:
            standing.until_s = math.inf

    def release(self, driver_id: str, fence: int, at_s: float) -> None:
        """A client is about to send what ends the hold, and is sure of nothing from then on."""
        standing = self._standing.get(driver_id)
        if standing is not None and standing.fence == fence:
            standing.until_s = min(standing.until_s, at_s)


@dataclass(frozen=True, slots=True)
class Span:
    """How long a driver was held for a request, microseconds since 1970.

    Attributes:
        is_by_step: whether somebody ended it; else its time was over.
    """

    driver_id: str
    request_id: str
    fence: int
    since_us: int
    until_us: int
    is_by_step: bool


def spans(history: Iterable[Step], *, offer_us: int, ride_us: int) -> Iterator[Span]:
    """The holds that a history tells of.

    Args:
        history: by request and version.
        offer_us, ride_us: how long an offer and an accepted ride hold their driver.
    """
    for request_id, steps in groupby(history, key=lambda step: step.request_id):
        offer: Step | None = None
        until_us = 0
        for step in steps:
            is_same = offer is not None and step.fence == offer.fence
            if offer is not None and not (is_same and step.state in {"accepted", "picked_up"}):
                yield _span(request_id, offer, min(until_us, step.at_us), is_by_step=step.at_us < until_us)
                offer = None
            if step.state == "offered":
                offer, until_us = step, step.at_us + offer_us
            elif step.state in HOLDING:
                until_us = step.at_us + ride_us
        if offer is not None:
            yield _span(request_id, offer, until_us, is_by_step=False)


def _span(request_id: str, offer: Step, until_us: int, *, is_by_step: bool) -> Span:
    if offer.driver_id is None or offer.fence is None:
        raise ValueError(f"the offer of {request_id} names no driver")
    return Span(offer.driver_id, request_id, offer.fence, offer.at_us, until_us, is_by_step)


def meeting(holds: Iterable[Span], *, wait_us: int) -> Iterator[str]:
    """Holds of one driver that meet, and fences that stand twice, in words.

    A hold whose time was over ends exactly. One that a step ended may end earlier than the step's instant says: that is
    when its transaction began, and the one that held the driver next may have begun before and waited for its lock.

    Args:
        wait_us: how long a statement waits for a lock at most, microseconds.
    """
    fences = set[int]()
    ordered = sorted(holds, key=lambda hold: (hold.driver_id, hold.since_us, hold.fence))
    for driver_id, of_driver in groupby(ordered, key=lambda hold: hold.driver_id):
        last: Span | None = None
        for hold in of_driver:
            if hold.fence in fences:
                yield f"{driver_id}: fence {hold.fence} stands twice"
            fences.add(hold.fence)
            if last is not None and hold.since_us < last.until_us - (wait_us if last.is_by_step else 0):
                yield f"{driver_id}: {hold.request_id} ({hold.fence}) beside {last.request_id} ({last.fence})"
            if last is None or hold.until_us > last.until_us:
                last = hold

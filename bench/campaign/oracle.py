"""How a campaign must end, written apart from the platform: plain loops over what was sent and what was noted.

The states and steps are those of docs/products/dispatch.md, "The life of a request".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from bench.campaign.traffic import Report

FOLLOWING = {
    "requested": {"offered", "cancelled_by_rider", "unserved"},
    "offered": {"accepted", "requested", "cancelled_by_rider", "unserved", "offered"},
    "accepted": {"picked_up", "cancelled_by_rider", "cancelled_by_driver", "abandoned"},
    "picked_up": {"completed", "abandoned"},
}
"""Where a request may go from each state; from the others nowhere. An offer follows an offer whose time is over."""

HOLDING = frozenset({"offered", "accepted", "picked_up"})
"""States in which a driver is held for the request."""


class LastReports:
    """Of the reports of each driver the one with the largest sequence, in whatever order and however often they come."""

    def __init__(self) -> None:
        self._last: dict[str, Report] = {}

    def add(self, report: Report) -> None:
        """Take a report."""
        before = self._last.get(report.driver_id)
        if before is None or report.sequence > before.sequence:
            self._last[report.driver_id] = report

    def items(self) -> Iterable[tuple[str, Report]]:
        """Each driver with their last report."""
        return self._last.items()

    def __len__(self) -> int:
        return len(self._last)


@dataclass(frozen=True, slots=True)
class Step:
    """A state that a request came to, as its history has it.

    Attributes:
        version: 1 for the first.
        fence: of the offer; None where there was none.
        at_us: when the transaction began that did it, microseconds since 1970 by the database's clock.
    """

    request_id: str
    version: int
    state: str
    driver_id: str | None
    fence: int | None
    at_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands: the state, and the offer while there is one."""

    state: str
    version: int
    driver_id: str | None
    fence: int | None


def standings(history: Iterable[Step]) -> Iterator[tuple[str, Standing]]:
    """How each request must stand.

    Args:
        history: by request and version.
    """
    for request_id, steps in groupby(history, key=lambda step: step.request_id):
        last = deque(steps, maxlen=1)[0]
        has_offer = last.state in HOLDING
        yield (
            request_id,
            Standing(
                last.state,
                last.version,
                last.driver_id if has_offer else None,
                last.fence if has_offer else None,
            ),
        )


def wrong_steps(history: Iterable[Step], *, offer_us: int) -> Iterator[str]:
    """Steps that the life of a request does not have, in words.

    Args:
        history: by request and version.
        offer_us: how long an offer lasts, microseconds.
    """
    for request_id, steps in groupby(history, key=lambda step: step.request_id):
        state, version, before = "requested", 0, None
        for step in steps:
            words = f"{request_id}: version {step.version}, {state} -> {step.state}"
            if step.version != version + 1:
                yield f"{words}, after version {version}"
            if step.state not in FOLLOWING.get(state, ()):
                yield words
            is_renewed = before is not None and state == step.state == "offered"
            if is_renewed and before is not None and step.at_us < before.at_us + offer_us:
                yield f"{words}, while the offer lasts"
            is_of_driver = step.state in {"accepted", "picked_up", "completed"}
            if is_of_driver and before is not None and step.fence != before.fence:
                yield f"{words}, with fence {step.fence} instead of {before.fence}"
            if step.state == "accepted" and before is not None and step.at_us >= before.at_us + offer_us:
                yield f"{words}, after the offer was over"
            state, version, before = step.state, step.version, step

"""Looking decisions up in the ledger: by product, model, version and caller, inside a bounded window of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.serving.predictions import ModelRef

DEFAULT_WINDOW = timedelta(days=1)
LONGEST_WINDOW = timedelta(days=92)
"""A quarter. The ledger is read along its primary key, so that the time a search may take follows the window."""


@dataclass(frozen=True, slots=True)
class SearchWindow:
    """An instant and a later one, which is excluded."""

    since: datetime
    until: datetime

    @classmethod
    def of_request(cls, since: datetime | None, until: datetime | None, now: datetime) -> SearchWindow:
        """The window that a caller asks for: until now, and a day long, where nothing else is said.

        Raises:
            ContractError: it ends before it begins, or is longer than ``LONGEST_WINDOW``.
        """
        end = until or now
        try:
            begin = since or end - DEFAULT_WINDOW
            if not timedelta() < end - begin <= LONGEST_WINDOW:
                raise OverflowError
        except OverflowError:
            detail = (
                f"The window must end after it begins, and may be {LONGEST_WINDOW.days} days long at most."
            )
            raise ContractError([FieldError("decisions.bad_window", detail, pointer="/query/from")]) from None
        return cls(begin, end)


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions are wanted; None for all.

    Attributes:
        has_outcome: whether anything proved true of them later.
    """

    window: SearchWindow
    product: str | None = None
    model: str | None = None
    version: str | None = None
    caller: str | None = None
    has_outcome: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision as a list shows it: everything but the features."""

    decision_id: str
    decided_at: datetime
    product: str
    model: ModelRef
    input: Mapping[str, Any]
    answer: Mapping[str, Any]
    latency_us: int
    caller: str
    request_id: str
    has_outcome: bool

    def as_dict(self) -> dict[str, Any]:
        """The decision as it stands in a list."""
        return {
            "decision_id": self.decision_id,
            "decided_at": iso_utc(self.decided_at),
            "product": self.product,
            "model": self.model.as_dict(),
            "input": self.input,
            "answer": self.answer,
            "latency_ms": self.latency_us / 1000,
            "caller": self.caller,
            "request_id": self.request_id,
            "has_outcome": self.has_outcome,
        }


class DecisionSearch(Protocol):
    """Searches the ledger. Blocking."""

    def newest(self, wanted: DecisionFilter, *, before: UUID | None, most: int) -> Sequence[ListedDecision]:
        """Decisions, newest first.

        Args:
            before: only decisions with a lower id: the last one of the page before.

        Raises:
            DeadlineExceededError: ``decisions.search_too_slow``; few decisions of the window are wanted, and looking
                for them takes too long.
            UnavailableError: the ledger cannot be reached.
        """
        ...

"""What is kept of a trial, and the port that keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivetrain.lifecycle.releasing.comparison import Pair


@dataclass(frozen=True, slots=True)
class ShadowAnswer:
    """What the version that did not answer would have said; ``answer_json`` is None when it failed."""

    decision_id: str
    model: str
    version: str
    answer_json: bytes | None
    latency_us: int
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a challenger since its trial began, by its newest answers.

    Attributes:
        answers: requests it answered or shadowed; ``failures`` of them went wrong.
        p95_us: 95th percentile of its time, microseconds; None before the first answer. Of a shadow its own
            time per row; of an answer to a client all that the client waited until the decision was handed
            over.
        outcomes: answers whose truth is known; ``covered`` of them lie in the range.
    """

    answers: int
    failures: int
    p95_us: float | None
    outcomes: int
    covered: int


class TrialStore(Protocol):
    """Keeps shadow answers and reads the evidence. Used off the request path."""

    def add(self, answers: Sequence[ShadowAnswer]) -> None:
        """Store shadow answers; one that stands already changes nothing, one without its decision is dropped."""
        ...

    def pairs(self, model: str, champion: str, challenger: str, *, most: int) -> Iterator[Sequence[Pair]]:
        """Requests that both versions answered, newest first, in chunks."""
        ...

    def evidence(
        self, model: str, version: str, *, since: datetime, outcome: str, is_canary: bool
    ) -> Evidence:
        """What is known of a version since its trial began, by its newest answers and outcomes.

        Args:
            outcome: name of the one that shows the truth of an answer.
            is_canary: False for a shadow, which answers nobody.
        """
        ...

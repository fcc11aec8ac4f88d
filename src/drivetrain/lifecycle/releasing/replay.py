"""Recomputing logged decisions with another version, before anyone is exposed to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Stage
from drivetrain.lifecycle.releasing.comparison import Pair, PairedDifference
from drivetrain.lifecycle.releasing.trials import Redecide, answers_or_none

MOST_DECISIONS = 1_000_000

_USUAL = timedelta(days=1)
_FIRST_END = datetime.min.replace(tzinfo=UTC) + _USUAL


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision of the ledger, as far as a replay needs it; JSON text as it was logged."""

    decision_id: str
    caller: str
    version: str
    input_json: bytes
    answer_json: bytes


class LedgerWindow(Protocol):
    """The ledger by window."""

    def count(self, model: str, *, since: datetime, until: datetime) -> int:
        """Decisions of a window."""
        ...

    def read(
        self, model: str, *, since: datetime, until: datetime, most: int
    ) -> Iterator[Sequence[Recorded]]:
        """The newest decisions with ``since <= decided_at < until``, in chunks, at most ``most``."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Which decisions to replay: UTC instants, ``since`` included, ``until`` not."""

    since: datetime
    until: datetime
    most: int = MOST_DECISIONS

    @classmethod
    def asked(cls, since: datetime | None, until: datetime, most: int) -> Window:
        """The window that somebody asks for; the day before ``until`` when ``since`` is left out.

        Raises:
            InvalidInputError: it ends before it begins.
        """
        begin = max(until, _FIRST_END) - _USUAL if since is None else since
        if begin >= until:
            raise InvalidInputError("`since` must lie before `until`.", code="replay.empty_window")
        return cls(begin, until, most)


def replay(
    ledger: LedgerWindow,
    name: str,
    model: Any,
    window: Window,
    redecide: Redecide,
    difference: PairedDifference,
    stage: Stage,
) -> dict[str, Any]:
    """Answer the logged inputs again and report what would have changed and for whom.

    The contract's canonical row is what was logged, so the same version gives the same bytes.

    Args:
        model: the loaded version to replay with.

    Returns:
        The report of ``PairedDifference``; ``identical`` counts answers that are the same byte by byte,
        ``failed`` decisions that this version cannot answer.
    """
    for chunk in ledger.read(name, since=window.since, until=window.until, most=window.most):
        answers = answers_or_none(redecide, model, [recorded.input_json for recorded in chunk])
        difference.add(
            Pair(each.decision_id, each.caller, each.version, each.input_json, each.answer_json, answer)
            for each, answer in zip(chunk, answers, strict=True)
        )
        stage.advance(len(chunk))
    return difference.report()

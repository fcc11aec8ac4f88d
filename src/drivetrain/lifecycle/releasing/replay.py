"""Recomputing logged decisions with another version, before anyone is exposed to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress, Stage
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.compare_trial import ComparableModel, difference_of
from drivetrain.lifecycle.releasing.comparison import Pair, PairedDifference, in_words
from drivetrain.lifecycle.releasing.redeciding import Redecide, answers_or_none
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.serving.answering import DecisionRule
from drivetrain.lifecycle.serving.predictions import ModelRef

MOST_DECISIONS = 1_000_000

_USUAL = timedelta(days=1)
_FIRST_END = datetime.min.replace(tzinfo=UTC) + _USUAL


@dataclass(frozen=True, slots=True)
class RecordedDecision:
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
    ) -> Iterator[Sequence[RecordedDecision]]:
        """The newest decisions with ``since <= decided_at < until``, in chunks, at most ``most``."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Which decisions to replay: UTC instants, ``since`` included, ``until`` not."""

    since: datetime
    until: datetime
    most: int = MOST_DECISIONS

    @classmethod
    def of_request(cls, since: datetime | None, until: datetime, most: int) -> Window:
        """The window that somebody asks for; the day before ``until`` when ``since`` is left out.

        Raises:
            InvalidInputError: it ends before it begins.
        """
        begin = max(until, _FIRST_END) - _USUAL if since is None else since
        if begin >= until:
            raise InvalidInputError("`since` must lie before `until`.", code="replay.empty_window")
        return cls(begin, until, most)


class ReplayableModel(ComparableModel, Protocol):
    """The part of a model's specification that a replay needs."""

    @property
    def load(self) -> Callable[[Files, ModelRef], Any]:
        """Makes a served model of a version's files."""
        ...

    @property
    def rule(self) -> DecisionRule[Any, Any, Any]:
        """What is decided with it."""
        ...


@dataclass(frozen=True, slots=True)
class ReplayVersion:
    """Answers logged decisions again with another version.

    Attributes:
        model_named: the specification of a model.
        open_version: the verified files of a registered version.
    """

    catalog: ModelCatalog
    ledger: LedgerWindow
    model_named: Callable[[str], ReplayableModel]
    open_version: Callable[[ModelVersion], Files]

    def __call__(self, model: str, version: str, window: Window, progress: Progress) -> dict[str, object]:
        """What the version would have answered to a window of the ledger, as plain values.

        Raises:
            NotFoundError: no such model or version.
            ArtifactRefusedError: the version's files are not what was registered.
        """
        spec = self.model_named(model)
        files = self.open_version(self.catalog.version(model, version))
        loaded = spec.load(files, ModelRef(model, version))
        stored = self.ledger.count(model, since=window.since, until=window.until)
        with progress.stage("replay", total=min(window.most, stored), unit="decisions") as stage:
            redecide, difference = spec.rule.ledger_answers, difference_of(spec)
            report = replay(self.ledger, model, loaded, window, redecide, difference, stage)
        return {
            "model": model,
            "version": version,
            "window": {"since": iso_utc(window.since), "until": iso_utc(window.until), "decisions": stored},
            "summary": in_words(report, f"what version {version} would have changed"),
            **report,
        }


def replay(
    ledger: LedgerWindow,
    name: str,
    model: Any,
    window: Window,
    redecide: Redecide,
    difference: PairedDifference,
    stage: Stage,
) -> dict[str, object]:
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
            Pair(
                decision.decision_id,
                decision.caller,
                decision.version,
                decision.input_json,
                decision.answer_json,
                answer,
            )
            for decision, answer in zip(chunk, answers, strict=True)
        )
        stage.advance(len(chunk))
    return difference.report()

"""Recomputing logged decisions: with the versions that made them, or with another one before anyone is exposed to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from drivetrain.core.errors import DrivetrainError, InvalidInputError, NotFoundError
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

MOST_LOADED = 3
"""Versions in memory at once: around a promotion, two champions and a challenger answer."""

ModelOf = Callable[[str], Any]
"""The version of a decision to the loaded model that answers it, or an ``UnloadableVersion``."""

_USUAL = timedelta(days=1)
_FIRST_END = datetime.min.replace(tzinfo=UTC) + _USUAL


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision of the ledger, as far as it is looked at again; JSON text as it was logged."""

    decision_id: str
    decided_at: datetime
    caller: str
    request_id: str
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
class UnloadableVersion:
    """Why a version that made decisions cannot answer them again."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReplayDecisions:
    """Answers logged decisions again, each with the version that made it or all of them with another one.

    Attributes:
        model_named: the specification of a model.
        open_version: the verified files of a registered version.
    """

    catalog: ModelCatalog
    ledger: LedgerWindow
    model_named: Callable[[str], ReplayableModel]
    open_version: Callable[[ModelVersion], Files]

    def __call__(
        self, model: str, version: str | None, window: Window, progress: Progress
    ) -> dict[str, object]:
        """What would be answered to a window of the ledger now, as plain values.

        Args:
            version: answers every decision; None: each is answered by the version that made it.

        Raises:
            NotFoundError: no such model or version.
            ArtifactRefusedError: the named version's files are not what was registered.
        """
        spec = self.model_named(model)
        model_of = (
            models_by_version(self.catalog, self.open_version, spec, model)
            if version is None
            else self._one(spec, model, version)
        )
        stored = self.ledger.count(model, since=window.since, until=window.until)
        with progress.stage("replay", total=min(window.most, stored), unit="decisions") as stage:
            redecide, difference = spec.rule.ledger_answers, difference_of(spec)
            report = replay(self.ledger, model, model_of, window, redecide, difference, stage)
        return {
            "model": model,
            "version": version,
            "window": {"since": iso_utc(window.since), "until": iso_utc(window.until), "decisions": stored},
            "summary": _summary(report, version),
            **report,
        }

    def _one(self, spec: ReplayableModel, model: str, version: str) -> ModelOf:
        files = self.open_version(self.catalog.version(model, version))
        loaded = spec.load(files, ModelRef(model, version))
        return lambda _: loaded


def models_by_version(
    catalog: ModelCatalog, open_version: Callable[[ModelVersion], Files], spec: ReplayableModel, model: str
) -> ModelOf:
    """Loads versions as decisions need them and keeps a few: they alternate during a trial only."""

    @lru_cache(maxsize=MOST_LOADED)
    def model_of(version: str) -> Any | UnloadableVersion:
        try:
            registered = catalog.version(model, version)
        except NotFoundError as error:
            return UnloadableVersion(error.detail)
        try:
            return spec.load(open_version(registered), ModelRef(model, version))
        except DrivetrainError as error:
            return UnloadableVersion(error.detail)
        except Exception as error:  # noqa: BLE001 - the edge of a version: one that cannot be loaded ends nothing else
            return UnloadableVersion(f"{type(error).__name__}: {error}")

    return model_of


def replay(
    ledger: LedgerWindow,
    name: str,
    model_of: ModelOf,
    window: Window,
    redecide: Redecide,
    difference: PairedDifference,
    stage: Stage,
) -> dict[str, object]:
    """Answer the logged inputs again and report what would have changed and for whom.

    The contract's canonical row is what was logged, so the same version gives the same bytes.

    Args:
        model_of: the loaded model that answers the decisions of a version.

    Returns:
        The report of ``PairedDifference``; ``identical`` counts answers that are the same byte by byte,
        ``failed`` decisions that the answering version cannot answer. ``by_version`` has the same counts for
        each version that made decisions, ``unavailable_versions`` those whose decisions were not replayed.
    """
    decisions_by_unloadable: Counter[tuple[str, str]] = Counter()
    for chunk in ledger.read(name, since=window.since, until=window.until, most=window.most):
        for version, decisions in _by_version(chunk).items():
            model = model_of(version)
            if isinstance(model, UnloadableVersion):
                decisions_by_unloadable[version, model.reason] += len(decisions)
            else:
                difference.add(_pairs(decisions, model, redecide))
        stage.advance(len(chunk))
    return {
        **difference.report(),
        "by_version": difference.by_version(),
        "unavailable_versions": [
            {"version": version, "decisions": count, "reason": reason}
            for (version, reason), count in sorted(
                decisions_by_unloadable.items(), key=lambda item: (len(item[0][0]), item[0])
            )
        ],
    }


def _by_version(chunk: Sequence[RecordedDecision]) -> Mapping[str, Sequence[RecordedDecision]]:
    decisions_by_version: dict[str, list[RecordedDecision]] = {}
    for decision in chunk:
        decisions_by_version.setdefault(decision.version, []).append(decision)
    return decisions_by_version


def _pairs(decisions: Sequence[RecordedDecision], model: Any, redecide: Redecide) -> Iterator[Pair]:
    answers = answers_or_none(redecide, model, [decision.input_json for decision in decisions])
    for decision, answer in zip(decisions, answers, strict=True):
        yield Pair(
            decision.decision_id,
            decision.caller,
            decision.version,
            decision.input_json,
            decision.answer_json,
            answer,
        )


def _summary(report: Mapping[str, Any], version: str | None) -> list[str]:
    subject = (
        "whether the versions that made them still give them"
        if version is None
        else f"what version {version} would have changed"
    )
    return [
        *in_words(report, subject),
        *(
            f"Version {group['version']} cannot be loaded, so its {group['decisions']:,} decisions were not replayed: "
            f"{group['reason']}"
            for group in report["unavailable_versions"]
        ),
    ]

"""Answers about models: versions, what is live, history, trials and replays."""

from __future__ import annotations

from typing import Literal, NotRequired, cast

from typing_extensions import TypedDict

from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.releasing.registry import Challenger, ModelVersion, ReleaseLine


class DatasetAnswer(TypedDict):
    """The table a version learned from."""

    name: str
    version: str
    sha256: str
    source: str
    licence: str
    is_synthetic: bool


class GateCheckAnswer(TypedDict):
    """One question of the gate, with its answer in figures."""

    question: str
    passed: bool
    figures: str


class GateAnswer(TypedDict):
    """Why the gate let a version go live by itself, or left that to a person."""

    passed: bool
    checks: list[GateCheckAnswer]


class HeldBackErrors(TypedDict):
    """Mean absolute errors of a version and the one that was live, on rows of a table that neither learned from.

    Without figures where there were too few ``rows``; ``is_pooled`` where most were answered by refits.
    """

    table: str
    unit: str
    rows: int
    is_pooled: bool
    new_mae_error: NotRequired[float]
    live_mae_error: NotRequired[float]
    difference: NotRequired[dict[str, float]]
    allowed: NotRequired[float]


class LiveComparison(TypedDict):
    """A version beside the one that was live when it was trained; ``moves`` is how far each column of the table moved."""

    live_version: str
    moves: dict[str, float]
    errors: NotRequired[list[HeldBackErrors]]


class VersionAnswer(TypedDict):
    """A registered version; of its metrics, ``*_score`` is better when higher, ``*_error`` when lower."""

    model: str
    version: str
    created_at: str
    metrics: dict[str, float]
    dataset: DatasetAnswer
    is_synthetic: bool
    manifest_sha256: str
    run_id: str
    gate: GateAnswer
    comparison: LiveComparison | None


class VersionDetails(VersionAnswer):
    """A version with the report of its training, the settings it was trained with, and its model card (Markdown)."""

    report: dict[str, object]
    recipe: dict[str, object]
    card: str


class ChallengerAnswer(VersionAnswer):
    """The version on trial, and the share of the callers that it answers; 0 answers no one (shadow)."""

    share: float


class ModelSummary(TypedDict):
    """A model with what is live and what is on trial."""

    name: str
    champion: VersionAnswer | None
    challenger: ChallengerAnswer | None


class ModelDetails(ModelSummary):
    """The same with the report of the champion's training: intervals, baseline, segments, gate; it differs by model."""

    report: dict[str, object] | None


class ModelList(TypedDict):
    """Every model of the platform."""

    items: list[ModelSummary]
    next: None


class VersionList(TypedDict):
    """The versions of a model, newest first."""

    items: list[VersionAnswer]
    next: None


class ReleaseAnswer(ReleaseLine):
    """One line of a model's history: an alias moved from one version to another."""


class ReleaseList(TypedDict):
    """The history of a model, newest first."""

    items: list[ReleaseAnswer]
    next: None


class FollowedBy(TypedDict):
    """Which workers serve the new state, and which do not yet."""

    serving: list[str]
    behind: list[str]


class FollowedRelease(ReleaseAnswer):
    """A release, and the workers that follow it."""

    workers: FollowedBy


class PendingPromotion(TypedDict):
    """A promotion that needs the approval of more people."""

    model: str
    version: str
    state: Literal["waiting"]
    approved_by: list[str]
    needed: int


class ChangeAnswer(TypedDict):
    """Relative changes of the answers: mean, mean of the absolute ones, and quantiles."""

    mean: float
    mean_absolute: float
    p5: float
    p25: float
    p50: float
    p75: float
    p95: float


class AffectedGroup(TypedDict):
    """Decisions that share the value of a field, and how far their answers move."""

    field: str
    value: str
    decisions: int
    mean_change: float
    moved_share: float


class ChangeBar(TypedDict):
    """Answers whose relative change lies above ``above``, up to ``to``; null where the bar is open. Those of 0 are in none."""

    above: float | None
    to: float | None
    decisions: int


MovedDecision = TypedDict(
    "MovedDecision",
    {"decision_id": str, "from": float | str | None, "to": float | str | None, "change": float},
)
"""One decision with both answers."""


class DifferenceAnswer(TypedDict):
    """How the answers of two versions differ; figures of the change are missing while there is no pair.

    ``identical`` answers are the same byte by byte, ``unmoved`` ones have the same amount or word. There is no
    ``histogram`` of words.
    """

    decisions: int
    identical: int
    changed: int
    failed: int
    answered_by: dict[str, int]
    failed_examples: NotRequired[list[str]]
    moved_share: NotRequired[float]
    moved_means: NotRequired[str]
    change: NotRequired[ChangeAnswer]
    affected: NotRequired[list[AffectedGroup]]
    largest: NotRequired[list[MovedDecision]]
    unmoved: NotRequired[int]
    histogram: NotRequired[list[ChangeBar]]


class GuardRailAnswer(TypedDict):
    """What a challenger must not do, and how it stands with that."""

    name: str
    measured: float | None
    allowed: float
    cases: int
    state: Literal["waiting", "ok", "broken"]
    sentence: str


class EndedTrial(TypedDict):
    """Who ended a trial, when and why."""

    at: str
    actor: str
    reason: str


class TrialComparison(DifferenceAnswer):
    """A challenger beside its champion, request by request."""

    model: str
    champion: str
    challenger: str
    share: float
    since: str
    ended: EndedTrial | None
    summary: list[str]
    guard_rails: list[GuardRailAnswer]


class ReplayedWindow(TypedDict):
    """The window, and how many decisions the ledger holds in it."""

    since: str
    until: str
    decisions: int


class VersionDifference(TypedDict):
    """Replayed decisions of the version that made them; ``failed`` are not among ``decisions``."""

    version: str
    decisions: int
    identical: int
    changed: int
    failed: int


class UnavailableVersion(TypedDict):
    """A version that cannot be loaded, and how many of its decisions were not replayed."""

    version: str
    decisions: int
    reason: str


class ReplayAnswer(DifferenceAnswer):
    """Logged decisions answered again; ``version`` is null where each was answered by the version that made it."""

    model: str
    version: str | None
    window: ReplayedWindow
    by_version: list[VersionDifference]
    unavailable_versions: list[UnavailableVersion]
    summary: list[str]


def version_as_dict(version: ModelVersion) -> VersionAnswer:
    """A version as it stands in an answer; where its files lie stays inside."""
    return {
        "model": version.model,
        "version": version.version,
        "created_at": iso_utc(version.created_at),
        "metrics": dict(version.metrics),
        "dataset": cast("DatasetAnswer", dict(version.dataset)),
        "is_synthetic": version.is_synthetic,
        "manifest_sha256": version.manifest_sha256,
        "run_id": version.run_id,
        "gate": cast("GateAnswer", version.report.get("gate", {"passed": False, "checks": []})),
        "comparison": cast("LiveComparison | None", version.report.get("comparison")),
    }


def model_summary(name: str, champion: ModelVersion | None, trial: Challenger | None) -> ModelSummary:
    """A model with what is live and what is on trial."""
    return {
        "name": name,
        "champion": None if champion is None else version_as_dict(champion),
        "challenger": None if trial is None else {**version_as_dict(trial.version), "share": trial.share},
    }

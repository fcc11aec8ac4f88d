"""What versions of a model exist, which one is live, who made it so and why: the ports and their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from typing_extensions import TypedDict

from drivetrain.core.errors import ConflictError, ModelNotReadyError
from drivetrain.core.time import iso_utc

ANY = "*"
"""Stands for whichever version there is, or none; no version is called so."""


class Alias(StrEnum):
    """The roles a version can have."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


def changed_meanwhile(model: str, version: str) -> ConflictError:
    """What a release is refused with when the alias is not where its decision found it."""
    return ConflictError(
        f"The live version of {model!r} has changed meanwhile. Version {version} stays registered: compare it again first.",
        code="model.changed_meanwhile",
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trained model before it has a version number.

    Attributes:
        folder: its files, with the signed manifest.
        metrics: name to value, ``*_score`` higher is better, ``*_error`` lower is better.
        report: everything the card shows: intervals, baseline, segments, gate, limits. Plain JSON values.
        dataset: name, version, SHA-256, source and licence of the table it learned from.
        params: what the training was told, for the tracker.
        is_synthetic: the table was generated, not real.
    """

    model: str
    folder: Path
    manifest_sha256: str
    metrics: Mapping[str, float]
    report: Mapping[str, object]
    dataset: Mapping[str, object]
    params: Mapping[str, object]
    is_synthetic: bool
    card_markdown: str


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A registered version. ``version`` is a decimal number in text form, as the registry gave it.

    Attributes:
        location: folder of its files, relative to the installation's artifacts.
        task_id: of the background task that trained it; empty where none did.
    """

    model: str
    version: str
    created_at: datetime
    location: str
    manifest_sha256: str
    metrics: Mapping[str, float]
    report: Mapping[str, object]
    dataset: Mapping[str, object]
    is_synthetic: bool
    run_id: str
    task_id: str = ""


class ReleaseLine(TypedDict):
    """A release in plain values."""

    model: str
    alias: Literal["champion", "challenger"]
    version: str | None
    previous: str | None
    action: str
    actor: str
    reason: str
    by_gate: bool
    share: float
    at: str


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """An alias is to move to a version.

    Attributes:
        action: ``promote`` or ``load``.
        by_gate: True when the gate decided, False when a person did.
        share: of the callers that a challenger answers, in [0, 1].
    """

    model: str
    alias: Alias
    version: str
    action: str
    actor: str
    reason: str
    by_gate: bool = False
    share: float = 0.0

    def done(self, previous: str | None, at: datetime) -> Release:
        """The line of history, once the alias has moved away from ``previous``."""
        return Release(
            self.model,
            self.alias,
            self.version,
            previous,
            self.action,
            self.actor,
            self.reason,
            self.by_gate,
            at,
            self.share,
        )


@dataclass(frozen=True, slots=True)
class Release:
    """One line of a model's history: an alias moved from one version to another.

    Attributes:
        version: the version that has the alias from ``at`` on; None when no version has it.
        previous: the version that had it before; None for the first.
        action: ``promote``, ``rollback``, ``load``, ``unload``, or ``refuse``, which moved nothing.
        by_gate: True when the gate decided, False when a person did.
        share: of the callers that a challenger answers, in [0, 1].
    """

    model: str
    alias: Alias
    version: str | None
    previous: str | None
    action: str
    actor: str
    reason: str
    by_gate: bool
    at: datetime = field(compare=False)
    share: float = 0.0

    def as_dict(self) -> ReleaseLine:
        """The release as answers and commands show it."""
        return {
            "model": self.model,
            "alias": self.alias.value,
            "version": self.version,
            "previous": self.previous,
            "action": self.action,
            "actor": self.actor,
            "reason": self.reason,
            "by_gate": self.by_gate,
            "share": self.share,
            "at": iso_utc(self.at),
        }


@dataclass(frozen=True, slots=True)
class Challenger:
    """A version on trial beside the champion.

    Attributes:
        share: of the callers it answers, in [0, 1]; 0 is a shadow, which answers nobody.
    """

    version: ModelVersion
    share: float


class NoChampionError(ModelNotReadyError):
    """Nothing of the model was released yet."""

    def __init__(self, model: str) -> None:
        super().__init__(model, f"no version is released; run `drivetrain train {model}`.")


class ModelRegistry(Protocol):
    """Stores candidates as numbered versions with their files, metrics and run. Used by training."""

    def register(self, candidate: Candidate) -> ModelVersion:
        """Give the candidate the next version number of its model, from 1, and keep a copy of its files.

        Raises:
            UnavailableError: the registry cannot be reached; nothing was registered.
        """
        ...

    def mirror_alias(self, model: str, alias: Alias, version: str | None) -> None:
        """Show in the registry which version has an alias; None where none has it."""
        ...


class ModelCatalog(Protocol):
    """What is live, and the history of it: the one truth that every serving process follows."""

    def add_version(self, version: ModelVersion) -> None:
        """Make a registered version known.

        Raises:
            ConflictError: the model has a version of this number, or of this task.
            InvalidInputError: the version is no number, or metrics, report or dataset are not plain JSON
                (NaN and infinity are not).
        """
        ...

    def versions(self, model: str) -> Sequence[ModelVersion]:
        """Every version of a model, newest first; empty for an unknown model."""
        ...

    def of_task(self, model: str, task_id: str) -> ModelVersion | None:
        """The version that a background task has registered; None where it has not yet."""
        ...

    def version(self, model: str, version: str) -> ModelVersion:
        """One version.

        Raises:
            NotFoundError: no such version.
        """
        ...

    def live(self) -> Mapping[tuple[str, Alias], ModelVersion]:
        """Which version has which alias now, for all models, in one look."""
        ...

    def champion(self, model: str) -> ModelVersion | None:
        """The live version of a model; None where none was released."""
        ...

    def history(self, model: str) -> Sequence[Release]:
        """The releases of a model, newest first."""
        ...

    def challengers(self) -> Mapping[str, Challenger]:
        """The version on trial of each model that has one."""
        ...

    def release(self, request: ReleaseRequest, *, expected: str | None = ANY) -> Release:
        """Move an alias to a version, in one transaction with its line of history.

        A challenger that is promoted is no longer on trial: its alias is taken away in the same transaction.

        Args:
            expected: version that must hold the alias, None for no version; ``ANY`` where that does not
                matter.

        Raises:
            NotFoundError: no such version.
            ConflictError: the version has the alias already, with the same share; it would challenge itself;
                or another version than ``expected`` holds the alias.
        """
        ...

    def approve(self, model: str, version: str, *, actor: str, reason: str) -> Sequence[str]:
        """Record that somebody wants a version to be champion.

        Returns:
            Everybody who wants it since the champion's last line of history (a refusal is one), in order,
            each once.

        Raises:
            NotFoundError: no such version.
        """
        ...

    def end_trial(self, model: str, *, actor: str, reason: str, version: str | None = None) -> Release:
        """Take the challenger away. A champion is never taken away, only followed by another one.

        Args:
            version: end the trial of this version only; None for whichever is on trial.

        Raises:
            ConflictError: no version is on trial, or another one.
        """
        ...

    def refuse(self, model: str, alias: Alias, *, actor: str, reason: str) -> Release:
        """Record that a version was not given the alias: a line of history that moves nothing."""
        ...

    def roll_back(self, model: str, *, actor: str, reason: str) -> Release:
        """Give ``champion`` back to the version that had it before the present one was promoted.

        Rolling back again goes one promotion further back; it does not undo the first rollback.

        Raises:
            ConflictError: there is no earlier champion.
        """
        ...


def standing_champions(releases: Iterable[Release]) -> list[str]:
    """The promotions that no roll-back has taken back, oldest first; the last of them is live.

    Args:
        releases: of one model, oldest first.
    """
    standing: list[str] = []
    for release in releases:
        if release.alias is Alias.CHAMPION and release.action == "rollback":
            standing.pop()
        elif release.alias is Alias.CHAMPION and release.action == "promote" and release.version is not None:
            standing.append(release.version)
    return standing

"""Making a version champion: who must agree, and which workers have followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.registry import (
    Alias,
    ModelCatalog,
    ModelVersion,
    Release,
    ReleaseRequest,
    standing_champions,
)

FOLLOW_TIMEOUT_S = 5.0
_LOOK_INTERVAL_S = 0.05


class ServingProcess(Protocol):
    """One process that serves, as it last reported."""

    @property
    def name(self) -> str:
        """For people: host and process id."""
        ...

    @property
    def serving(self) -> Mapping[str, str]:
        """Version by model; and by ``trial_of`` a model, the version on trial with its share."""
        ...


@dataclass(frozen=True, slots=True)
class Promotion:
    """A request to promote and what came of it.

    Attributes:
        release: the line of history; None while more people must agree.
        approved_by: everybody who approved the version so far.
        needed: how many must.
    """

    release: Release | None
    approved_by: Sequence[str]
    needed: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """Which processes serve the version, and which do not yet."""

    serving: Sequence[str]
    behind: Sequence[str]


@dataclass(frozen=True, slots=True)
class Releases:
    """Moves champion and challenger.

    A version is verified before it gets an alias: what cannot be served stays out.

    Attributes:
        verify: loads a version as a serving process would; raises ArtifactRefusedError.
        approvals: how many different people must agree before a version becomes champion.
    """

    catalog: ModelCatalog
    verify: Callable[[ModelVersion], None]
    approvals: int = 1

    def promote(self, model: str, version: str, *, actor: str, reason: str) -> Promotion:
        """Approve a version, and make it champion once enough people did.

        Raises:
            NotFoundError: no such version.
            ConflictError: it is champion already; or it was refused, which the history says.
        """
        candidate = self.catalog.version(model, version)
        champion = self.catalog.champion(model)
        if champion is not None and champion.version == version:
            raise ConflictError(
                f"Version {version} of {model!r} is already the champion.", code="model.already_live"
            )
        self._verify_or_refuse(candidate, Alias.CHAMPION, actor, reason)
        approved_by = self.catalog.approve(model, version, actor=actor, reason=reason)
        if len(approved_by) < self.approvals:
            return Promotion(None, approved_by, self.approvals)
        everybody = " and ".join(approved_by)
        release = self.catalog.release(
            ReleaseRequest(model, Alias.CHAMPION, version, action="promote", actor=everybody, reason=reason)
        )
        return Promotion(release, approved_by, self.approvals)

    def roll_back(self, model: str, *, actor: str, reason: str) -> Release:
        """Go back to the champion before the present one. Nobody else need agree: it is the way out at night.

        Raises:
            ConflictError: there is no earlier champion; or it was refused, which the history says.
        """
        standing = standing_champions(reversed(self.catalog.history(model)))
        if len(standing) > 1:
            self._verify_or_refuse(self.catalog.version(model, standing[-2]), Alias.CHAMPION, actor, reason)
        return self.catalog.roll_back(model, actor=actor, reason=reason)

    def load(self, model: str, version: str, *, share: float, actor: str, reason: str) -> Release:
        """Put a version on trial beside the champion; ``share`` 0 is a shadow.

        Raises:
            NotFoundError: no such version.
            ConflictError: it is on trial with this share already, or is the champion; or it was refused,
                which the history says.
        """
        self._verify_or_refuse(self.catalog.version(model, version), Alias.CHALLENGER, actor, reason)
        return self.catalog.release(
            ReleaseRequest(
                model, Alias.CHALLENGER, version, action="load", actor=actor, reason=reason, share=share
            )
        )

    def unload(self, model: str, *, actor: str, reason: str) -> Release:
        """End the trial of the challenger.

        Raises:
            ConflictError: no version is on trial.
        """
        return self.catalog.end_trial(model, actor=actor, reason=reason)

    def _verify_or_refuse(self, version: ModelVersion, alias: Alias, actor: str, reason: str) -> None:
        try:
            self.verify(version)
        except ArtifactRefusedError as error:
            refusal = f"Version {version.version} was refused: {error.detail} It was wanted because: {reason}"
            self.catalog.refuse(version.model, alias, actor=actor, reason=refusal)
            raise ConflictError(
                f"Version {version.version} of {version.model!r} failed verification, and nothing has changed: {error.detail}",
                code=error.code,
            ) from error


def trial_of(model: str) -> str:
    """Under which name a process reports the challenger it has loaded."""
    return f"{model} on trial"


def with_share(version: str | None, share: float) -> str | None:
    """How a process reports a challenger; None for none."""
    return None if version is None else f"{version} {share:g}"


def wait_until_followed(
    alive: Callable[[], Sequence[ServingProcess]],
    role: str,
    version: str | None,
    *,
    timeout_s: float = FOLLOW_TIMEOUT_S,
    sleep: Callable[[float], object] = time.sleep,
) -> Rollout:
    """Wait until every serving process serves the version, or the time is over.

    Args:
        alive: reads the processes that were heard of lately.
        role: a model, or ``trial_of`` it.
        version: None to wait until no process has one.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        processes = alive()
        behind = [process.name for process in processes if process.serving.get(role) != version]
        if not behind or time.monotonic() >= give_up_at:
            serving = [process.name for process in processes if process.serving.get(role) == version]
            return Rollout(serving, behind)
        sleep(_LOOK_INTERVAL_S)

"""Making a version champion: who must agree, and which workers have followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.registry import Alias, ModelCatalog, Release

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
        """Version by model."""
        ...


@dataclass(frozen=True, slots=True)
class Promotion:
    """What became of a wish to promote.

    Attributes:
        release: the line of history; None while more people must agree.
        approved_by: everybody who wants the version so far.
        needed: how many must.
    """

    release: Release | None
    approved_by: Sequence[str]
    needed: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Which processes serve the version, and which do not yet."""

    serving: Sequence[str]
    behind: Sequence[str]


def promote(catalog: ModelCatalog, model: str, version: str, *, actor: str, reason: str, needed: int) -> Promotion:
    """Approve a version, and make it champion once ``needed`` different people did.

    Raises:
        NotFoundError: no such version.
        ConflictError: it is champion already.
    """
    champion = catalog.live().get((model, Alias.CHAMPION))
    if champion is not None and champion.version == version:
        raise ConflictError(f"Version {version} of {model!r} is the champion already.", code="model.already_live")
    approved_by = catalog.approve(model, version, actor=actor, reason=reason)
    if len(approved_by) < needed:
        return Promotion(None, approved_by, needed)
    release = catalog.release(model, Alias.CHAMPION, version, action="promote", actor=" and ".join(approved_by), reason=reason)
    return Promotion(release, approved_by, needed)


def wait_until_followed(
    alive: Callable[[], Sequence[ServingProcess]], model: str, version: str, *, timeout_s: float = FOLLOW_TIMEOUT_S
) -> Followed:
    """Wait until every serving process serves the version, or the time is over.

    Args:
        alive: reads the processes that were heard of lately.
    """
    give_up_at = time.monotonic() + timeout_s
    while True:
        processes = alive()
        behind = [process.name for process in processes if process.serving.get(model) != version]
        if not behind or time.monotonic() >= give_up_at:
            serving = [process.name for process in processes if process.serving.get(model) == version]
            return Followed(serving, behind)
        time.sleep(_LOOK_INTERVAL_S)

"""Promoting and rolling back the policy of windows, each release with what the league says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from drivetrain.core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from drivetrain.core.time import Clock
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.matching.domain.window_policies import FIRST, WINDOW_POLICIES

LONGEST_REASON = 500

LeagueRow = Mapping[str, Any]
"""What a league says of a policy by market, and which league."""


@dataclass(frozen=True, slots=True)
class Release:
    """A policy came into force.

    Attributes:
        number: counts up from 1.
        policy: its name.
        version: as decisions have it.
        returns_to: the release that rolling back comes to; None for the policy that was there first.
        league: what was known of it.
    """

    number: int
    policy: str
    version: str
    returns_to: int | None
    reason: str
    author: str
    released_at: datetime
    league: LeagueRow


class PolicyReleases(Protocol):
    """Releases as they are kept. Blocking; every method raises UnavailableError without the database."""

    def all(self) -> Sequence[Release]:
        """Every release, newest first."""
        ...

    def newest(self) -> Release | None:
        """The one in force."""
        ...

    def add(self, release: Release, *, is_rollback: bool) -> None:
        """Keep one.

        Raises:
            ConflictError: ``dispatch.policy_changed``; there is one of this number.
        """
        ...


class LeagueRows(Protocol):
    """What leagues say. Blocking."""

    def row(self, policy: str, weights: Mapping[str, float]) -> LeagueRow | None:
        """The row of a policy with these weights in the newest league; None where it has none.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """Puts a policy into force; every process that matches windows follows with its next one."""

    releases: PolicyReleases
    leagues: LeagueRows
    clock: Clock

    def promote(
        self, policy: str, *, reason: str, author: str, expected_release: int | None = None
    ) -> Release:
        """Put another policy into force.

        Args:
            expected_release: the release that the author thinks is in force (0 for none); None for any.

        Raises:
            NotFoundError: ``dispatch.unknown_policy``.
            ConflictError: ``dispatch.policy_in_force``, ``dispatch.policy_changed``, or ``dispatch.no_league_row``:
                nobody has tried it in a league.
            InvalidInputError: ``dispatch.policy_reason``.
        """
        if policy not in WINDOW_POLICIES:
            raise NotFoundError(
                f"There is no policy {policy!r}; there are {', '.join(WINDOW_POLICIES)}.",
                code="dispatch.unknown_policy",
            )
        newest = self._newest(expected_release)
        if policy == (FIRST if newest is None else newest.policy):
            raise ConflictError(f"The policy {policy} is in force already.", code="dispatch.policy_in_force")
        returns_to = None if newest is None else newest.number
        return self._release(newest, policy, returns_to, reason, author, is_rollback=False)

    def roll_back(self, *, reason: str, author: str, expected_release: int | None = None) -> Release:
        """Put the policy before the last promotion into force again; rolling back again goes one further back.

        Raises:
            ConflictError: ``dispatch.nothing_to_roll_back``, ``dispatch.policy_changed``.
            InvalidInputError: ``dispatch.policy_reason``.
        """
        newest = self._newest(expected_release)
        if newest is None or (newest.returns_to is None and newest.policy == FIRST):
            raise ConflictError(
                "No promotion is left to be rolled back.", code="dispatch.nothing_to_roll_back"
            )
        target = next((one for one in self.releases.all() if one.number == newest.returns_to), None)
        policy, returns_to = (FIRST, None) if target is None else (target.policy, target.returns_to)
        return self._release(newest, policy, returns_to, reason, author, is_rollback=True)

    def _newest(self, expected_release: int | None) -> Release | None:
        newest = self.releases.newest()
        number = 0 if newest is None else newest.number
        if expected_release is not None and expected_release != number:
            raise ConflictError(
                f"Release {number} is in force, not {expected_release}; look at it, then decide again.",
                code="dispatch.policy_changed",
            )
        return newest

    def _release(
        self,
        newest: Release | None,
        policy: str,
        returns_to: int | None,
        reason: str,
        author: str,
        *,
        is_rollback: bool,
    ) -> Release:
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise InvalidInputError(
                f"A release needs a reason of 1 to {LONGEST_REASON} characters.",
                code="dispatch.policy_reason",
            )
        weights = WINDOW_POLICIES[policy].weights
        league = self.leagues.row(policy, weights.as_mapping())
        if league is None and not is_rollback:
            raise ConflictError(
                f"The newest league has no row of {policy} with its weights; make one with "
                "`drivetrain simulate dispatch --keep`.",
                code="dispatch.no_league_row",
            )
        release = Release(
            1 if newest is None else newest.number + 1,
            policy,
            WINDOW_POLICIES[policy].version,
            returns_to,
            reason,
            author,
            self.clock.now(),
            league or {},
        )
        self.releases.add(release, is_rollback=is_rollback)
        return release


class FollowReleases:
    """The policy in force, asked before each window; the last known one while the database cannot be reached."""

    def __init__(self, releases: PolicyReleases) -> None:
        self._releases = releases
        self._known = WINDOW_POLICIES[FIRST]

    def __call__(self) -> PickUpPolicy:
        """The policy. Blocking."""
        try:
            newest = self._releases.newest()
        except UnavailableError:
            return self._known
        if newest is None:
            self._known = WINDOW_POLICIES[FIRST]
        elif newest.policy in WINDOW_POLICIES:  # a newer program may know more
            self._known = WINDOW_POLICIES[newest.policy]
        return self._known

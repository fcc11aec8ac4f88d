"""Policies of windows are promoted with their league row, and rolled back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from tests.support.dispatch import NOW
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ConflictError, DrivetrainError, UnavailableError
from drivetrain.dispatch.matching.application.release_policy import (
    FollowReleases,
    LeagueRow,
    Release,
    ReleasePolicy,
)
from drivetrain.dispatch.matching.domain.window_policies import FIRST, WINDOW_POLICIES

OTHER, *_ = (name for name in WINDOW_POLICIES if name != FIRST)


class MemoryReleases:
    """Releases of one process."""

    def __init__(self) -> None:
        self.kept: list[Release] = []
        self.is_away = False

    def all(self) -> Sequence[Release]:
        return self.kept[::-1]

    def newest(self) -> Release | None:
        if self.is_away:
            raise UnavailableError("away", code="database.unavailable")
        return self.kept[-1] if self.kept else None

    def add(self, release: Release, *, is_rollback: bool) -> None:
        self.kept.append(release)


class Leagues:
    """Leagues that know some policies."""

    def __init__(self, *known: str) -> None:
        self.known = known

    def row(self, policy: str, weights: Mapping[str, float]) -> LeagueRow | None:
        assert weights == WINDOW_POLICIES[policy].weights.as_mapping()
        return {"version": "abc"} if policy in self.known else None


def releasing(*known: str) -> ReleasePolicy:
    return ReleasePolicy(MemoryReleases(), Leagues(*(known or WINDOW_POLICIES)), FixedClock(NOW))


def test_a_promotion_keeps_what_the_league_says() -> None:
    release = releasing().promote(OTHER, reason="serves more", author="ann")
    assert (release.number, release.policy, release.version) == (1, OTHER, WINDOW_POLICIES[OTHER].version)
    assert (release.league, release.returns_to) == ({"version": "abc"}, None)


def test_rolling_back_again_goes_one_promotion_further_back() -> None:
    release = releasing()
    release.promote(OTHER, reason="a", author="ann")
    release.promote(FIRST, reason="b", author="ann")
    release.promote(OTHER, reason="c", author="ann")
    came_to = [release.roll_back(reason="no", author="ann").policy for _ in range(3)]
    assert came_to == [FIRST, OTHER, FIRST]
    with pytest.raises(ConflictError) as caught:
        release.roll_back(reason="no", author="ann")
    assert caught.value.code == "dispatch.nothing_to_roll_back"


def test_rolling_back_needs_no_league() -> None:
    release = releasing(OTHER)
    release.promote(OTHER, reason="a", author="ann")
    assert release.roll_back(reason="bad", author="ann").policy == FIRST


@pytest.mark.parametrize(
    ("policy", "wish", "code"),
    [
        ("coin", {}, "dispatch.unknown_policy"),
        (FIRST, {}, "dispatch.policy_in_force"),
        (OTHER, {"expected_release": 3}, "dispatch.policy_changed"),
        (OTHER, {"reason": "  "}, "dispatch.policy_reason"),
        (OTHER, {"reason": "x" * 501}, "dispatch.policy_reason"),
    ],
)
def test_what_cannot_be_promoted(policy: str, wish: Mapping[str, object], code: str) -> None:
    release = releasing()
    with pytest.raises(DrivetrainError) as caught:
        release.promote(policy, **{"reason": "r", "author": "ann", **wish})  # type: ignore[arg-type]
    assert caught.value.code == code
    assert release.releases.newest() is None


def test_a_policy_that_nobody_tried_is_not_promoted() -> None:
    with pytest.raises(ConflictError) as caught:
        releasing(FIRST).promote(OTHER, reason="r", author="ann")
    assert caught.value.code == "dispatch.no_league_row"


def test_windows_follow_the_newest_release_and_go_on_without_the_database() -> None:
    releases = MemoryReleases()
    policy = FollowReleases(releases)
    assert policy() is WINDOW_POLICIES[FIRST]
    ReleasePolicy(releases, Leagues(OTHER), FixedClock(NOW)).promote(OTHER, reason="r", author="ann")
    assert policy() is WINDOW_POLICIES[OTHER]
    releases.is_away = True
    assert policy() is WINDOW_POLICIES[OTHER]


def test_a_policy_of_a_newer_program_changes_nothing_here() -> None:
    releases = MemoryReleases()
    releases.kept.append(Release(1, "from the future", "99", None, "r", "ann", NOW, {}))
    assert FollowReleases(releases)() is WINDOW_POLICIES[FIRST]


def test_versions_are_all_different() -> None:
    versions = [policy.version for policy in WINDOW_POLICIES.values()]
    assert len(set(versions)) == len(versions)

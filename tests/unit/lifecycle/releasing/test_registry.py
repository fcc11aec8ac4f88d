"""Which promotions stand after some were taken back."""

from __future__ import annotations

import pytest
from tests.support.fakes import FixedClock

from drivetrain.lifecycle.releasing.registry import Alias, Release, standing_champions


@pytest.mark.parametrize(
    ("moves", "standing"),
    [
        ("", ""),
        ("1", "1"),
        ("123", "123"),
        ("123<", "12"),
        ("123<<", "1"),
        ("123<<3", "13"),
        ("12<2<", "1"),
        ("121<", "12"),  # a version may come again
        ("1x2x<x", "1"),  # what was refused moved nothing
    ],
)
def test_each_roll_back_takes_one_promotion_back(moves: str, standing: str) -> None:
    """``moves``: a digit promotes that version, ``<`` rolls back, ``x`` is refused."""
    releases: list[Release] = []
    for move in moves:
        action = {"<": "rollback", "x": "refuse"}.get(move, "promote")
        version = {
            "<": lambda: standing_champions(releases)[-2],
            "x": lambda: standing_champions(releases)[-1],
        }.get(move, lambda move=move: move)()
        releases.append(
            Release("m", Alias.CHAMPION, version, None, action, "a", "r", False, FixedClock().now())
        )
    assert "".join(standing_champions(releases)) == standing

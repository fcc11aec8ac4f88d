"""Whose roles count with a second factor only."""

from __future__ import annotations

import pytest

from drivetrain.accounts.people.adapters.settings import PeopleSettings

ADMIN = frozenset({"admin"})


@pytest.mark.parametrize(
    ("chosen", "public_url", "is_exposed", "guarded"),
    [
        ("exposed", None, False, frozenset()),  # one machine by itself: the first link opens everything
        ("exposed", None, True, ADMIN),
        ("exposed", "https://cars.example", False, ADMIN),  # behind a proxy
        ("optional", "https://cars.example", True, frozenset()),
        ("admin", None, False, ADMIN),
        ("company_admin", None, False, ADMIN | {"company_admin"}),
    ],
)
def test_administrators_of_what_others_reach_are_guarded(
    chosen: str, public_url: str | None, is_exposed: bool, guarded: frozenset[str]
) -> None:
    settings = PeopleSettings.model_validate({"second_factor": chosen, "public_url": public_url})
    assert settings.guarded_roles(is_exposed=is_exposed) == guarded

"""Accounts are counted by a keyed hash, and a known browser is known for its own account alone."""

from __future__ import annotations

import pytest

from drivetrain.accounts.people.domain import limits
from drivetrain.accounts.people.domain.limits import account_subject, known_device, new_device
from drivetrain.core.limits import RateRule

KEY = b"k" * 32
ADA, BOB = account_subject("ada@example.org", KEY), account_subject("bob@example.org", KEY)


def test_an_account_is_counted_without_its_address() -> None:
    assert ADA != BOB
    assert "ada" not in ADA
    assert account_subject("ada@example.org", b"x" * 32) != ADA


def test_a_browser_is_known_for_the_account_that_signed_in_there() -> None:
    device = new_device(ADA, KEY)
    assert known_device(device.text, ADA, KEY) == device
    assert known_device(device.text, BOB, KEY) is None
    assert known_device(device.text, ADA, b"x" * 32) is None
    assert new_device(ADA, KEY).device_id != device.device_id


@pytest.mark.parametrize("text", ["", "A", "A" * 64, "ä", "=", "\ud800", "A" * 10_000])
def test_what_is_no_cookie_of_ours_is_a_stranger(text: str) -> None:
    assert known_device(text, ADA, KEY) is None


def test_rules_have_names_of_their_own_and_those_of_passwords_are_counted_strictly() -> None:
    rules = [rule for rule in vars(limits).values() if isinstance(rule, RateRule)]
    assert len({rule.name for rule in rules}) == len(rules)
    strict = {rule.name for rule in rules if rule.guards_password}
    assert {rule.name for rule in rules if rule.name.startswith("sessions.")} <= strict

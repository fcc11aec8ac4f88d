"""Several rules on one request: each is counted until one refuses."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.limits import RateRule, require_room

BY_ADDRESS = RateRule("sessions.sign_in.address", hits=20, window_s=60)
BY_ACCOUNT = RateRule("sessions.sign_in.account", hits=5, window_s=300)


class Refusing:
    """Refuses one rule, and remembers what it was asked."""

    def __init__(self, refused: str) -> None:
        self.refused = refused
        self.counted: list[tuple[str, str]] = []

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Count."""
        self.counted.append((rule.name, subject))
        return 17 if rule.name == self.refused else None


def test_every_rule_is_counted_where_none_refuses() -> None:
    limiter = Refusing("")
    require_room(limiter, [(BY_ADDRESS, "192.0.2.1"), (BY_ACCOUNT, "ada")])
    assert limiter.counted == [(BY_ADDRESS.name, "192.0.2.1"), (BY_ACCOUNT.name, "ada")]


def test_a_refusal_says_when_to_try_again_and_hits_no_rule_after_it() -> None:
    limiter = Refusing(BY_ADDRESS.name)
    with pytest.raises(TooManyRequestsError) as refused:
        require_room(limiter, [(BY_ADDRESS, "192.0.2.1"), (BY_ACCOUNT, "ada")])
    assert refused.value.retry_after_s == 17 and refused.value.code == "limits.too_many_requests"
    assert limiter.counted == [(BY_ADDRESS.name, "192.0.2.1")]  # a stranger must not use up the owner's tries

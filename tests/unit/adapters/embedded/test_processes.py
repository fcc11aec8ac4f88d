"""How long a worker that keeps ending has to wait."""

from __future__ import annotations

import pytest

from drivetrain.adapters.embedded.processes import bind, restart_delay_s
from drivetrain.core.errors import InvalidInputError


def test_the_first_restart_is_immediate_and_the_wait_then_doubles_up_to_half_a_minute() -> None:
    assert [restart_delay_s(failures) for failures in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]


def test_a_crash_loop_of_weeks_does_not_overflow_the_delay() -> None:
    assert restart_delay_s(10_000_000) == 30


def test_a_host_that_is_no_address_says_which_setting_to_change() -> None:
    with pytest.raises(InvalidInputError, match="DRIVETRAIN_HOST") as refused:
        bind("not an address", 0)
    assert refused.value.code == "host.unknown"

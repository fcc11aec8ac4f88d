"""How long a child that keeps ending has to wait."""

from __future__ import annotations

from drivetrain.adapters.embedded.children import restart_delay_s


def test_the_first_restart_is_immediate_and_the_wait_then_doubles_up_to_half_a_minute() -> None:
    assert [restart_delay_s(failures) for failures in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]


def test_a_crash_loop_of_weeks_does_not_overflow_the_delay() -> None:
    assert restart_delay_s(10_000_000) == 30

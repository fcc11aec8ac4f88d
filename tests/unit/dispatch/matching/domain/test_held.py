"""Who is held is remembered until it is over."""

from __future__ import annotations

from drivetrain.dispatch.matching.domain.held import HeldDrivers


def test_a_driver_is_held_until_the_time_is_over_or_they_are_freed() -> None:
    held = HeldDrivers()
    held.add("a", 10, now_us=0)
    assert held.is_held("a", 9)
    assert not held.is_held("a", 10)
    assert not held.is_held("b", 0)
    held.free("a")
    held.free("a")
    assert not held.is_held("a", 0)


def test_what_is_over_is_not_kept_for_ever() -> None:
    held = HeldDrivers()
    for number in range(10_000):
        held.add(f"d{number}", number + 5, now_us=number)
    assert len(held) < 2_000
    assert held.is_held("d9999", 9_999)

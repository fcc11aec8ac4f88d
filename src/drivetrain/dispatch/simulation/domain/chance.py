"""Chance that does not depend on what a policy did before: a rider and a driver meet with the same luck in every run.

Common random numbers make the runs of two policies comparable: they differ by what the policies do, not by luck.
"""

from __future__ import annotations

from enum import IntEnum
from statistics import NormalDist

_MASK = (1 << 64) - 1
_STANDARD = NormalDist()


class Luck(IntEnum):
    """What is drawn for a pair."""

    REFUSES = 1
    ANSWERS_AFTER = 2
    PICK_UP = 3
    DRIFTS_TO = 4


def pair_chance(seed: int, first: int, second: int, luck: Luck) -> float:
    """A number in [0, 1) that only its arguments decide.

    Source:
        G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014 (SplitMix64's mixing).
    """
    mixed = _mix(seed * 4 + luck)
    mixed = _mix(mixed + first + 0x9E3779B97F4A7C15)
    mixed = _mix(mixed + second + 0x9E3779B97F4A7C15)
    return float(mixed >> 11) * 2.0**-53


def pair_normal(seed: int, first: int, second: int, luck: Luck) -> float:
    """The same with the standard normal distribution."""
    return _STANDARD.inv_cdf(pair_chance(seed, first, second, luck) + 2.0**-54)


def _mix(number: int) -> int:
    number &= _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)

"""Starts of rides as tables have them: instants, or the civil time of Chicago without a zone."""

from __future__ import annotations

import numpy as np

from drivetrain.core.city import InstantArray
from drivetrain.trips.city.domain.civil_time import CHICAGO, FIRST_YEAR, LAST_YEAR

FIRST, END = np.datetime64(f"{FIRST_YEAR}-01-01", "us"), np.datetime64(f"{LAST_YEAR + 1}-01-01", "us")
"""The calendar of the model; a start outside of it is as good as none."""


def known_starts(instants: InstantArray) -> InstantArray:
    """The instants, UTC, with NaT for those outside the calendar."""
    return np.where((instants >= FIRST) & (instants < END), instants, np.datetime64("NaT", "us"))


def instants_of(civil: InstantArray) -> InstantArray:
    """The instants of civil times of Chicago.

    The hour that comes twice in autumn counts as its first pass: a time without a zone does not tell which
    one it was.

    Args:
        civil: ``datetime64[us]``, shape (n,); NaT unknown.

    Returns:
        UTC; NaT for the hour that is skipped in spring, for what is outside the calendar, and for the
        unknown.
    """
    return CHICAGO.instants(known_starts(civil))

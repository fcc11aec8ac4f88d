"""How far the state of drivers in a worker is behind the world, in words."""

from __future__ import annotations

import time
from dataclasses import dataclass

from drivetrain.core.health import Condition
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers

NAME = "positions of drivers"

SHOWN_AFTER_S = 5.0
"""A lag that is shorter passes before anybody has read of it."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """Says what is old. Asked by any thread; it answers at once and waits for nobody."""

    following: FollowDrivers

    def __call__(self) -> Condition:
        """The state of drivers as a dependency: degraded when it is old, never down, because prices do not need it."""
        why = self._why()
        return Condition(NAME, "degraded" if why else "ok", why)

    def _why(self) -> str:
        following = self.following
        silent_s = time.monotonic() - following.looked_at
        if silent_s > SHOWN_AFTER_S:
            return f"The log of events was last read {silent_s:.0f} s ago; what is known of drivers is as old as that."
        if following.is_catching_up:
            return f"The log is read from its last minutes, {following.lag_events} events are left; matches wait."
        if following.lag_s > SHOWN_AFTER_S:
            return (
                f"{following.lag_events} events of the log are not read yet, the first of them {following.lag_s:.0f} s "
                "old."
            )
        age_s = following.newest_age_s
        if following.knows_drivers and age_s > following.fresh_s:
            return f"No driver was heard of for {age_s:.0f} s: nobody can be matched."
        return ""

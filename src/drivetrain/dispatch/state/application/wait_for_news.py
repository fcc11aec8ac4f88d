"""Waiting between two looks at the log: for a notice while nothing comes, by the clock while events do."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from drivetrain.core.event_log import EventListener
from drivetrain.dispatch.state.application.follow_drivers import (
    LOOK_EVERY_S,
    QUIET_LOOK_EVERY_S,
    FollowDrivers,
)


def wait_for_news(
    following: FollowDrivers,
    listener: EventListener,
    ending: Event,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return when it is time for the next look.

    The listener is closed unless it is waited for: notices that nobody reads fill its connection, and then the
    database keeps those of everybody.

    Args:
        ending: set when the process is asked to stop; requests in hand are matched meanwhile, so looks go on.
    """
    if ending.is_set():
        listener.close()
        sleep(min(following.pause_s, LOOK_EVERY_S))
    elif following.is_quiet:
        listener.wait(QUIET_LOOK_EVERY_S)
    else:
        listener.close()
        ending.wait(following.pause_s)

"""Following the steps of rides, where the log of an installation reaches back far enough."""

from __future__ import annotations

from collections.abc import Callable

from drivetrain.core.event_log import EventLog
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.application.follow_steps import FEWEST_EVENT_DAYS, FollowSteps, WindowsCopy
from drivetrain.lifecycle.kit.installation import Installation


def follow_steps(
    installation: Installation, log: EventLog, load_copy: Callable[[], WindowsCopy | None] | None = None
) -> FollowSteps | None:
    """The features of drivers in this process; someone has to ``look``.

    None where the log does not reach back over the longest window: a process that starts would count less than one
    that has run for long.
    """
    if installation.settings(EventSettings).event_days < FEWEST_EVENT_DAYS:
        return None
    return FollowSteps(log, decode_steps, installation.clock, load_copy=load_copy)

"""What following the drivers needs."""

from __future__ import annotations

from typing import Protocol

from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.state.domain.drivers import UpdateColumns


class Decode(Protocol):
    """Reads updates of drivers as they stand in the log."""

    def __call__(self, batch: EventBatch, /) -> UpdateColumns:
        """The updates, in their order; events that are none are left out."""
        ...

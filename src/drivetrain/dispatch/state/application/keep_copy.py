"""A copy of the drivers that all workers share, from which a worker that starts goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import Offsets
from drivetrain.core.health import Condition
from drivetrain.core.shared_copies import SharedCopy
from drivetrain.dispatch.state.application.follow_drivers import FORGET_AFTER_S, FollowDrivers
from drivetrain.dispatch.state.application.ports import DriverCopy
from drivetrain.dispatch.state.domain.drivers import DriverTable

NAME = "shared copy of drivers"

LOOK_EVERY_S = 1.0
"""How soon a copy that was lost is there again: as long as one is there, one look in five writes."""

COPY_EVERY_S = 5.0
"""By all workers together: what was appended since is read from the log."""

SHOWN_AFTER_S = 5.0

Pack = Callable[[DriverTable, Offsets, int], bytes]


class KeepCopy:
    """Writes the copy, when it is the turn of this worker. Called again and again, on one thread."""

    def __init__(self, following: FollowDrivers, shared: SharedCopy, pack: Pack) -> None:
        self._following = following
        self._shared = shared
        self._pack = pack
        self._kept: Offsets = {}
        self._well_at = time.monotonic()
        self._why = ""

    def __call__(self) -> None:
        """Write it if it is due; what goes wrong is told by ``condition``: nobody waits for the copy."""
        if not self._following.is_up_to_date:
            self._well_at = time.monotonic()
            return
        try:
            if self._shared.claim(COPY_EVERY_S):
                self._keep()
            self._well_at, self._why = time.monotonic(), ""
        except UnavailableError as error:
            self._why = error.detail

    def condition(self) -> Condition:
        """The copy as a dependency: degraded where it cannot be written. It answers at once."""
        if not self._why or time.monotonic() - self._well_at < SHOWN_AFTER_S:
            return Condition(NAME, "ok")
        detail = "It is not written: a worker that starts reads the last minutes of the log instead."
        return Condition(NAME, "degraded", f"{self._why} {detail}")

    def _keep(self) -> None:
        if self._following.offsets == self._kept and self._shared.touch(FORGET_AFTER_S):
            return  # nothing has come since
        with self._following.table() as table:
            offsets = dict(self._following.offsets or {})
            data = self._pack(table, offsets, self._following.appended_us)
        self._shared.keep(data, FORGET_AFTER_S)
        self._kept = offsets


def load_copy(shared: SharedCopy, unpack: Callable[[bytes], DriverCopy | None]) -> DriverCopy | None:
    """The copy; None where it is not there, cannot be reached or cannot be read."""
    with suppress(UnavailableError):
        data = shared.load()
        return None if data is None else unpack(data)
    return None

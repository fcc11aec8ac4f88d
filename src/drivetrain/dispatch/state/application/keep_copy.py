"""A copy of what workers made of the log, which they share, and from which a worker that starts goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Generic, Protocol, TypeVar

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import Offsets
from drivetrain.core.health import Condition
from drivetrain.core.shared_copies import SharedCopy
from drivetrain.dispatch.state.application.follow_drivers import FORGET_AFTER_S

T = TypeVar("T")
C = TypeVar("C")

LOOK_EVERY_S = 1.0
"""How soon a copy that was lost is there again: as long as one is there, one look in five writes."""

COPY_EVERY_S = 5.0
"""By all workers together: what was appended since is read from the log."""

SHOWN_AFTER_S = 5.0

T_co = TypeVar("T_co", covariant=True)


class Followed(Protocol[T_co]):
    """What a worker made of a topic of the log.

    Attributes:
        offsets: up to which the log was applied; None before the first event.
        appended_us: when the newest event was appended, microseconds since 1970.
        is_up_to_date: whether all of the log was read, and there is something to know from it.
    """

    @property
    def offsets(self) -> Offsets | None: ...  # noqa: D102

    @property
    def appended_us(self) -> int: ...  # noqa: D102

    @property
    def is_up_to_date(self) -> bool: ...  # noqa: D102

    def table(self) -> AbstractContextManager[T_co]:
        """It, unchanged for as long as the block runs."""
        ...


class KeepCopy(Generic[T]):
    """Writes the copy, when it is the turn of this worker. Called again and again, on one thread.

    Args:
        pack: makes bytes of what is followed, with the offsets and the instant that belong to it.
        of: what is followed, in the plural.
        without: what a worker that starts does without the copy.
        every_s: how often it is written, by all workers together, seconds.
    """

    def __init__(
        self,
        following: Followed[T],
        shared: SharedCopy,
        pack: Callable[[T, Offsets, int], bytes],
        *,
        of: str = "drivers",
        without: str = "reads the last minutes of the log instead",
        every_s: float = COPY_EVERY_S,
    ) -> None:
        self._following = following
        self._shared = shared
        self._pack = pack
        self._name = f"shared copy of {of}"
        self._without = without
        self._every_s = every_s
        self._kept: Offsets = {}
        self._well_at = time.monotonic()
        self._why = ""

    def __call__(self) -> None:
        """Write it if it is due; what goes wrong is told by ``condition``: nobody waits for the copy."""
        if not self._following.is_up_to_date:
            self._well_at = time.monotonic()
            return
        try:
            if self._shared.claim(self._every_s):
                self._keep()
            self._well_at, self._why = time.monotonic(), ""
        except UnavailableError as error:
            self._why = error.detail

    def condition(self) -> Condition:
        """The copy as a dependency: degraded where it cannot be written. It answers at once."""
        if not self._why or time.monotonic() - self._well_at < SHOWN_AFTER_S:
            return Condition(self._name, "ok")
        detail = f"It is not written: a worker that starts {self._without}."
        return Condition(self._name, "degraded", f"{self._why} {detail}")

    def _keep(self) -> None:
        if self._following.offsets == self._kept and self._shared.touch(FORGET_AFTER_S):
            return  # nothing has come since
        with self._following.table() as table:
            offsets = dict(self._following.offsets or {})
            data = self._pack(table, offsets, self._following.appended_us)
        self._shared.keep(data, FORGET_AFTER_S)
        self._kept = offsets


def load_copy(shared: SharedCopy, unpack: Callable[[bytes], C | None]) -> C | None:
    """The copy; None where it is not there, cannot be reached or cannot be read."""
    with suppress(UnavailableError):
        data = shared.load()
        return None if data is None else unpack(data)
    return None

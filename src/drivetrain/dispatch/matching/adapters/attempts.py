"""The edge of work that is done again and again: an error ends one attempt, and the next one may go well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from drivetrain.core.errors import UnavailableError

_log = structlog.get_logger("drivetrain.dispatch")


class Attempts:
    """Keeps the errors of the parts of such work from each other, and logs the first of those in a row."""

    def __init__(self) -> None:
        self._failing = set[str]()

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """One attempt at a part."""
        try:
            yield
        except UnavailableError as error:
            if part not in self._failing:
                _log.warning("work waits", part=part, why=error.detail)
            self._failing.add(part)
        except Exception:  # noqa: BLE001 - the edge of a job: the next attempt may go well
            if part not in self._failing:
                _log.exception("work failed", part=part)
            self._failing.add(part)
        else:
            self._failing.discard(part)

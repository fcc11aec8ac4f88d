"""Features of the past, from the lake: as they could be known at an instant, and in no other way.

When something happened is not asked here, because a step that the log got later was not known then, however early it
happened. There is no argument by which it could come in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.application.follow_steps import LOOK_BACK
from drivetrain.dispatch.features.application.ports import DecodeSteps, Lake, LakeObject
from drivetrain.dispatch.features.domain.steps import IntArray, StepColumns, joined
from drivetrain.dispatch.features.domain.views import SEVEN_DAYS, STATS_LAYOUT, Records
from drivetrain.dispatch.features.domain.windows import DriverWindows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadAsKnown:
    """Counts the windows of drivers over the lake, by the code that workers count them with."""

    lake: Lake
    decode: DecodeSteps

    def __call__(self, driver_ids: Sequence[str], known_us: IntArray, progress: Progress) -> Records:
        """The features of drivers as of instants, records of ``STATS_LAYOUT``, shape (n,).

        Args:
            driver_ids: may repeat, shape (n,).
            known_us: one for each, microseconds since 1970. What the log got later counts nothing. The lake has to
                reach beyond them: write it before.

        Raises:
            InvalidInputError: ``dispatch.lake_too_short``; a part of the lake that is needed was removed.
            UnavailableError: the lake cannot be read.
        """
        records = STATS_LAYOUT.empty(len(driver_ids))
        if not len(driver_ids):
            return records
        first_us, last_us = int(known_us.min()), int(known_us.max())
        places = self._places(first_us, last_us)
        windows, order = DriverWindows(), np.argsort(known_us, kind="stable")
        asked = _Asked(driver_ids, known_us, order, records)
        with progress.stage("features", total=len(driver_ids), unit="rows") as stage:
            for steps in self._steps(places):
                done = 0
                for as_of_us in asked.instants(until_us=int(steps.known_us[-1])):
                    end = int(np.searchsorted(steps.known_us, as_of_us, side="right"))
                    windows.apply(steps.only(np.arange(done, end)))
                    done = end
                    stage.advance(asked.answer(windows, as_of_us))
                windows.apply(steps.only(np.arange(done, len(steps))))
            for as_of_us in asked.instants(until_us=last_us):
                stage.advance(asked.answer(windows, as_of_us))
        return records

    def _places(self, first_us: int, last_us: int) -> Sequence[LakeObject]:
        """The objects that are needed.

        Raises:
            InvalidInputError: ``dispatch.lake_too_short``.
        """
        since, last = _instant(first_us) - LOOK_BACK, _instant(last_us)
        begins = _instant(SEVEN_DAYS.first_tile(first_us) * SEVEN_DAYS.tile_us)
        everything = self.lake.objects(REQUESTS)
        for partition in sorted({place.partition for place in everything}):
            oldest = next(place for place in everything if place.partition == partition)
            if oldest.first > 0 and oldest.hour > begins:
                raise InvalidInputError(
                    f"The lake begins at {oldest.hour.isoformat()}; what is asked for needs it from "
                    f"{begins.isoformat()} on.",
                    code="dispatch.lake_too_short",
                )
        return [place for place in everything if since - timedelta(hours=1) < place.hour <= last]

    def _steps(self, places: Sequence[LakeObject]) -> Iterator[StepColumns]:
        """The steps hour by hour, those of an hour in the order in which the log got them; no empty ones."""
        for _, of_hour in groupby(places, key=lambda place: place.hour):
            steps = joined([self.decode(self.lake.read(place)).steps for place in of_hour])
            if len(steps):
                yield steps.only(np.argsort(steps.known_us, kind="stable"))


class _Asked:
    """What is asked for, by instants that rise."""

    def __init__(
        self, driver_ids: Sequence[str], known_us: IntArray, order: IntArray, records: Records
    ) -> None:
        self._driver_ids = driver_ids
        self._order = order
        self._known_us = known_us[order]
        self._records = records
        self._next = 0

    def instants(self, *, until_us: int) -> Iterator[int]:
        """The instants that were not answered yet, up to one."""
        while self._next < len(self._order) and self._known_us[self._next] <= until_us:
            yield int(self._known_us[self._next])

    def answer(self, windows: DriverWindows, as_of_us: int) -> int:
        """Answer all rows of the next instant; how many there are."""
        end = int(np.searchsorted(self._known_us, as_of_us, side="right"))
        rows = self._order[self._next : end]
        some = STATS_LAYOUT.empty(len(rows))
        windows.fill(some, [self._driver_ids[row] for row in rows.tolist()], as_of_us)
        self._records[rows] = some
        self._next = end
        return len(rows)


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)

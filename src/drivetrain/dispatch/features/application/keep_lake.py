"""From the log to the lake: every event of a topic exactly once, by the hour in which the log got it.

There is no list of what was written: an object is named by its first offset and put only where none stands, so what
stands is what was written. Whoever begins goes on behind the last object of each partition; of two who write at the
same time, one loses its first object and goes on behind the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from drivetrain.core.errors import ConflictError
from drivetrain.core.event_log import EventBatch, EventLog, EventTopic, Offsets
from drivetrain.core.progress import Progress
from drivetrain.dispatch.features.application.ports import Lake, LakeObject

READ_AT_ONCE = 50_000
"""Events of one partition that are in memory at a time, some twenty megabytes, and the most in an object."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_US = 3_600_000_000


def everything(events: EventBatch) -> EventBatch:
    """All of them."""
    return events


@dataclass(frozen=True, slots=True)
class LakeReport:
    """What was written."""

    events: int
    objects: int


@dataclass(frozen=True, slots=True)
class KeepLake:
    """Writes what the lake does not have yet.

    Args:
        choose: those of some events that are kept; the others count as written.
    """

    log: EventLog
    lake: Lake
    choose: Callable[[EventBatch], EventBatch] = everything

    def __call__(self, topic: EventTopic, progress: Progress) -> LakeReport:
        """Write all of a topic up to where the log ends now.

        Raises:
            ConflictError: ``dispatch.lake_ahead``; the lake has events that the log does not have.
            UnavailableError: log or lake cannot be reached; what was written stands, and is not written again.
        """
        ends, begins = self.log.ends(topic), self._written(topic)
        events = objects = 0
        with progress.stage("lake", total=sum(ends.values()), unit="events") as stage:
            for partition, end in sorted(ends.items()):
                at = begins.get(partition, 0)
                stage.advance(min(at, end))
                if at > end:
                    raise _ahead(topic, partition, at, end)
                for written in self._write(topic, partition, at, end):
                    events, objects = events + written, objects + 1
                    stage.advance(written)
        return LakeReport(events, objects)

    def _written(self, topic: EventTopic) -> dict[int, int]:
        """Up to which offset each partition is in the lake."""
        last: dict[int, LakeObject] = {}
        for place in self.lake.objects(topic):
            if place.partition not in last or place.first > last[place.partition].first:
                last[place.partition] = place
        return {partition: self.lake.end(place) for partition, place in last.items()}

    def _write(self, topic: EventTopic, partition: int, at: int, end: int) -> Iterator[int]:
        """Write a partition from an offset on; how many events each new object has."""
        nothing = dict.fromkeys(range(topic.partitions), 2**62)
        while at < end:
            batch = self.log.read(topic, {**nothing, partition: at}, most=READ_AT_ONCE)
            if not len(batch):
                return
            for place, events in by_hours(topic, batch):
                at, chosen = events.following[partition], self.choose(events)
                if not self.lake.put(place, chosen):
                    at = self.lake.end(place)
                    break  # somebody else writes this partition: go on behind what they wrote
                yield len(chosen)


def by_hours(topic: EventTopic, batch: EventBatch) -> Iterator[tuple[LakeObject, EventBatch]]:
    """The events of one partition cut where the hour changes in which the log got them, in their order."""
    hours = [appended // _HOUR_US for appended in batch.appended_us]
    for hour, rows in groupby(range(len(batch)), key=hours.__getitem__):
        places = list(rows)
        first, last = places[0], places[-1]
        partition = batch.partitions[first]
        events = rows_of(batch, places, {partition: batch.offsets[last] + 1})
        yield LakeObject(topic.name, _EPOCH + timedelta(hours=hour), partition, batch.offsets[first]), events


def rows_of(batch: EventBatch, rows: Sequence[int], following: Offsets) -> EventBatch:
    """Some events of a batch."""
    return EventBatch(
        [batch.partitions[row] for row in rows],
        [batch.offsets[row] for row in rows],
        [batch.keys[row] for row in rows],
        [batch.bodies[row] for row in rows],
        [batch.appended_us[row] for row in rows],
        following,
    )


def _ahead(topic: EventTopic, partition: int, at: int, end: int) -> ConflictError:
    return ConflictError(
        f"The lake has partition {partition} of {topic.name} up to {at}, and the log ends at {end}: it was restored. "
        "Move the lake elsewhere; a new one begins with what the log holds.",
        code="dispatch.lake_ahead",
    )

"""A log of events in memory, that passes the same suite as the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from drivetrain.core.event_log import EventBatch, EventTopic, NewEvent, Offsets, reachable
from drivetrain.core.time import Clock, SystemClock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ReadLog(Protocol):
    """What tests of readers ask of a log; the log itself, or whatever stands in for its writer."""

    def append(self, events: Mapping[EventTopic, Sequence[NewEvent]]) -> None: ...

    def read(self, topic: EventTopic, offsets: Offsets, *, most: int) -> EventBatch: ...

    def ends(self, topic: EventTopic) -> Offsets: ...


class MemoryEventLog:
    """Keeps each partition as a list; the first offset is that of the oldest event that is left."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.rows: dict[tuple[str, int], list[tuple[int, str, bytes, datetime]]] = {}
        self.next: dict[tuple[str, int], int] = {}

    def append(
        self, events: Mapping[EventTopic, Sequence[NewEvent]], *, connection: Any | None = None
    ) -> None:
        for topic, new in events.items():
            for event in new:
                place = topic.name, topic.partition(event.key)
                offset = self.next.get(place, 0)
                self.next[place] = offset + 1
                self.rows.setdefault(place, []).append((offset, event.key, event.body, self.clock.now()))

    def read(self, topic: EventTopic, offsets: Offsets, *, most: int) -> EventBatch:
        rows = [
            (part, *row)
            for part in range(topic.partitions)
            for row in [r for r in self.rows.get((topic.name, part), []) if r[0] >= offsets.get(part, 0)][
                :most
            ]
        ]
        following = {**reachable(offsets, self.ends(topic)), **{row[0]: row[1] + 1 for row in rows}}
        return EventBatch(
            [row[0] for row in rows],
            [row[1] for row in rows],
            [row[2] for row in rows],
            [row[3] for row in rows],
            [(row[4] - EPOCH) // timedelta(microseconds=1) for row in rows],
            following,
        )

    def ends(self, topic: EventTopic) -> Offsets:
        return {part: end for (name, part), end in self.next.items() if name == topic.name}

    def since(self, topic: EventTopic, instant: datetime) -> Offsets:
        firsts = dict(self.ends(topic))
        for (name, part), rows in self.rows.items():
            later = [row[0] for row in rows if row[3] >= instant]
            if name == topic.name and later:
                firsts[part] = later[0]
        return firsts

    def remove_before(self, day: date) -> int:
        days = {row[3].date() for rows in self.rows.values() for row in rows if row[3].date() < day}
        for place, rows in self.rows.items():
            self.rows[place] = [row for row in rows if row[3].date() >= day]
        return len(days)

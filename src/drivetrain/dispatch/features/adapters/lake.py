"""The lake: events as Parquet, an object for some events of one partition and hour, named by the first of them.

``dispatch.requests/day=2026-05-01/hour=09/part-3-00000000000000000017.parquet``
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventBatch, EventTopic
from drivetrain.core.objects import Objects
from drivetrain.dispatch.features.application.ports import Lake, LakeObject

_NAME = re.compile(r"^(.+)/day=(\d{4}-\d\d-\d\d)/hour=(\d\d)/part-(\d+)-(\d{20})\.parquet$")
_END = b"drivetrain.following"
"""In the footer: the offset behind the last event."""


class ParquetLake(Lake):
    """The port ``Lake`` on objects.

    Args:
        folder: below which all objects of the lake stand.
    """

    def __init__(self, objects: Objects, folder: str = "events") -> None:
        self._objects = objects
        self._folder = folder

    def put(self, place: LakeObject, events: EventBatch) -> bool:
        """Write the events of an object, where none stands."""
        return self._objects.put_new(self._name(place), _as_parquet(place, events))

    def objects(self, topic: EventTopic, *, since: datetime | None = None) -> Sequence[LakeObject]:
        """The objects of a topic by hour, partition and first offset."""
        folder, after = f"{self._folder}/{topic.name}", ""
        if since is not None:
            after = f"{folder}/{_hour_of(since)}"
        return [self._place(name) for name in self._objects.names(folder, after=after)]

    def end(self, place: LakeObject) -> int:
        """The offset behind the last event of an object, from its footer."""
        from pyarrow import parquet  # takes time to import: only for whoever reads the lake

        footer = parquet.read_metadata(io.BytesIO(self._objects.get(self._name(place))))
        return int((footer.metadata or {})[_END])

    def read(self, place: LakeObject) -> EventBatch:
        """The events of an object."""
        from pyarrow import parquet

        table = parquet.read_table(io.BytesIO(self._objects.get(self._name(place))))
        offsets = table["offset"].to_pylist()
        return EventBatch(
            [place.partition] * len(offsets),
            offsets,
            table["key"].to_pylist(),
            table["body"].to_pylist(),
            table["known_us"].to_pylist(),
            {place.partition: int((table.schema.metadata or {})[_END])},
        )

    def remove_before(self, topic: EventTopic, day: date) -> int:
        """Remove the objects of a topic of earlier days."""
        old = [place for place in self.objects(topic) if place.hour.date() < day]
        self._objects.remove([self._name(place) for place in old])
        return len({place.hour.date() for place in old})

    def _name(self, place: LakeObject) -> str:
        hour = _hour_of(place.hour)
        return f"{self._folder}/{place.topic}/{hour}/part-{place.partition}-{place.first:020}.parquet"

    def _place(self, name: str) -> LakeObject:
        """What a name says.

        Raises:
            UnavailableError: ``dispatch.lake_damaged``; somebody else put it there, and what it holds is not known.
        """
        match = _NAME.match(name.removeprefix(f"{self._folder}/"))
        if match is None:
            raise UnavailableError(
                f"{name} is no object of the lake; move it elsewhere.", code="dispatch.lake_damaged"
            )
        topic, day, hour, partition, first = match.groups()
        instant = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(
            hours=int(hour)
        )
        return LakeObject(topic, instant, int(partition), int(first))


def _hour_of(instant: datetime) -> str:
    instant = instant.astimezone(UTC)
    return f"day={instant:%Y-%m-%d}/hour={instant:%H}"


def _as_parquet(place: LakeObject, events: EventBatch) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    following = events.following[place.partition]
    schema = pa.schema(
        [
            pa.field("offset", pa.int64(), nullable=False),
            pa.field("known_us", pa.int64(), nullable=False),
            pa.field("key", pa.string(), nullable=False),
            pa.field("body", pa.binary(), nullable=False),
        ],
        metadata={_END: str(following).encode()},
    )
    columns = [
        pa.array(list(events.offsets), pa.int64()),
        pa.array(list(events.appended_us), pa.int64()),
        pa.array(list(events.keys), pa.string()),
        pa.array(list(events.bodies), pa.binary()),
    ]
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(columns, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()

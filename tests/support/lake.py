"""Objects and a lake for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from drivetrain.core.errors import NotFoundError
from drivetrain.core.event_log import EventBatch, EventTopic
from drivetrain.core.objects import Objects
from drivetrain.dispatch.features.application.ports import Lake, LakeObject


class MemoryObjects(Objects):
    """Objects in a dictionary, as the port says."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put_new(self, name: str, data: bytes) -> bool:
        if name in self.kept:
            return False
        self.kept[name] = data
        return True

    def get(self, name: str) -> bytes:
        if name not in self.kept:
            raise NotFoundError(f"There is no object {name}.", code="objects.not_found")
        return self.kept[name]

    def names(self, folder: str, *, after: str = "") -> Sequence[str]:
        return sorted(name for name in self.kept if name.startswith(f"{folder}/") and name > after)

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            self.kept.pop(name, None)


class MemoryLake(Lake):
    """A lake in a dictionary, that passes the same suite as the real one."""

    def __init__(self) -> None:
        self.kept: dict[LakeObject, EventBatch] = {}

    def put(self, place: LakeObject, events: EventBatch) -> bool:
        if place in self.kept:
            return False
        self.kept[place] = events
        return True

    def objects(self, topic: EventTopic, *, since: datetime | None = None) -> Sequence[LakeObject]:
        def order(place: LakeObject) -> tuple[datetime, int, int]:
            return place.hour, place.partition, place.first

        places = [place for place in self.kept if place.topic == topic.name]
        if since is not None:
            places = [place for place in places if place.hour + timedelta(hours=1) > since]
        return sorted(places, key=order)

    def end(self, place: LakeObject) -> int:
        return self.read(place).following[place.partition]

    def read(self, place: LakeObject) -> EventBatch:
        if place not in self.kept:
            raise NotFoundError(f"There is no object {place}.", code="objects.not_found")
        return self.kept[place]

    def remove_before(self, topic: EventTopic, day: date) -> int:
        old = [place for place in self.objects(topic) if place.hour.date() < day]
        for place in old:
            del self.kept[place]
        return len({place.hour.date() for place in old})

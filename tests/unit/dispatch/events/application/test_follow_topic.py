"""Taking in a topic: from where it is read, and what happens to messages when something is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from tests.support.dispatch import LIMITS, NOW, MemoryEventStore, driver
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ConflictError, InvalidInputError, UnavailableError
from drivetrain.core.event_log import Offsets
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.application.follow_topic import FollowTopic, Moved
from drivetrain.dispatch.events.application.ingest_events import Ingestion
from drivetrain.dispatch.events.application.ports import Arrivals, Message, RefusedMessage, RequestsById


@dataclass(frozen=True)
class Sent:
    partition: int
    offset: int
    body: bytes


@dataclass
class MemorySource:
    """Partitions as lists of bodies; all of them belong to this process."""

    bodies: dict[int, list[bytes]]
    oldest: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] | None = None

    @property
    def unplaced(self) -> Sequence[int]:
        return sorted(self.bodies) if self.places is None else ()

    def name(self) -> str:
        return "memory"

    def place(self, offsets: Offsets) -> None:
        self.places = dict(offsets)

    def unplace(self) -> None:
        self.places = None

    def bounds(self, partition: int) -> tuple[int, int]:
        return self.oldest.get(partition, 0), len(self.bodies[partition])

    def read(self, *, most: int, timeout_s: float) -> Sequence[Message]:
        if self.places is None:
            return ()
        messages = [
            Sent(part, offset, self.bodies[part][offset])
            for part in self.places
            for offset in range(self.places[part], len(self.bodies[part]))
        ][:most]
        for message in messages:
            self.places[message.partition] = message.offset + 1
        return messages


@dataclass
class MemoryStore:
    """Keeps positions, events and dead messages; a refused or failing write changes none of them."""

    stored: dict[int, int] = field(default_factory=dict)
    events: MemoryEventStore = field(default_factory=MemoryEventStore)
    dead: list[tuple[int, int, str]] = field(default_factory=list)
    refuses: str = ""
    is_away: bool = False

    def positions(self, source: str) -> Offsets:
        if self.is_away:
            raise UnavailableError("away")
        return dict(self.stored)

    def begin(self, source: str, offsets: Offsets) -> Offsets:
        self.stored = {**offsets, **self.stored}
        return dict(self.stored)

    @contextmanager
    def effect(self, source: str, before: Offsets, after: Offsets) -> Iterator[MemoryStore]:
        if self.is_away:
            raise UnavailableError("away")
        if {part: self.stored[part] for part in before} != before:
            raise ConflictError("read on")
        yield self
        self.stored |= after

    def keep(self, arrivals: Arrivals) -> RequestsById:
        if any(update.driver_id == self.refuses for update in arrivals.updates):
            raise InvalidInputError("The database cannot store this.", code="database.refused")
        return self.events.write([arrivals])

    def set_aside(self, refused: Sequence[RefusedMessage]) -> None:
        self.dead += [(each.message.partition, each.message.offset, each.reason.code) for each in refused]


def bodies(count: int, *, start: int = 0) -> list[bytes]:
    return [orjson.dumps(driver(driver_id=f"d{number}")) for number in range(start, start + count)]


def following(
    source: MemorySource, store: MemoryStore, *, is_from_end: bool = False
) -> tuple[FollowTopic, list[Ingestion], list[Moved]]:
    ingestions: list[Ingestion] = []
    moves: list[Moved] = []
    follow = FollowTopic(
        source,
        store,
        LIMITS,
        FixedClock(NOW),
        decode_event,
        ingestions.append,
        moves.append,
        is_from_end=is_from_end,
    )
    return follow, ingestions, moves


def kept(store: MemoryStore) -> list[str]:
    return [update.driver_id for update in store.events.updates]


def test_the_first_step_finds_the_place_and_the_next_one_reads_on() -> None:
    source, store = MemorySource({0: bodies(3), 1: bodies(2, start=3)}), MemoryStore({0: 1})
    follow, ingestions, _ = following(source, store)
    assert [follow.step(), follow.step(), follow.step()] == [0, 4, 0]
    assert kept(store) == ["d1", "d2", "d3", "d4"]
    assert store.stored == {0: 3, 1: 2}
    assert sum(ingestion.accepted for ingestion in ingestions) == 4


@pytest.mark.parametrize(
    ("stored", "is_from_end", "expected"),
    [
        ({}, False, {0: 0, 1: 0}),
        ({}, True, {0: 3, 1: 3}),
        ({0: 2}, True, {0: 2, 1: 0}),  # a partition that was added to a known topic
    ],
)
def test_where_a_topic_is_begun(
    stored: dict[int, int], is_from_end: bool, expected: Mapping[int, int]
) -> None:
    source, store = MemorySource({0: bodies(3), 1: bodies(3)}), MemoryStore(dict(stored))
    following(source, store, is_from_end=is_from_end)[0].step()
    assert source.places == expected
    assert store.stored == expected


@pytest.mark.parametrize(("stored", "oldest", "lost"), [(1, 4, 3), (9, 4, 0), (9, 0, 0)])
def test_a_position_whose_messages_are_gone_moves_to_the_oldest(stored: int, oldest: int, lost: int) -> None:
    source, store = MemorySource({0: bodies(6)}, {0: oldest}), MemoryStore({0: stored})
    follow, _, moves = following(source, store)
    follow.step()
    assert [(move.stored, move.oldest, move.lost) for move in moves] == [(stored, oldest, lost)]
    assert (source.places, store.stored) == ({0: oldest}, {0: oldest})


def test_ten_thousand_dead_messages_do_not_keep_a_good_one_back() -> None:
    source, store = MemorySource({0: [b"{"] * 10_000 + bodies(1)}), MemoryStore()
    follow, _, _ = following(source, store)
    while store.stored.get(0) != 10_001:
        follow.step()
    assert [offset for _, offset, _ in store.dead] == list(range(10_000))
    assert kept(store) == ["d0"]


def test_one_message_that_the_database_refuses_is_set_aside_alone() -> None:
    source, store = MemorySource({0: bodies(9)}), MemoryStore(refuses="d5")
    follow, ingestions, _ = following(source, store)
    follow.step()
    assert follow.step() == 9
    assert kept(store) == [f"d{number}" for number in range(9) if number != 5]
    assert store.dead == [(0, 5, "database.refused")]
    assert (store.stored, sum(ingestion.accepted for ingestion in ingestions)) == ({0: 9}, 8)


def test_who_finds_that_another_has_read_on_changes_nothing_and_goes_on_behind_it() -> None:
    source, store = MemorySource({0: bodies(6)}), MemoryStore()
    follow, ingestions, _ = following(source, store)
    follow.step()
    store.stored[0] = 4
    assert follow.step() == 0
    assert (kept(store), ingestions) == ([], [])
    follow.step()
    assert follow.step() == 2
    assert kept(store) == ["d4", "d5"]


def test_what_was_read_while_the_database_was_away_is_read_again() -> None:
    source, store = MemorySource({0: bodies(3)}), MemoryStore()
    follow, _, _ = following(source, store)
    follow.step()
    store.is_away = True
    for _ in range(3):
        with pytest.raises(UnavailableError):
            follow.step()
    store.is_away = False
    follow.step()
    assert follow.step() == 3
    assert kept(store) == ["d0", "d1", "d2"]

"""What features need of the log, of the lake and of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.event_log import EventBatch, EventTopic, Offsets
from drivetrain.dispatch.features.domain.steps import StepColumns
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT, Records


@dataclass(frozen=True, slots=True)
class ReadSteps:
    """Steps of some events.

    Attributes:
        unreadable: events that should be steps, or anything at all, and cannot be read.
    """

    steps: StepColumns
    unreadable: int


class DecodeSteps(Protocol):
    """Reads steps of rides as they stand in the log."""

    def __call__(self, batch: EventBatch, /) -> ReadSteps:
        """Those that features count, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class LakeObject:
    """Some events of one partition without a gap, all got in one hour.

    Attributes:
        hour: its beginning, UTC.
        first: offset of the first event.
    """

    topic: str
    hour: datetime
    partition: int
    first: int


class Lake(Protocol):
    """Where events are kept by day and hour after they leave the log, each exactly once. Blocking.

    An object is put under its first offset, and only if nothing is there. So of two who write the same range one
    succeeds, and an object that stands is complete: there is no list beside it that could say something else.
    """

    def put(self, place: LakeObject, events: EventBatch) -> bool:
        """Write the events of an object, all or nothing; False where another one stands there.

        Raises:
            UnavailableError: it cannot be written.
        """
        ...

    def objects(self, topic: EventTopic, *, since: datetime | None = None) -> Sequence[LakeObject]:
        """The objects of a topic by hour, partition and first offset.

        Args:
            since: only hours that end after this instant.

        Raises:
            UnavailableError: they cannot be listed, or something else lies among them (``dispatch.lake_damaged``).
        """
        ...

    def end(self, place: LakeObject) -> int:
        """The offset behind the last event of an object.

        Raises:
            UnavailableError: it cannot be read.
            NotFoundError: ``objects.not_found``.
        """
        ...

    def read(self, place: LakeObject) -> EventBatch:
        """The events of an object; ``following`` has its partition alone.

        Raises:
            UnavailableError: it cannot be read.
            NotFoundError: ``objects.not_found``.
        """
        ...

    def remove_before(self, topic: EventTopic, day: date) -> int:
        """Remove the objects of a topic of earlier days, UTC; how many days that were.

        Raises:
            UnavailableError: they cannot be removed.
        """
        ...


@dataclass(frozen=True, slots=True)
class ShownFeatures:
    """The windows of all drivers at an instant. Never changed, so any thread may ask it.

    Attributes:
        places: of drivers among the records. It may know drivers who came later; their places lie beyond.
        records: of ``STATS_LAYOUT``; the last one is that of a driver of whom nothing is known.
        as_of_us: the instant, microseconds since 1970.
        offsets: up to which the log was counted.
    """

    places: Mapping[str, int]
    records: Records
    as_of_us: int
    offsets: Offsets

    def of(self, driver_ids: Sequence[str]) -> Records:
        """The records of some drivers, shape (n,)."""
        unknown = len(self.records) - 1
        return self.records[[min(self.places.get(driver, unknown), unknown) for driver in driver_ids]]


class KnownFeatures(Protocol):
    """What a process knows of drivers."""

    @property
    def shown(self) -> ShownFeatures | None:
        """The features of drivers; None while not all of the log was read."""
        ...


def _none_yet() -> NDArray[np.int64]:
    return np.zeros(len(STATS_LAYOUT.names), dtype=np.int64)


@dataclass(slots=True)
class FeatureUse:
    """Of how many drivers in decisions each feature was known so far, and of how many it was missing.

    Both have the shape (n_features,), in the order of ``STATS_LAYOUT``.
    """

    known: NDArray[np.int64] = field(default_factory=_none_yet)
    missing: NDArray[np.int64] = field(default_factory=_none_yet)

    def count(self, values: NDArray[np.float64]) -> None:
        """Account for the drivers of a decision: their features, shape (n_drivers, n_features), NaN where one is missing."""
        missing = np.isnan(values).sum(axis=0)
        self.missing += missing
        self.known += len(values) - missing

    def count_unknown(self, drivers: int) -> None:
        """Account for a decision that was made while no features were known at all."""
        self.missing += drivers


@dataclass(frozen=True, slots=True)
class SeenFeatures:
    """What a decision knew of its drivers.

    Attributes:
        layout: hash of the layout of ``values``.
        as_of_us: the instant for which windows were counted, microseconds since 1970.
        offsets: of steps of rides, up to which the log had been counted.
        values: by driver, shape (n_drivers, n_features); NaN where one was missing.
    """

    decision_id: str
    layout: str
    as_of_us: int
    offsets: Offsets
    driver_ids: Sequence[str]
    values: NDArray[np.float64]


class SeenDecisions(Protocol):
    """The ledger as far as it keeps features of drivers. Blocking."""

    def newest(self, most: int) -> Iterable[SeenFeatures]:
        """What the last decisions knew, of those that had features, the newest first.

        Raises:
            UnavailableError: the ledger cannot be read.
        """
        ...

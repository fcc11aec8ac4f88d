"""Steps of rides that features count, as columns, each step once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from drivetrain.dispatch.features.domain.views import MINUTE_US

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

NO_RESPONSE = -1
"""In place of a response time that is not known."""

REPEATS_US = 10 * MINUTE_US
"""A step is known again for so long, and for up to twice as long: the time is cut by the clock."""

MOST_REMEMBERED = 50_000
"""Steps of one partition in ``REPEATS_US``, of about 70 bytes each; those beyond are not known again."""


class CountedStep(IntEnum):
    """What a driver did, or let pass, with an offer or a ride. No other step is counted."""

    ACCEPT = 0
    DECLINE = 1
    EXPIRE = 2
    COMPLETE = 3


@dataclass(frozen=True, slots=True)
class StepColumns:
    """Steps in the order of their offsets within each partition, column by column, each of shape (n,).

    Attributes:
        versions: of the request after the step; together they name a step.
        known_us: when the log got it, microseconds since 1970 by the clock of the log. When it happened does not
            count: nobody could have known it then.
        steps: codes of ``CountedStep``.
        response_ms: from the offer to the answer; ``NO_RESPONSE`` where the step is no answer.
    """

    partitions: IntArray
    offsets: IntArray
    request_ids: Sequence[str]
    versions: Sequence[int]
    driver_ids: Sequence[str]
    known_us: IntArray
    steps: NDArray[np.uint8]
    response_ms: IntArray

    def __len__(self) -> int:
        return len(self.driver_ids)

    def only(self, rows: IntArray) -> StepColumns:
        """Some of them, in the given order."""
        places = rows.tolist()
        return StepColumns(
            self.partitions[rows],
            self.offsets[rows],
            [self.request_ids[row] for row in places],
            [self.versions[row] for row in places],
            [self.driver_ids[row] for row in places],
            self.known_us[rows],
            self.steps[rows],
            self.response_ms[rows],
        )


def joined(parts: Sequence[StepColumns]) -> StepColumns:
    """Several columns, one behind the other."""
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return StepColumns(none, none, (), (), (), none, np.empty(0, dtype=np.uint8), none)
    return StepColumns(
        np.concatenate([part.partitions for part in parts]),
        np.concatenate([part.offsets for part in parts]),
        [request for part in parts for request in part.request_ids],
        [version for part in parts for version in part.versions],
        [driver for part in parts for driver in part.driver_ids],
        np.concatenate([part.known_us for part in parts]),
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.response_ms for part in parts]),
    )


class Repeats:
    """Knows steps again that the log holds more than once.

    The platform appends a step in the transaction that does it, so none is there twice; another writer, or a log that
    delivers at least once, may repeat some. A request has one partition, so partitions do not wait for each other
    here, and the answer follows from the log alone, however it is read in pieces.
    A step is remembered by 64 bits of a hash of its request and version: hundreds of thousands of them are kept.
    """

    def __init__(self, spans: Mapping[int, Mapping[int, Iterable[int]]] | None = None) -> None:
        """Begin with nothing, or with what ``spans`` of another one holds."""
        self._spans = {
            partition: {span: set(steps) for span, steps in of_partition.items()}
            for partition, of_partition in (spans or {}).items()
        }

    @property
    def spans(self) -> Mapping[int, Mapping[int, Iterable[int]]]:
        """Hashes of steps by partition and by the ten minutes in which the log got them."""
        return self._spans

    def first_ones(self, steps: StepColumns) -> StepColumns:
        """Those that were not there before; call it with each step of a partition once, in the order of offsets."""
        spans = (steps.known_us // REPEATS_US).tolist()
        is_first = np.zeros(len(steps), dtype=np.bool_)
        columns = zip(steps.partitions.tolist(), spans, steps.request_ids, steps.versions, strict=True)
        for row, (partition, span, request, version) in enumerate(columns):
            is_first[row] = self._is_first(partition, span, _hash(request, version))
        return steps if is_first.all() else steps.only(np.flatnonzero(is_first))

    def _is_first(self, partition: int, span: int, step: int) -> bool:
        known = self._spans.setdefault(partition, {})
        if span not in known:
            known[span] = set()
            for old in [other for other in known if other < span - 1]:
                del known[old]
        if step in known[span] or step in known.get(span - 1, ()):
            return False
        if len(known[span]) < MOST_REMEMBERED:
            known[span].add(step)
        return True


def _hash(request_id: str, version: int) -> int:
    digest = hashlib.blake2b(f"{version} {request_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)

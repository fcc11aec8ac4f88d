"""Which new segment is which old one: an id stays with its segment from version to version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

NEAR = 0.5
"""An old segment is the same one where it moved by less than so much of its distance to the nearest other old
segment."""


@dataclass(frozen=True, slots=True)
class KnownSegments:
    """The segments of the version before.

    Attributes:
        numbers: of their ids, which are ``s1``, ``s2``, ...
        centers: in the new version's space, shape (len(numbers), n_features).
        next_number: the first that no version has used.
    """

    numbers: Sequence[int]
    centers: FloatArray
    next_number: int


NOTHING_KNOWN = KnownSegments((), np.empty((0, 0)), 1)


def keep_numbers(centers: FloatArray, known: KnownSegments) -> list[int]:
    """A number for each new segment, in order: that of the old one it is, or one never used before.

    New and old are the same where each is the other's nearest and the old one has not moved too far.

    Args:
        centers: of the new segments, shape (n_segments, n_features).
    """
    numbers: list[int | None] = [None] * len(centers)
    if len(known.numbers):
        distances = _distances(centers, known.centers)
        limits = _limits(known.centers)
        for new, old in enumerate(distances.argmin(axis=1).tolist()):
            if int(distances[:, old].argmin()) == new and distances[new, old] <= limits[old]:
                numbers[new] = known.numbers[old]
    fresh = iter(range(known.next_number, known.next_number + len(centers)))
    return [next(fresh) if number is None else number for number in numbers]


def _limits(centers: FloatArray) -> FloatArray:
    """How far each old center may have moved; an only one as far as it likes."""
    if len(centers) < 2:
        return np.full(len(centers), np.inf)
    distances = _distances(centers, centers)
    np.fill_diagonal(distances, np.inf)
    return np.asarray(NEAR * distances.min(axis=1), dtype=np.float64)


def _distances(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(((left[:, np.newaxis] - right) ** 2).sum(axis=2)), dtype=np.float64)

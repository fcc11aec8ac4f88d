"""Places by name: where the cars on sale stand that name a town and have coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from drivetrain.core.text import nearest
from drivetrain.market.search.domain.columns import MISSING, Columns, word_key


class Place(NamedTuple):
    """A town.

    Attributes:
        latitude, longitude: the mean of its cars, degrees.
        cars: on which that rests.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    cars: int


@dataclass(frozen=True, slots=True)
class Places:
    """The towns of an index. A name that several countries have means the one with most cars, unless one is named."""

    by_key: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    @classmethod
    def of(cls, columns: Columns) -> Places:
        """The towns of cars that have coordinates."""
        towns, countries = columns.words["place"], columns.words["country"]
        rows = np.flatnonzero(
            (towns.codes != MISSING) & ~np.isnan(columns.latitude) & ~np.isnan(columns.longitude)
        )
        codes = towns.codes[rows].astype(np.int64) * len(countries.words) + countries.codes[rows]
        cars = np.bincount(codes)
        sums = [
            np.bincount(codes, weights=degrees[rows]) for degrees in (columns.latitude, columns.longitude)
        ]
        by_key: dict[tuple[str, str], Place] = {}
        for code in np.flatnonzero(cars).tolist():
            town, country = divmod(code, len(countries.words))
            count = int(cars[code])
            latitude, longitude = (float(each[code]) / count for each in sums)
            place = Place(towns.words[town], countries.words[country], latitude, longitude, count)
            by_key[word_key(place.name), place.country] = place
            most = by_key.get((word_key(place.name), ""))
            if most is None or most.cars < count:
                by_key[word_key(place.name), ""] = place
        return cls(by_key)

    def find(self, text: str) -> Place | None:
        """The town that a text names, such as ``Leeds`` or ``Leeds, GB``; None where no car stands there."""
        name, _, country = text.rpartition(",")
        return self.by_key.get((word_key(text.strip()), "")) or self.by_key.get(
            (word_key(name.strip()), country.strip().upper())
        )

    def alike(self, text: str) -> Sequence[str]:
        """Names of towns that may be meant by a text that names none."""
        names = sorted({place.name for place in self.by_key.values()})
        return nearest(text.partition(",")[0].strip(), names)

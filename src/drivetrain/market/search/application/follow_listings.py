"""The index of a worker, kept in step with the log of listings."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventLog, Offsets
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.search.application.ports import LiveCars
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.lexicon import Lexicon
from drivetrain.market.search.domain.places import Places
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import SimilarCars

MOST_EVENTS = 5_000
"""Of a partition in one look; more changes than these are taken in by the next looks."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An index with the words that are read from texts for it, what finds similar cars in it, and the towns of its cars."""

    index: SearchIndex
    lexicon: Lexicon
    similar: SimilarCars
    places: Places = field(default_factory=Places)


class FollowListings:
    """Holds the index and replaces it as listings change; whoever searches meanwhile goes on with the former one.

    What changed is read again from the database, not from the event: an event that is read twice, or before a later
    one, does no harm.
    """

    def __init__(self, cars: LiveCars, log: EventLog, rates: RateTable) -> None:
        self._cars = cars
        self._log = log
        self._rates = rates
        self._offsets: Offsets = {}
        self._snapshot: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The listings as last seen.

        Raises:
            UnavailableError: ``market.search_not_ready``; they have not been read yet.
        """
        if self._snapshot is None:
            raise UnavailableError(
                "The listings are being read; ask again in a moment.", code="market.search_not_ready"
            )
        return self._snapshot

    def look(self) -> None:
        """Take in what has changed since the last look; everything at the first one.

        Raises:
            UnavailableError: the database cannot be reached; the former index stays.
        """
        if self._snapshot is None:
            self._read_all()
            return
        batch = self._log.read(LISTINGS, self._offsets, most=MOST_EVENTS)
        if any(batch.following.get(part, offset) < offset for part, offset in self._offsets.items()):
            self._read_all()  # the database was restored from a backup
            return
        if len(batch):
            ids = {key.replace("-", "") for key in batch.keys}
            changed = self._cars.of(ids)
            gone = ids - {car.listing_id for car in changed}
            self._take(self._snapshot.index.merged(changed, gone), self._snapshot)
        self._offsets = {**self._offsets, **batch.following}

    def _read_all(self) -> None:
        """Read where the log ends first: what changes while the listings are read is taken in again."""
        offsets = self._log.ends(LISTINGS)
        self._take(SearchIndex.of(self._cars.all(), self._rates), None)
        self._offsets = offsets

    def _take(self, index: SearchIndex, former: Snapshot | None) -> None:
        index.prepare()
        names = ("make", "model", "place")
        has_same_words = former is not None and all(
            former.index.columns.words[name].words == index.columns.words[name].words for name in names
        )
        lexicon = former.lexicon if former and has_same_words else Lexicon.of(index.columns)
        self._snapshot = Snapshot(index, lexicon, SimilarCars.of(index), Places.of(index.columns))

"""Searching live listings by filters and by a text that becomes filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from drivetrain.core.city import great_circle_km
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.application.ports import LiveCars
from drivetrain.market.search.domain.index import FacetCount
from drivetrain.market.search.domain.query import Cursor, SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.reading import Interpretation, read_text


@dataclass(frozen=True, slots=True)
class FoundCar:
    """A listing of a page.

    Attributes:
        price: in the currency of the query, whole units; None where no rate is known.
        away_km: from the place of the query; None where there is none, or the car's is unknown.
    """

    listing: Listing
    price: float | None
    away_km: float | None


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of a search.

    Attributes:
        query: as it was asked in the end, the text's filters among it.
        interpretation: what the text was read as.
        total: how many match; the page leaves out what went off the market a moment ago.
    """

    cars: Sequence[FoundCar]
    total: int
    facets: Mapping[str, Sequence[FacetCount]]
    next: Cursor | None
    query: SearchQuery
    interpretation: Interpretation
    unknown_words: Sequence[str]
    without_place: int | None


@dataclass(frozen=True, slots=True)
class SearchListings:
    """Searches the index of this worker, and reads the cars of the page from the database."""

    following: FollowListings
    cars: LiveCars
    rates: RateTable

    def __call__(
        self, query: SearchQuery, text: str, *, with_facets: bool, currency: str | None
    ) -> SearchAnswer:
        """A page.

        Args:
            query: filters that were chosen; they win over those of the text for the same field.
            currency: that was chosen; the text's, else the query's own, without one.

        Raises:
            UnavailableError: the listings were not read yet, or the database cannot be reached.
        """
        snapshot = self.following.snapshot
        read = read_text(text, snapshot.lexicon)
        whole = with_text(query, read, currency)
        page = snapshot.index.search(whole, with_facets=with_facets)
        by_id = self.cars.shown(page.ids)
        found = [seen_from(whole, by_id[each], self.rates) for each in page.ids if each in by_id]
        without_place = None if query.circle is None else snapshot.index.without_place
        return SearchAnswer(
            found, page.total, page.facets, page.next, whole, read, page.unknown_words, without_place
        )


def with_text(query: SearchQuery, read: Interpretation, currency: str | None) -> SearchQuery:
    """A query with the filters of its text; those that were chosen win.

    Args:
        currency: that was chosen; the text's, else the query's own, without one.
    """
    return replace(
        query,
        words={**read.words, **query.words},
        ranges={**read.ranges, **query.ranges},
        equipment=read.equipment | query.equipment,
        currency=currency or read.currency or query.currency,
    )


def seen_from(query: SearchQuery, listing: Listing, rates: RateTable) -> FoundCar:
    """A listing with its price in the currency of a query and its distance from the query's place."""
    price, place = listing.price, listing.car.place
    away_km = None
    if query.circle is not None and place.latitude is not None and place.longitude is not None:
        ends = (place.latitude, place.longitude, query.circle.latitude, query.circle.longitude)
        away_km = float(great_circle_km(*map(np.asarray, ends)))
    return FoundCar(listing, rates.converted(price.amount, price.currency, query.currency), away_km)

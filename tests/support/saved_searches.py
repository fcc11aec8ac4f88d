"""Saved searches for tests."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tests.support.market import MODELS

from drivetrain.market.alerts.domain.saved_search import Frequency, LeastDrop, Notice, SavedSearch
from drivetrain.market.listings.domain.car import BODIES, COLORS, EQUIPMENT, FUELS, GEARBOXES
from drivetrain.market.listings.domain.valuation import RATINGS
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery

AT = datetime(2026, 12, 2, 12, tzinfo=UTC)


def saved_search(number: int, query: SearchQuery | None = None, **fields: Any) -> SavedSearch:
    """A search with a number for its id, of a person of the same number."""
    usual: Mapping[str, Any] = {
        "search_id": UUID(int=number),
        "person": UUID(int=number),
        "name": f"Search {number}",
        "query": query,
        "listing": None,
        "notices": frozenset(Notice),
        "least_drop": LeastDrop(),
        "frequency": Frequency.INSTANT,
        "created_at": AT,
        "changed_at": AT,
    }
    return SavedSearch(**{**usual, **fields})


def random_query(seed: int) -> SearchQuery:
    """Filters of every kind."""
    draw = random.Random(seed)
    choices = {
        "make": sorted({make for make, _ in MODELS}),
        "model": sorted({model for _, model in MODELS}),
        "fuel": FUELS,
        "gearbox": GEARBOXES,
        "body": BODIES,
        "color": COLORS,
        "deal": RATINGS,
    }
    bounds = {
        "price": Range(5_000, 40_000),
        "year": Range(2010, None),
        "odometer_km": Range(None, 150_000),
        "doors": Range(5, 5),
        "power_kw": Range(80.0, 160.0),
        "price_share": Range(None, 1.0),
    }
    words = draw.sample(sorted(choices), draw.choice((0, 1, 1, 2, 3)))
    numbers = draw.sample(sorted(bounds), draw.choice((0, 1, 1, 2)))
    return SearchQuery(
        {name: frozenset(draw.sample(choices[name], draw.randrange(1, 4))) for name in words},
        {name: bounds[name] for name in numbers},
        frozenset(draw.sample(EQUIPMENT, draw.choice((0, 0, 0, 1)))),
        draw.choice((None, None, None, Circle(51.0, -0.5, 60.0), Circle(51.0, -0.5))),
        draw.choice(("EUR", "GBP", "ZAR")),
    )

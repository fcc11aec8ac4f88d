"""``python -m bench.market``: searches of the market's index, in this process alone, over cars made up at random."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from drivetrain.market.listings.domain.car import BODIES, COLORS, EQUIPMENT, FUELS, GEARBOXES
from drivetrain.market.search.domain.columns import Columns, ListedCar
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.lexicon import Lexicon
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery, Sort
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.reading import read_text
from drivetrain.market.search.domain.similar import USUAL_BUDGET, SimilarCars

MAKES, MODELS_OF_A_MAKE, PLACES = 60, 15, 500
TEXTS = (
    "make1 model1b diesl under 15k",
    "mak2 automatic under 50,000 miles",
    "red suv 2015+ with satnav",
    "make7 model7c 150 hp between 10 and 20k",
)
FILTERS = (
    "make",
    "fuel",
    "gearbox",
    "body",
    "color",
    "price",
    "year",
    "odometer_km",
    "doors",
    "equipment",
    "radius",
)


def made_up(count: int, seed: int) -> Iterator[ListedCar]:
    """Cars, a few makes frequent and most of them rare."""
    draw = random.Random(seed)
    for _ in range(count):
        make = min(MAKES - 1, int(draw.expovariate(0.1)))
        model = chr(ord("a") + draw.randrange(MODELS_OF_A_MAKE))
        has_place = draw.random() < 0.8
        yield ListedCar(
            f"{draw.getrandbits(128):032x}",
            f"Make{make}",
            f"Model{make}{model}",
            float(draw.randrange(500, 80_000)),
            draw.choice(("EUR", "EUR", "GBP", "AUD")),
            draw.randrange(1998, 2027),
            float(draw.randrange(300_000)),
            draw.random() * 1e9,
            fuel=draw.choice(FUELS),
            gearbox=draw.choice(GEARBOXES),
            body=draw.choice(BODIES),
            color=draw.choice(COLORS),
            place=f"Place {draw.randrange(PLACES)}",
            power_kw=draw.choice((None, 80.0, 110.0, 150.0)),
            doors=draw.choice((None, 3, 5)),
            owners=draw.randrange(4),
            equipment=frozenset(draw.sample(EQUIPMENT, draw.randrange(10))),
            latitude=draw.uniform(50, 58) if has_place else None,
            longitude=draw.uniform(-5, 2) if has_place else None,
        )


def asked(draw: random.Random) -> SearchQuery:
    """A search of 0 to 8 filters."""
    names = frozenset(draw.sample(FILTERS, draw.randrange(9)))
    words = {
        "make": [f"Make{draw.randrange(20)}" for _ in range(draw.randrange(1, 3))],
        "fuel": draw.sample(FUELS, 2),
        "gearbox": ["automatic"],
        "body": draw.sample(BODIES, 2),
        "color": draw.sample(COLORS, 2),
    }
    ranges = {
        "price": Range(draw.randrange(20_000), draw.randrange(20_000, 80_000)),
        "year": Range(low=2010),
        "odometer_km": Range(high=100_000),
        "doors": Range(5, 5),
    }
    circle = Circle(draw.uniform(50, 58), draw.uniform(-5, 2), draw.choice((20.0, 50.0, 150.0)))
    sorts = [sort for sort in Sort if sort is not Sort.NEAREST or "radius" in names]
    return SearchQuery(
        {name: frozenset(of) for name, of in words.items() if name in names},
        {name: of for name, of in ranges.items() if name in names},
        frozenset(draw.sample(EQUIPMENT, 1)) if "equipment" in names else frozenset(),
        circle if "radius" in names else None,
        "GBP",
        draw.choice(sorts),
    )


def _budget(car: ListedCar) -> dict[str, Range]:
    low, high = USUAL_BUDGET
    return {"price": Range(low * car.price, high * car.price)}


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time of a call in this thread, ms: on a busy machine the wall clock measures the others."""
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1e3


def percentiles(times_ms: Sequence[float]) -> dict[str, float]:
    """Mean, median and 95th percentile."""
    p50, p95 = np.percentile(times_ms, [50, 95])
    return {
        "mean": round(float(np.mean(times_ms)), 3),
        "p50": round(float(p50), 3),
        "p95": round(float(p95), 3),
    }


def measure(count: int, searches: int, seed: int) -> dict[str, object]:
    """All figures, CPU ms."""
    cars = list(made_up(count, seed))
    rates = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "AUD": 1.6})
    kept: list[SearchIndex] = []
    build_ms = cpu_ms(lambda: kept.append(SearchIndex.of(cars, rates).prepare()))
    index, draw = kept[0], random.Random(seed + 1)
    queries = [asked(draw) for _ in range(searches)]
    merge_ms = cpu_ms(lambda: index.merged(cars[:500], [car.listing_id for car in cars[500:600]]).prepare())
    lexicon, similar = Lexicon.of(Columns.of(cars)), SimilarCars.of(index)
    return {
        "listings": count,
        "searches": searches,
        "build_ms": round(build_ms),
        "merge_600_ms": round(merge_ms),
        "page_count_facets_ms": percentiles([cpu_ms(partial(index.search, query)) for query in queries]),
        "page_count_ms": percentiles(
            [cpu_ms(partial(index.search, query, with_facets=False)) for query in queries]
        ),
        "similar_ms": percentiles(
            [
                cpu_ms(partial(similar.nearest, car, SearchQuery(ranges=_budget(car), currency=car.currency)))
                for car in cars[:searches]
            ]
        ),
        "text_ms": percentiles([cpu_ms(partial(read_text, text, lexicon)) for text in TEXTS * 50]),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.listings, arguments.searches, arguments.seed), indent=1))


if __name__ == "__main__":
    main()

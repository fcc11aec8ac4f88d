"""What one slate costs over many live cars, in this process alone: cars made up at random, a fit of made-up buyers."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bench.market import asked, cpu_ms, made_up, percentiles
from drivetrain.market.recommendations.domain.fit import FittedIndex, Looks, fitted
from drivetrain.market.recommendations.domain.scoring import MOST_SEEN, SeenCar, scored
from drivetrain.market.recommendations.domain.slate import slate_of
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.query import SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import SimilarCars

BUYERS, VIEWS, ASKED = 4_000, 80_000, 400
RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "AUD": 1.6})


def serving_times(listings: int, seed: int = 1) -> Mapping[str, object]:
    """CPU and elapsed ms of a slate, without filters and with 0 to 8 of them; the database is not asked."""
    cars = list(made_up(listings, seed))
    index = SearchIndex.of(cars, RATES).prepare()
    similar = SimilarCars.of(index)
    rng = np.random.default_rng(seed)
    looks = Looks(
        rng.integers(0, BUYERS, VIEWS), rng.integers(0, min(VIEWS, listings), VIEWS), np.ones(VIEWS)
    )
    viewed = cars[: min(VIEWS, listings)]
    fits = [fitted(looks, viewed, version=1, since_s=0.0, now_s=1e9)]
    laid: list[FittedIndex] = []
    laying_ms = cpu_ms(lambda: laid.append(FittedIndex(fits[0], similar)))
    words, draw = index.columns.words, random.Random(seed)

    def slate(seen: Sequence[ListedCar], query: SearchQuery) -> None:
        rows = np.flatnonzero(index.matching(query))
        seen_cars = [SeenCar(car, 1.0) for car in seen]
        scores = scored(laid[0], seen_cars, rows, currency=query.currency, now_s=1e9)
        slate_of(scores, words["make"].codes, words["model"].codes, 20, draw)

    def seen() -> Sequence[ListedCar]:
        return draw.sample(cars, MOST_SEEN)

    everything = SearchQuery(currency="GBP")
    jobs: Mapping[str, list[Callable[[], None]]] = {
        "no filter, 15 cars seen": [partial(slate, seen(), everything) for _ in range(ASKED)],
        "0 to 8 filters, 15 cars seen": [partial(slate, seen(), asked(draw)) for _ in range(ASKED)],
        "no filter, nothing seen": [partial(slate, (), everything) for _ in range(ASKED)],
    }
    return {
        "listings": listings,
        "fit laid over the index, cpu_ms": round(laying_ms, 1),
        **{name: _times(of) for name, of in jobs.items()},
    }


def _times(jobs: Sequence[Callable[[], None]]) -> Mapping[str, Mapping[str, float]]:
    elapsed: list[float] = []
    cpu: list[float] = []
    for job in jobs:
        begin = time.perf_counter()
        cpu.append(cpu_ms(job))
        elapsed.append((time.perf_counter() - begin) * 1e3)
    return {"cpu_ms": percentiles(cpu), "elapsed_ms": percentiles(elapsed)}

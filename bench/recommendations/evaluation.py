"""Judging rankers on the full live catalogue of later days."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.recommendations.buyers import SimulatedMarket
from bench.recommendations.cars import DAY_S, FloatArray, IntArray
from drivetrain.core.statistics import Estimate, bootstrap_of_sums, divide
from drivetrain.market.recommendations.domain.fit import FittedIndex, Looks, fitted
from drivetrain.market.recommendations.domain.likeness import ScoreArray
from drivetrain.market.recommendations.domain.scoring import MOST_SEEN, Scores, SeenCar, scored
from drivetrain.market.recommendations.domain.slate import slate_of
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.similar import SimilarCars

CUT_DAYS = (45, 59, 73)
JUDGED_DAYS = 7
SHOWN = 20
RESAMPLES = 2_000
_DISCOUNTS = 1.0 / np.log2(np.arange(2, SHOWN + 2))


@dataclass(frozen=True, slots=True)
class Judged:
    """A buyer in the week after a cut.

    Attributes:
        cut: its day.
        buyer: place among the buyers.
        seen: rows of cars that the buyer opened before, latest first.
        rows: of the cars on sale at the cut that the buyer has not opened.
        wanted: those of ``rows`` that the buyer opens in the days that are judged.
    """

    cut: int
    buyer: int
    seen: Sequence[int]
    rows: IntArray
    wanted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The cars on sale at a cut, with what was learned from the days before it.

    Attributes:
        cars: rows of the market, in the order of the index.
    """

    market: SimulatedMarket
    cut: int
    cars: IntArray
    fitted: FittedIndex

    @classmethod
    def at(cls, market: SimulatedMarket, cut: int) -> Catalogue:
        """The catalogue of a day; nothing of that day or a later one is known."""
        cars = market.cars.on_sale(cut)
        index = SearchIndex.of([market.cars.listed[row] for row in cars])
        before = market.day < cut
        viewed, places = np.unique(market.viewed[before], return_inverse=True)
        looks = Looks(market.viewer[before], places, np.ones(len(places)))
        listed = [market.cars.listed[row] for row in viewed]
        fit = fitted(looks, listed, version=1, since_s=0.0, now_s=cut * DAY_S)
        return cls(market, cut, cars, FittedIndex(fit, SimilarCars.of(index)))

    def scores(self, judged: Judged) -> Scores:
        """As the platform scores the cars of a buyer."""
        seen = [SeenCar(self.market.cars.listed[row], 1.0) for row in judged.seen]
        rows = np.searchsorted(self.cars, judged.rows)
        return scored(self.fitted, seen, rows, currency="EUR", now_s=self.cut * DAY_S)


Ranker = Callable[[Catalogue, Judged, Scores], NDArray[np.floating[Any]]]


def popularity(catalogue: Catalogue, judged: Judged, _: Scores) -> FloatArray:
    """Views a day on sale."""
    rows = np.searchsorted(catalogue.cars, judged.rows)
    return catalogue.fitted.popularity(rows, catalogue.cut * DAY_S)


def content(_: Catalogue, __: Judged, scores: Scores) -> ScoreArray:
    """Likeness to the last cars."""
    return scores.parts["likeness"]


def factors(_: Catalogue, __: Judged, scores: Scores) -> ScoreArray:
    """Factors of types alone; content where nothing is known of the types."""
    return scores.parts.get("taste", scores.parts["likeness"])


def hybrid(_: Catalogue, __: Judged, scores: Scores) -> ScoreArray:
    """What the platform orders by."""
    return scores.total


def oracle(catalogue: Catalogue, judged: Judged, _: Scores) -> FloatArray:
    """The buyer's true utility: nobody can rank better, the buyer's mood left aside."""
    market = catalogue.market
    utility: FloatArray = market.buyers.utility(np.array([judged.buyer]), market.cars, judged.rows)[0]
    return utility


def as_served(catalogue: Catalogue, judged: Judged, scores: Scores) -> FloatArray:
    """The slate with its variety and its places in which the platform learns, as scores."""
    words = catalogue.fitted.columns.words
    draw = random.Random(judged.buyer * 100 + judged.cut)
    slots = slate_of(scores, words["make"].codes, words["model"].codes, SHOWN, draw)
    shown = np.full(len(judged.rows), -1.0)
    for slot in slots:
        shown[slot.place] = -slot.position / 1_000
    return shown


RANKERS: Mapping[str, Ranker] = {
    "popularity": popularity,
    "content": content,
    "factors": factors,
    "hybrid": hybrid,
    "hybrid as served": as_served,
    "oracle": oracle,
}


def judged_buyers(market: SimulatedMarket, cut: int) -> Iterator[Judged]:
    """Buyers who opened a car before the cut, and in the days after it one that was on sale at the cut."""
    on_sale = market.cars.on_sale(cut)
    is_on_sale = np.zeros(len(market.cars.listed), dtype=np.bool_)
    is_on_sale[on_sale] = True
    by_buyer = np.argsort(market.viewer, kind="stable")  # the days stay in order
    ends = np.searchsorted(market.viewer[by_buyer], np.arange(len(market.buyers.first_day) + 1))
    for buyer in range(len(ends) - 1):
        views = by_buyer[ends[buyer] : ends[buyer + 1]]
        days, opened = market.day[views], market.viewed[views]
        seen = opened[days < cut]
        later = opened[(days >= cut) & (days < cut + JUDGED_DAYS)]
        wanted = frozenset(later[is_on_sale[later]].tolist())
        if len(seen) and wanted:
            rows = on_sale[~np.isin(on_sale, seen)]
            yield Judged(cut, buyer, seen[::-1][:MOST_SEEN].tolist(), rows, wanted)


def quality(order: IntArray, wanted: frozenset[int]) -> tuple[float, float]:
    """Recall and NDCG of the cars that are shown.

    Args:
        order: rows of the market, best first.
    """
    hits = np.array([row in wanted for row in order[:SHOWN].tolist()], dtype=float)
    ideal = _DISCOUNTS[: min(len(wanted), SHOWN)].sum()
    return float(hits.sum() / len(wanted)), float(hits @ _DISCOUNTS[: len(hits)] / ideal)


def judged(
    market: SimulatedMarket, rankers: Mapping[str, Ranker] = RANKERS
) -> tuple[IntArray, Mapping[str, FloatArray]]:
    """All rankers on all cuts.

    Returns:
        The buyer of each judged week; by ranker recall and NDCG of each, shape (weeks, 2).
    """
    buyers: list[int] = []
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in rankers}
    for cut in CUT_DAYS:
        catalogue = Catalogue.at(market, cut)
        for each in judged_buyers(market, cut):
            buyers.append(each.buyer)
            scores = catalogue.scores(each)
            for name, ranker in rankers.items():
                values = ranker(catalogue, each, scores)
                order = each.rows[np.argsort(-values, kind="stable")[:SHOWN]]
                figures[name].append(quality(order, each.wanted))
    return np.array(buyers), {name: np.array(values) for name, values in figures.items()}


def interval(values: FloatArray, buyers: IntArray) -> Estimate:
    """The mean over weeks, its interval by drawing buyers again with all their weeks."""
    _, places = np.unique(buyers, return_inverse=True)
    columns = [values, np.ones(len(values))]
    return bootstrap_of_sums(places, columns, divide, draws=RESAMPLES, seed=0)

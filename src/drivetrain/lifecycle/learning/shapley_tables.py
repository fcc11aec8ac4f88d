"""Exact Shapley values of boosted trees for one row, looked up instead of computed.

What a leaf adds to the effect of a field depends only on which of the fields on its path the row agrees with. A path
has few fields, so all its cases are computed once. A row then asks, for every leaf, which fields agree: that follows from
the place of each value among the field's thresholds, for all leaves together.

A case is a sum over all subsets of the path's other fields. Their weights are Beta integrals, so the sum is the integral
of a polynomial over [0, 1], which Gauss's rule gives exactly.

Source:
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees: the values.
    Yang (2021), Fast TreeSHAP: a table for each leaf.
    LightGBM 4, ``include/LightGBM/tree.h``, for what a node does with a missing, negative or unknown value.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning import tree_text
from drivetrain.lifecycle.learning.tree_text import Tree, UnsupportedTreesError

FloatArray = NDArray[np.float64]
Bits = NDArray[Any]

_MOST_BYTES = 16 << 20
"""Of all tables together: every process that serves has them."""

_MOST_FIELDS = 16
"""On one path."""

_PROBES = 24


@dataclass(frozen=True, slots=True)
class _Test:
    """One node of a path.

    Attributes:
        feature: its column.
        cover: share of the node's rows that went the path's way, in (0, 1).
        goes_left: which way the path goes.
        threshold: values up to it go left; NaN for a word.
        words: codes that go left, as bits; -1 for a number.
        passes_without: whether no value, or an unknown word, goes left.
    """

    feature: int
    cover: float
    goes_left: bool
    threshold: float
    words: int
    passes_without: bool


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf's value, and the tests on the way to it by field."""

    value: float
    tests: Mapping[int, Sequence[_Test]]


class ShapleyTables:
    """The effects of an ensemble's fields on one prediction.

    Args:
        text: LightGBM's text format, complete.
        features: number of columns.

    Raises:
        UnsupportedTreesError: the tables would be too large, a tree is linear, takes zero for missing or does not say how
            many rows it has seen, or tests a field in two ways.
        ValueError, LookupError: the text cannot be read.
    """

    def __init__(self, text: bytes, features: int) -> None:
        if b"\naverage_output\n" in text:
            raise UnsupportedTreesError("the sum of the trees is not the prediction")
        trees = tree_text.trees_of(text)
        self._features = features
        self._average = sum(_average(tree) for tree in trees)
        leaves = sorted((leaf for tree in trees for leaf in _leaves(tree)), key=lambda leaf: len(leaf.tests))
        if not leaves or len(leaves[-1].tests) > _MOST_FIELDS:
            raise UnsupportedTreesError("nothing is tested, or too much on one path")
        tested = sorted({feature for leaf in leaves for feature in leaf.tests})
        self._tested = np.asarray(tested)
        size = sum(len(leaf.tests) << len(leaf.tests) for leaf in leaves) * 8
        self._fields: list[_Field] = []
        for feature in tested:
            if size > _MOST_BYTES:
                raise UnsupportedTreesError("the tables would be too large")
            self._fields.append(_Field(feature, leaves))
            size += self._fields[-1].nbytes
        self._cases, starts = _cases(leaves)
        pairs = [
            (feature, number, starts[number] + (place << len(leaf.tests)))
            for number, leaf in enumerate(leaves)
            for place, feature in enumerate(leaf.tests)
        ]
        features_of_pairs, self._leaf_of_pair, self._start_of_pair = np.asarray(sorted(pairs)).T.copy()
        self._first_pairs = np.searchsorted(features_of_pairs, self._tested)

    def contributions(self, row: Sequence[float]) -> FloatArray:
        """The effect of each feature in the unit of the prediction, and the expected value, shape (n_features + 1,).

        Args:
            row: ``n_features`` numbers.
        """
        first, *others = self._fields
        case = first.agreeing(row)
        for field in others:
            case = case + field.agreeing(row)
        effects = self._cases.take(case.take(self._leaf_of_pair) + self._start_of_pair)
        result = np.zeros(self._features + 1)
        result[self._tested] = np.add.reduceat(effects, self._first_pairs)
        result[-1] = self._average
        return result

    def probes(self) -> FloatArray:
        """Rows of values at, beside and far from the thresholds, of words and of no value, shape (``_PROBES``, n_features)."""
        draw = np.random.default_rng(1)
        rows = np.zeros((_PROBES, self._features))
        for field in self._fields:
            rows[:, field.feature] = draw.choice(field.telling_values(), _PROBES)
        return rows


class _Field:
    """Which leaves a value agrees with on one field, as the field's bit in the case of each leaf.

    The classes of a number are its places among the thresholds, and one for no value; those of a word its codes, and one
    for all others.
    """

    def __init__(self, feature: int, leaves: Sequence[_Leaf]) -> None:
        self.feature = feature
        paths = [(number, leaf.tests[feature]) for number, leaf in enumerate(leaves) if feature in leaf.tests]
        bits = [1 << list(leaves[number].tests).index(feature) for number, _ in paths]
        is_word = {test.words >= 0 for _, tests in paths for test in tests}
        if len(is_word) > 1:
            raise UnsupportedTreesError("a field is a word here and a number there")
        self._thresholds: list[float] | None = None
        if is_word == {True}:
            agrees = _words_agree([tests for _, tests in paths])
        else:
            self._thresholds = sorted({test.threshold for _, tests in paths for test in tests})
            agrees = _numbers_agree([tests for _, tests in paths], self._thresholds)
        kind: Any = np.uint8 if len(leaves[-1].tests) <= 8 else np.uint16
        table = np.zeros((len(agrees), len(leaves)), dtype=kind)
        table[:, [number for number, _ in paths]] = agrees * np.asarray(bits, dtype=kind)
        self.nbytes = table.nbytes
        self._rows: list[Bits] = list(table)

    def agreeing(self, row: Sequence[float]) -> Bits:
        """The bits of a row's value, shape (n_leaves,)."""
        value, other = row[self.feature], len(self._rows) - 1
        if self._thresholds is not None:
            return self._rows[other if isnan(value) else bisect_left(self._thresholds, value)]
        return self._rows[int(value) if -1.0 < value < other else other]

    def telling_values(self) -> FloatArray:
        """A value of every class at least."""
        if self._thresholds is None:
            return np.asarray([np.nan, -1.0, -0.5, *range(len(self._rows) + 1)])
        beside = np.nextafter(self._thresholds, np.inf)
        return np.concatenate([[np.nan, 0.0, -0.0, 1e300, -1e300], self._thresholds, beside])


def _numbers_agree(paths: Sequence[Sequence[_Test]], thresholds: Sequence[float]) -> NDArray[np.bool_]:
    """Shape (n_thresholds + 2, n_paths): the places among the thresholds, and no value."""
    agrees = np.zeros((len(thresholds) + 2, len(paths)), dtype=np.bool_)
    place_of = {threshold: place for place, threshold in enumerate(thresholds)}
    for number, tests in enumerate(paths):
        most = min((place_of[test.threshold] for test in tests if test.goes_left), default=len(thresholds))
        least = max((place_of[test.threshold] + 1 for test in tests if not test.goes_left), default=0)
        agrees[least : most + 1, number] = True
        agrees[-1, number] = all(test.passes_without is test.goes_left for test in tests)
    return agrees


def _words_agree(paths: Sequence[Sequence[_Test]]) -> NDArray[np.bool_]:
    """Shape (n_codes + 1, n_paths): the codes, and all other words."""
    codes = max(test.words.bit_length() for tests in paths for test in tests)
    every, size = (2 << codes) - 1, codes // 8 + 1
    octets = bytearray()
    for tests in paths:
        agreeing = every
        for test in tests:
            agreeing &= test.words if test.goes_left else ~test.words
        octets += agreeing.to_bytes(size, "little")
    by_path = np.frombuffer(octets, dtype=np.uint8).reshape(len(paths), size)
    return np.unpackbits(by_path, axis=1, bitorder="little")[:, : codes + 1].T.astype(np.bool_)


def _cases(leaves: Sequence[_Leaf]) -> tuple[FloatArray, list[int]]:
    """The effects of each leaf on its fields in all cases, and where a leaf's stand; leaves come by number of fields."""
    numbers = np.asarray([len(leaf.tests) for leaf in leaves])
    parts: list[FloatArray] = []
    starts: list[int] = []
    start = 0
    for number in np.unique(numbers).tolist():
        alike = [leaf for leaf in leaves if len(leaf.tests) == number]
        values = np.asarray([leaf.value for leaf in alike])
        covers = np.asarray(
            [[prod(test.cover for test in tests) for tests in leaf.tests.values()] for leaf in alike]
        )
        part = _effects(values, covers)
        parts.append(part.ravel())
        starts += range(start, start + part.size, part[0].size)
        start += part.size
    return np.concatenate(parts), starts


def _effects(values: FloatArray, covers: FloatArray) -> FloatArray:
    """Effects of leaves whose paths have equally many fields.

    Args:
        values: of the leaves, shape (n_leaves,).
        covers: share of the rows that agree with a path on a field, of those that come to where it is tested; shape
            (n_leaves, n_fields).

    Returns:
        Shape (n_leaves, n_fields, 2 ** n_fields); the bits of the last place say on which fields a row agrees.
    """
    fields = covers.shape[1]
    agrees = (np.arange(1 << fields) >> np.arange(fields)[:, np.newaxis] & 1).astype(np.float64)
    result = np.zeros((len(values), fields, 1 << fields))
    for at, weight in zip(*np.polynomial.legendre.leggauss(fields // 2 + 1), strict=True):
        share = (at + 1.0) / 2.0  # Gauss's points lie in [-1, 1]
        factors = agrees * share + covers[:, :, np.newaxis] * (1.0 - share)
        result += weight / 2.0 * factors.prod(axis=1, keepdims=True) / factors
    result *= values[:, np.newaxis, np.newaxis] * (agrees - covers[:, :, np.newaxis])
    return result


def _average(tree: Tree) -> float:
    """The mean of a tree's leaves over the rows that it has seen."""
    values = tree_text.floats(tree, b"leaf_value")
    if len(values) == 1:
        return values[0]
    counts = tree_text.ints(tree, b"leaf_count")
    return sum(value * count for value, count in zip(values, counts, strict=True)) / sum(counts)


def _leaves(tree: Tree) -> Iterator[_Leaf]:
    """The leaves of a tree with the way to each; none of a tree that tests nothing."""
    if tree.get(b"is_linear", b"0") != b"0":
        raise UnsupportedTreesError("a leaf is a line")
    if int(tree[b"num_leaves"]) == 1:
        return
    nodes, values = _nodes(tree), tree_text.floats(tree, b"leaf_value")
    waiting: list[tuple[int, dict[int, list[_Test]]]] = [(0, {})]
    visits = 0
    while waiting:
        at, tests = waiting.pop()
        visits += 1
        if visits > 2 * len(values):
            raise UnsupportedTreesError("the nodes are no tree")
        if at < 0:
            yield _Leaf(values[~at], tests)
            continue
        for child, test in nodes[at]:
            waiting.append((child, {**tests, test.feature: [*tests.get(test.feature, ()), test]}))


def _nodes(tree: Tree) -> list[list[tuple[int, _Test]]]:
    """The two ways from each node: to which node, or leaf where negative, and by which test."""
    counts, leaf_counts = tree_text.ints(tree, b"internal_count"), tree_text.ints(tree, b"leaf_count")
    children = [tree_text.ints(tree, name) for name in (b"left_child", b"right_child")]
    kinds, features = tree_text.ints(tree, b"decision_type"), tree_text.ints(tree, b"split_feature")
    thresholds, words = tree_text.floats(tree, b"threshold"), tree_text.words_of(tree)
    if min(*counts, *leaf_counts) < 1:
        raise UnsupportedTreesError("a node has seen no rows")
    nodes = []
    for node, (kind, feature, threshold) in enumerate(zip(kinds, features, thresholds, strict=True)):
        is_word, missing = bool(kind & tree_text.CATEGORICAL), kind >> 2 & 3
        if missing == tree_text.MISSING_ZERO and not is_word:
            raise UnsupportedTreesError("zero is taken for missing")
        passes = not is_word and tree_text.passes_without_value(
            missing, bool(kind & tree_text.DEFAULT_LEFT), threshold
        )
        codes = words[int(threshold)] if is_word else -1
        ways = []
        for child, goes_left in ((children[0][node], True), (children[1][node], False)):
            cover = (leaf_counts[~child] if child < 0 else counts[child]) / counts[node]
            ways.append(
                (child, _Test(feature, cover, goes_left, tree_text.beside_zeros(threshold), codes, passes))
            )
        nodes.append(ways)
    return nodes

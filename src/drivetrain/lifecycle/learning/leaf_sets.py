"""Boosted trees for one row and for many: the leaves that a row can still reach as bits, the same predictions to the last bit.

LightGBM's library walks every tree for every row, and each step waits for memory and for a branch that nobody can foresee:
a row that is not the one before takes four times as long. Here every node whose test a row fails takes away the leaves on
its left, and of what is left the first leaf is the row's. What all nodes of one field take away follows from the place of
the row's value among their thresholds, so it is looked up, for all trees together. Leaf values are added in the order of
the trees, as the library does it.

Source:
    Lucchese et al. (2015), QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees.
    LightGBM 4, ``include/LightGBM/tree.h``, for what a node does with a missing, negative or unknown value.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning import tree_text
from drivetrain.lifecycle.learning.tree_text import Tree, UnsupportedTreesError

FloatArray = NDArray[np.float64]
Bits = NDArray[Any]

FEWEST_TREES = 50
"""The rows of a smaller ensemble are answered as fast by the library."""

FEWEST_TREES_OF_ONE = 150
"""One row of a smaller ensemble is."""

ROWS_AT_ONCE = 128
"""What these take of memory stays in the processor's caches."""

_MOST_CLASSES = 512
"""Of fields that are looked up together."""

_MOST_LEAVES = 64
_MOST_BYTES = 16 << 20
_MANTISSA, _BIAS = 52, 1023
"""Of a float: its bits below the exponent, and the exponent of 1."""
_PLAIN_OBJECTIVES = re.compile(
    rb"^objective=(?:regression|regression_l1|huber|fair|quantile)(?: \w+:\S+)?$", re.MULTILINE
)
"""Objectives whose predictions are the sums of the trees."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A test of one field: its words as a bit for each code, and as zeros the leaves that a row that fails cannot reach."""

    tree: int
    is_categorical: bool
    threshold: float
    words: int
    default_left: bool
    missing: int
    kept: int

    def passes_without_value(self) -> bool:
        """Whether a row goes left that has no value."""
        return tree_text.passes_without_value(self.missing, self.default_left, self.threshold)


class LeafSets:
    """An ensemble of ``FEWEST_TREES`` or more, of at most 64 leaves each.

    Attributes:
        is_faster_for_one: than the library, for one row.

    Args:
        text: LightGBM's text format, complete.
        features: number of columns.

    Raises:
        UnsupportedTreesError: trees are few, larger, linear or averaged, take zero for missing, test one field in two
            ways, would take too much memory, or their sum is not yet the prediction.
        ValueError, LookupError: the text cannot be read.
    """

    def __init__(self, text: bytes, features: int) -> None:
        if b"\naverage_output\n" in text or _PLAIN_OBJECTIVES.search(text) is None:
            raise UnsupportedTreesError("the sum of the trees is not the prediction")
        trees = tree_text.trees_of(text)
        if len(trees) < FEWEST_TREES:
            raise UnsupportedTreesError("there are too few trees")
        most_leaves = max(int(tree[b"num_leaves"]) for tree in trees)
        if most_leaves > _MOST_LEAVES:
            raise UnsupportedTreesError("a tree has more leaves than a word has bits")
        self._bits = 32 if most_leaves <= 32 else 64
        self._kind: Any = np.uint32 if self._bits == 32 else np.uint64
        self._leaf_values = np.zeros(len(trees) * self._bits)
        nodes: dict[int, list[_Node]] = {}
        for number, tree in enumerate(trees):
            self._add(number, tree, nodes)
        self.is_faster_for_one = len(trees) >= FEWEST_TREES_OF_ONE
        self._features = features
        fields = [_Field(feature, found, len(trees), self._kind) for feature, found in sorted(nodes.items())]
        if sum(one.table.nbytes for one in fields) > _MOST_BYTES:
            raise UnsupportedTreesError("the tables would be too large")
        self._groups = _grouped(fields)
        if not self._groups:
            raise UnsupportedTreesError("nothing is tested")
        self._first, *self._others = self._groups
        self._first_places = np.arange(len(trees)) * self._bits - _BIAS
        floats = np.empty(len(trees))
        self._of_one = (
            np.empty(len(trees), dtype=self._kind),
            np.empty(len(trees), dtype=self._kind),
            floats,
            floats.view(np.int64),
            np.empty(len(trees)),
        )

    def predict(self, matrix: FloatArray) -> FloatArray:
        """Predictions for rows, shape (n_rows,).

        Args:
            matrix: shape (n_rows, n_features).
        """
        result = np.empty(len(matrix))
        work = _Work(min(max(len(matrix), 2), ROWS_AT_ONCE), self._first.table.shape[1], self._kind)
        for start in range(0, len(matrix), ROWS_AT_ONCE):
            part = matrix[start : start + ROWS_AT_ONCE]
            if len(part) == 1:  # numpy adds a single column in pairs, two of them one number after the other
                part = np.repeat(part, 2, axis=0)
            result[start : start + len(part)] = self._sums(part, work.of(len(part)))[: len(matrix) - start]
        return result

    def predict_row(self, row: Sequence[float]) -> float:
        """The prediction for one row; its arrays are those of the row before, so one caller at a time.

        Args:
            row: ``n_features`` numbers.
        """
        bits, other, floats, places, values = self._of_one
        kept = self._first.kept_of_one(row)
        for group in self._others:
            kept = np.bitwise_and(kept, group.kept_of_one(row), bits)
        np.negative(kept, other)
        np.bitwise_and(kept, other, bits)
        floats[...] = bits
        np.right_shift(places, _MANTISSA, places)
        np.add(self._first_places, places, places)
        self._leaf_values.take(places, None, values, "clip")
        np.add.accumulate(values, 0, None, values)
        return values.item(-1) + 0.0

    def probes(self) -> FloatArray:
        """Rows in which every field has each value at, beside and far from its thresholds, and none, at least once.

        Returns:
            Shape (n_rows, n_features), as many rows as the field with the most thresholds needs.
        """
        draw = np.random.default_rng(1)
        values = {one.feature: one.telling_values() for group in self._groups for one in group.fields}
        rows = np.zeros((max(map(len, values.values())), self._features))
        for feature, telling in values.items():
            rows[:, feature] = np.resize(draw.permutation(telling), len(rows))
        return rows

    def _sums(self, rows: FloatArray, work: _Work) -> FloatArray:
        bits, other = work.bits, work.other
        self._first.keep(rows, bits)
        for group in self._others:
            group.keep(rows, other)
            np.bitwise_and(bits, other, out=bits)
        np.negative(bits, out=other)
        np.bitwise_and(bits, other, out=bits)  # the lowest one alone: the leftmost leaf that is left
        work.floats[...] = bits  # the exponent of a single bit is its place
        places = work.floats.view(np.int64)
        np.right_shift(places, _MANTISSA, out=places)
        np.add(self._first_places, places, out=places)
        np.take(self._leaf_values, places.T, out=work.values, mode="clip")
        # over the first axis, so one tree after the other, as the library adds them
        sums: FloatArray = np.add.reduce(work.values, axis=0) + 0.0
        return sums

    def _add(self, number: int, tree: Tree, nodes: dict[int, list[_Node]]) -> None:
        if tree.get(b"is_linear", b"0") != b"0":
            raise UnsupportedTreesError("a leaf is a line")
        values = tree_text.floats(tree, b"leaf_value")
        start = number * self._bits
        if int(tree[b"num_leaves"]) == 1:
            self._leaf_values[start] = values[0]
            return
        left, right = tree_text.ints(tree, b"left_child"), tree_text.ints(tree, b"right_child")
        order = list(_leaves(left, right, 0))
        place_of = {leaf: place for place, leaf in enumerate(order)}
        self._leaf_values[start : start + len(order)] = [values[leaf] for leaf in order]
        whole, lost = (1 << self._bits) - 1, _left_of(left, right, place_of)
        kinds, features = tree_text.ints(tree, b"decision_type"), tree_text.ints(tree, b"split_feature")
        thresholds = tree_text.floats(tree, b"threshold")
        words = tree_text.words_of(tree)
        for node, (kind, feature) in enumerate(zip(kinds, features, strict=True)):
            missing = kind >> 2 & 3
            is_categorical = bool(kind & tree_text.CATEGORICAL)
            if missing == tree_text.MISSING_ZERO and not is_categorical:
                raise UnsupportedTreesError("zero is taken for missing")
            nodes.setdefault(feature, []).append(
                _Node(
                    number,
                    is_categorical,
                    thresholds[node],
                    words[int(thresholds[node])] if is_categorical else 0,
                    bool(kind & tree_text.DEFAULT_LEFT),
                    missing,
                    whole & ~lost[node],
                )
            )


class _Field:
    """What the nodes of one field leave of each tree, by the class of a value.

    The classes of a number are its places among the thresholds, and one for no value; those of a word its codes, and one for
    all others.

    Attributes:
        feature: its column.
        table: shape (n_classes, n_trees).
    """

    def __init__(self, feature: int, nodes: Sequence[_Node], trees: int, kind: Any) -> None:
        self.feature = feature
        self._is_categorical = nodes[0].is_categorical
        if any(node.is_categorical is not self._is_categorical for node in nodes):
            raise UnsupportedTreesError("a field is a word here and a number there")
        number_of = np.asarray([node.tree for node in nodes])
        kept = np.asarray([node.kept for node in nodes], dtype=kind)
        if self._is_categorical:
            self._codes = max(node.words.bit_length() for node in nodes)
            self.table = _all(self._codes + 1, trees, kind)
            for code, kept_of_code in enumerate(self.table):
                fails = np.asarray([not node.words >> code & 1 for node in nodes])
                np.bitwise_and.at(kept_of_code, number_of[fails], kept[fails])
            return
        thresholds = [tree_text.beside_zeros(node.threshold) for node in nodes]
        self._thresholds = np.unique(thresholds)
        self.table = _all(len(self._thresholds) + 2, trees, kind)
        places = np.searchsorted(self._thresholds, thresholds) + 1
        np.bitwise_and.at(self.table, (places, number_of), kept)
        fails = np.asarray([not node.passes_without_value() for node in nodes])
        np.bitwise_and.at(self.table[-1], number_of[fails], kept[fails])
        np.bitwise_and.accumulate(
            self.table[:-1], axis=0, out=self.table[:-1]
        )  # all thresholds below a value

    def classes(self, rows: FloatArray) -> NDArray[np.intp]:
        """The class of each row's value, shape (n_rows,)."""
        values = rows[:, self.feature]
        if not self._is_categorical:
            places: NDArray[np.intp] = np.searchsorted(self._thresholds, values, side="left")
            places[np.isnan(values)] = len(self.table) - 1
            return places
        is_known = (values > -1.0) & (values < self._codes)  # not for no value
        return np.where(is_known, values, self._codes).astype(np.intp)

    @property
    def search(self) -> tuple[list[float] | None, int]:
        """The thresholds, None for words; and the class of no value, or of all other words."""
        thresholds = None if self._is_categorical else self._thresholds.tolist()
        return thresholds, len(self.table) - 1

    def telling_values(self) -> FloatArray:
        """One value of every class at least, and those just beside the thresholds."""
        none_and_far = [np.nan, 0.0, -0.0, -0.5, -1.0, 1e300, -1e300]
        if self._is_categorical:
            return np.asarray([*none_and_far[:-2], *range(self._codes + 2), self._codes + 0.5])
        beside = [np.nextafter(self._thresholds, side) for side in (-np.inf, np.inf)]
        return np.concatenate([none_and_far, self._thresholds, *beside])


@dataclass(frozen=True, slots=True)
class _Group:
    """Fields that are looked up together: one class for each combination of theirs.

    Attributes:
        steps: by how much a class of each field moves the place in the table.
        table: shape (n_classes, n_trees).
    """

    fields: Sequence[_Field]
    steps: Sequence[int]
    table: Bits
    _rows: list[Bits] = field(init=False, repr=False)
    _plan: list[tuple[int, list[float] | None, int, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out what one row asks: a view of an array takes longer than what it is for."""
        object.__setattr__(self, "_rows", list(self.table))
        plan = [(one.feature, *one.search, step) for one, step in zip(self.fields, self.steps, strict=True)]
        object.__setattr__(self, "_plan", plan)

    def keep(self, rows: FloatArray, out: Bits) -> None:
        """Put what the fields leave of each tree into ``out``, shape (n_rows, n_trees)."""
        place = self.fields[0].classes(rows) * self.steps[0]
        for one, step in zip(self.fields[1:], self.steps[1:], strict=True):
            place += one.classes(rows) * step
        # places are within the table; checking them again would take a copy
        np.take(self.table, place, axis=0, out=out, mode="clip")

    def kept_of_one(self, row: Sequence[float]) -> Bits:
        """What they leave of each tree, shape (n_trees,)."""
        place = 0
        for feature, thresholds, other, step in self._plan:
            value = row[feature]
            if thresholds is not None and not isnan(value):
                place += bisect_left(thresholds, value) * step
            elif thresholds is None and -1.0 < value < other:  # not for no value
                place += int(value) * step
            else:
                place += other * step
        return self._rows[place]


def _grouped(fields: Sequence[_Field]) -> list[_Group]:
    """Fields put together while their classes are few."""
    groups: list[_Group] = []
    for one in sorted(fields, key=lambda one: len(one.table)):
        last = groups[-1] if groups else None
        if last is None or len(last.table) * len(one.table) > _MOST_CLASSES:
            groups.append(_Group([one], [1], one.table))
            continue
        table = (one.table[:, np.newaxis] & last.table[np.newaxis]).reshape(-1, last.table.shape[1])
        groups[-1] = _Group([*last.fields, one], [*last.steps, len(last.table)], table)
    return groups


def _all(classes: int, trees: int, kind: Any) -> Bits:
    """Every leaf of every tree, shape (classes, trees)."""
    return np.full((classes, trees), ~kind(0), dtype=kind)


class _Work:
    """Arrays for the rows of one step: making them anew would take longer than filling them.

    Args:
        rows: most of a step.
        trees: of the ensemble.
        kind: of the bits.
    """

    def __init__(self, rows: int, trees: int, kind: Any) -> None:
        self.bits, self.other = (np.empty((rows, trees), dtype=kind) for _ in range(2))
        self.floats = np.empty((rows, trees))
        self.values = np.empty((trees, rows))

    def of(self, rows: int) -> _Work:
        """The arrays for a step of ``rows``; the last one of a batch is smaller."""
        if rows < len(self.bits):
            self.bits, self.other, self.floats = self.bits[:rows], self.other[:rows], self.floats[:rows]
            self.values = np.empty((len(self.values), rows))
        return self


def _left_of(left: Sequence[int], right: Sequence[int], place_of: Mapping[int, int]) -> list[int]:
    """The leaves on the left of each node, as ones; nodes come before those below them."""
    lefts, below = [0] * len(left), [0] * len(left)

    def leaves(node: int, child: int) -> int:
        if child < 0:
            return 1 << place_of[~child]
        if child <= node:
            raise UnsupportedTreesError("a node comes before the one above it")
        return below[child]

    for node in reversed(range(len(left))):
        lefts[node] = leaves(node, left[node])
        below[node] = lefts[node] | leaves(node, right[node])
    return lefts


def _leaves(left: Sequence[int], right: Sequence[int], node: int) -> Iterator[int]:
    """The leaves below a node, from left to right; a negative node is a leaf."""
    waiting, visits = [node], 0
    while waiting:
        at = waiting.pop()
        visits += 1
        if visits > 2 * len(left) + 1:
            raise UnsupportedTreesError("the nodes are no tree")
        if at < 0:
            yield ~at
        else:
            waiting += (right[at], left[at])

"""LightGBM's text format of trees: the lines of a tree, and what a node does with a value.

Source:
    LightGBM 4, ``include/LightGBM/tree.h``.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import inf, nextafter

import numpy as np

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of the type of a decision."""

MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2
"""What a node takes for a missing value."""

_LARGEST_ZERO = float(np.float32(1e-35))
"""The library takes what is no farther from 0 for 0, and has thresholds at just this distance."""

Tree = Mapping[bytes, bytes]
"""The lines ``name=value`` of one tree."""


class UnsupportedTreesError(ValueError):
    """The model has something that only the library can do."""


def trees_of(text: bytes) -> list[Tree]:
    """The trees of a model, in their order."""
    return [_lines(block) for block in text.split(b"\nTree=")[1:]]


def ints(tree: Tree, name: bytes) -> list[int]:
    """A line of whole numbers."""
    return [int(word) for word in tree[name].split()]


def floats(tree: Tree, name: bytes) -> list[float]:
    """A line of numbers."""
    return [float(word) for word in tree[name].split()]


def words_of(tree: Tree) -> list[int]:
    """The codes that each categorical node sends left, a bit for each."""
    if tree[b"num_cat"] == b"0":
        return []
    bounds, sets = ints(tree, b"cat_boundaries"), ints(tree, b"cat_threshold")
    octets = np.asarray(sets, dtype="<u4").tobytes()
    return [int.from_bytes(octets[4 * start : 4 * end], "little") for start, end in pairwise(bounds)]


def beside_zeros(threshold: float) -> float:
    """The threshold that parts values as this one parts them once the library has taken small ones for 0."""
    if 0.0 <= threshold < _LARGEST_ZERO:
        return _LARGEST_ZERO
    if -_LARGEST_ZERO <= threshold < 0.0:
        return nextafter(-_LARGEST_ZERO, -inf)
    return threshold


def passes_without_value(missing: int, default_left: bool, threshold: float) -> bool:
    """Whether a row goes left that has no value."""
    if missing == MISSING_NAN:
        return default_left
    return threshold >= 0.0  # the library takes 0 for it


def _lines(block: bytes) -> Tree:
    lines = block.split(b"\n\n", 1)[0].split(b"\n")[1:]
    return dict(line.split(b"=", 1) for line in lines if b"=" in line)

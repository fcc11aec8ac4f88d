"""Comparing what decisions knew of drivers with what the log says they could know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.dispatch.features.domain.views import RecordLayout

FloatArray = NDArray[np.float64]

ALARM_SHARE = 0.999
"""Fewer equal values than this say that the two are not one code any more."""


@dataclass(frozen=True, slots=True)
class FeatureParity:
    """One feature in decisions and recomputed.

    Attributes:
        compared: values, missing ones included.
        equal: of them equal to the last bit, or missing on both sides.
        only_online: that a decision had and the log does not give.
        only_offline: that the log gives and a decision did not have.
        largest_difference: of values that are there on both sides; 0 where there is none.
    """

    name: str
    compared: int
    equal: int
    only_online: int
    only_offline: int
    largest_difference: float

    @property
    def equal_share(self) -> float:
        """In [0, 1]; 1 where nothing was compared."""
        return self.equal / self.compared if self.compared else 1.0


def compare(layout: RecordLayout, online: FloatArray, offline: FloatArray) -> Sequence[FeatureParity]:
    """Each feature of a layout in decisions and recomputed.

    Args:
        online: what decisions knew, shape (n, n_features); NaN where a value was missing.
        offline: what the log gives, of the same shape.

    Raises:
        ValueError: shapes differ.
    """
    if online.shape != offline.shape or online.shape[1:] != (len(layout.names),):
        raise ValueError(f"{online.shape} and {offline.shape} do not compare by {len(layout.names)} features")
    return [
        _of_feature(name, online[:, column], offline[:, column]) for column, name in enumerate(layout.names)
    ]


def _of_feature(name: str, online: FloatArray, offline: FloatArray) -> FeatureParity:
    has_online, has_offline = ~np.isnan(online), ~np.isnan(offline)
    has_both = has_online & has_offline
    is_equal = (online == offline) | ~(has_online | has_offline)
    differences = np.abs(online[has_both] - offline[has_both])
    return FeatureParity(
        name,
        len(online),
        int(is_equal.sum()),
        int((has_online & ~has_offline).sum()),
        int((has_offline & ~has_online).sum()),
        float(differences.max(initial=0.0)),
    )

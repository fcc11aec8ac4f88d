"""What the trees are measured against and along: ridge regression on the same numbers, and segments of listings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.validation import IndexArray
from drivetrain.resale.used.model.estimator import Listings

Split = tuple[IndexArray, IndexArray]
"""Training and test rows."""


def by_ridge(listings: Listings) -> Callable[[Split], FloatArray]:
    """The plain baseline: ridge regression of the log price on numbers and one-hot words."""
    inputs = _plain_inputs(listings)
    log_price = np.log(listings.price)

    def predict(split: Split) -> FloatArray:
        train, test = split
        ridge = Ridge(alpha=1.0).fit(inputs[train], log_price[train])
        lowest, highest = log_price[train].min(), log_price[train].max()
        return np.exp(np.clip(np.asarray(ridge.predict(inputs[test]), dtype=np.float64), lowest, highest))

    return predict


def _plain_inputs(listings: Listings) -> NDArray[np.float32]:
    columns: list[NDArray[np.float32]] = []
    for at, feature in enumerate(listings.encoder.features):
        values = listings.matrix[:, at]
        if feature.vocabulary is None:
            filled = np.where(np.isnan(values), np.nanmean(values), values)
            columns.append(
                ((filled - filled.mean()) / max(float(filled.std()), 1e-9)).astype(np.float32)[:, np.newaxis]
            )
        else:
            columns.append(np.eye(len(feature.vocabulary) + 1, dtype=np.float32)[values.astype(np.intp)])
    return np.hstack(columns)


def segments_of(
    listings: Listings, order: IndexArray, price: FloatArray
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Words other than models and variants, and fifths of year, distance and predicted price, as masks over ``order``."""
    places = listings.places
    found = _fifths("price", price)
    for at, feature in enumerate(listings.encoder.features):
        values = listings.matrix[order, at]
        if at in {places.year, places.distance}:
            found += _fifths(feature.name, values)
        elif feature.vocabulary is not None and at != places.model and feature.name != "variant":
            words = enumerate(feature.vocabulary, start=1)
            found += [
                (f"{feature.name}={'unknown' if word is None else word}", values == code)
                for code, word in words
            ]
    return found


def _fifths(name: str, values: FloatArray) -> list[tuple[str, NDArray[np.bool_]]]:
    fifth = np.searchsorted(np.quantile(values, [0.2, 0.4, 0.6, 0.8]), values, side="left")
    return [(f"{name} fifth {part + 1}", fifth == part) for part in range(5)]

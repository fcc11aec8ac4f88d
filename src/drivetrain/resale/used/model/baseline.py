"""What the trees are measured against and along: ridge regression on the same numbers, and segments of listings."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge

from drivetrain.lifecycle.learning.evaluation import Predict, Segment, Split, fifths
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.validation import IndexArray
from drivetrain.resale.used.model.estimator import Listings


def by_ridge(listings: Listings) -> Predict:
    """The baseline: ridge regression of the log price on numbers and one-hot words."""
    inputs = _one_hot_inputs(listings)
    log_price = np.log(listings.price)

    def predict(split: Split) -> FloatArray:
        train, test = split
        ridge = Ridge(alpha=1.0).fit(inputs[train], log_price[train])
        lowest, highest = log_price[train].min(), log_price[train].max()
        return np.exp(np.clip(np.asarray(ridge.predict(inputs[test]), dtype=np.float64), lowest, highest))

    return predict


def _one_hot_inputs(listings: Listings) -> sparse.csr_array:
    """Numbers as they vary and a column for each word; sparse, as the names of models and variants are many."""
    columns = []
    for column, feature in enumerate(listings.encoder.features):
        values = listings.matrix[:, column]
        if feature.vocabulary is None:
            filled = np.where(np.isnan(values), np.nanmean(values), values)
            scaled = (filled - filled.mean()) / max(float(filled.std()), 1e-9)
            columns.append(sparse.csr_array(scaled[:, np.newaxis]))
        else:
            rows, codes = np.arange(len(values)), values.astype(np.intp)
            shape = (len(values), len(feature.vocabulary) + 1)
            columns.append(sparse.csr_array((np.ones(len(values)), (rows, codes)), shape=shape))
    return sparse.hstack(columns, format="csr")


def segments_of(listings: Listings, order: IndexArray, price: FloatArray) -> list[Segment]:
    """Words other than models and variants, and fifths of year, distance and predicted price, as masks over ``order``."""
    index = listings.index
    segments = fifths("price", price)
    for column, feature in enumerate(listings.encoder.features):
        values = listings.matrix[order, column]
        if column in {index.year, index.distance}:
            segments += fifths(feature.name, values)
        elif feature.vocabulary is not None and column in index.of_range and column != index.variant:
            words = enumerate(feature.vocabulary, start=1)
            segments += [
                (f"{feature.name}={'unknown' if word is None else word}", values == code)
                for code, word in words
            ]
    return segments

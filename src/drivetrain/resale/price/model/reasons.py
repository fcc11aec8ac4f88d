"""What each field does to a log price: exact Shapley values of the whole model, none of it sampled.

The game: the fields of a group are those of the car asked about, the others those of a reference car; what
the group is worth is the mean log price over the reference cars. The kernel is a sum over fields plus a
product over fields. The sum gives each field its own share. For the product, the Shapley value of a field is
an integral over t in [0, 1] of a polynomial whose degree is one less than the number of fields, so a few
Gauss points give it exactly.

Source:
    Shapley (1953), A value for n-person games; Owen (1972), Multilinear extensions of games; Mohammadi,
    Muandet, Tippur and Chau (2025), Computing exact Shapley values in polynomial time for product-kernel
    methods.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.features import RARE, FloatArray
from drivetrain.resale.price.model.features import MAKE, SIZES, WORDS
from drivetrain.resale.price.model.formulas import FittedPrice

REFERENCES = 20
"""Cars that a car is compared with: every n-th of the training rows in the order of their prices."""


class Reasons:
    """Explains the prices of one fitted model against its reference cars.

    Attributes:
        average: mean log price of the reference cars.
    """

    def __init__(self, model: FittedPrice, references: FloatArray) -> None:
        """Prepare what does not depend on the car.

        Args:
            references: matrix of the reference cars, shape (n_references, n_features).
        """
        self._model = model
        scaled = model.scale.inside(model.scale.standardized(references))
        self._additive = self._per_field(scaled).mean(axis=0)
        self._theirs = self._factors(scaled)
        self.average = float(model.log_prices(references)[0].mean())
        points, shares = np.polynomial.legendre.leggauss((references.shape[1] + 1) // 2)
        self._points, self._shares = (points + 1) / 2, shares / 2

    def effects(self, features: FloatArray) -> FloatArray:
        """What each field adds to the log price, shape (n_features,); they add up to log price minus ``average``.

        Args:
            features: shape (n_features,).
        """
        scaled = self._model.scale.inside(self._model.scale.standardized(features[np.newaxis]))
        own = self._per_field(scaled)[0] - self._additive
        return np.asarray(own + self._of_curve(self._factors(scaled)[0]), dtype=np.float64)

    def _of_curve(self, mine: FloatArray) -> FloatArray:
        """Shapley values of the product, shape (n_features,); ``mine`` are the car's factors, (n_features, n_known)."""
        difference = mine - self._theirs
        effects = np.zeros(len(mine))
        for point, share in zip(self._points, self._shares, strict=True):
            mixed = self._theirs + point * difference
            # of all fields; a factor is never 0, so one can be taken out
            rest_of_product = np.multiply.reduce(mixed, axis=1)
            effects += share * np.einsum(
                "rfk,rk,k->f", difference / mixed, rest_of_product, self._model.weights
            )
        scale = self._model.recipe.rbf_variance / len(self._theirs)
        return scale * effects

    def _factors(self, scaled: FloatArray) -> FloatArray:
        """The factors of the curve, shape (n_rows, n_features, n_known)."""
        recipe, cars = self._model.recipe, self._model.known
        factors = np.empty((len(scaled), scaled.shape[1], len(cars)))
        for column in SIZES:
            factors[:, column] = np.exp(
                -((scaled[:, column, np.newaxis] - cars[:, column]) ** 2) / (2 * recipe.length_scale**2)
            )
        for column in (MAKE, *WORDS):
            factors[:, column] = np.where(_equal(scaled, cars, column), 1.0, np.exp(-recipe.mismatch_penalty))
        return factors

    def _per_field(self, scaled: FloatArray) -> FloatArray:
        """What the additive part of the kernel gives each field, shape (n_rows, n_features)."""
        recipe, cars, weights = self._model.recipe, self._model.known, self._model.weights
        shares = np.empty_like(scaled)
        shares[:, SIZES] = scaled[:, SIZES] * (
            recipe.linear_variance / len(SIZES) * (weights @ cars[:, SIZES])
        )
        for column in (MAKE, *WORDS):
            worth = recipe.make if column == MAKE else recipe.words / len(WORDS)
            shares[:, column] = worth * (_equal(scaled, cars, column) @ weights)
        return shares


def reference_rows(prices: FloatArray) -> list[int]:
    """Which training rows are the reference cars, from cheap to dear.

    Args:
        prices: shape (n_rows,).
    """
    order = np.argsort(prices, kind="stable")
    count = min(REFERENCES, len(order))
    return [int(order[int((place + 0.5) * len(order) / count)]) for place in range(count)]


def _equal(scaled: FloatArray, cars: FloatArray, column: int) -> NDArray[np.bool_]:
    equal: NDArray[np.bool_] = (scaled[:, column, np.newaxis] == cars[:, column]) & (
        scaled[:, column, np.newaxis] != RARE
    )
    return equal

"""A chance of lateness from features, fitted."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.rental.buffer.model.lateness.estimator import fit_chance


def test_a_constant_feature_gets_no_say():
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.normal(size=200), np.ones(200)])
    model = fit_chance(matrix, matrix[:, 0] + rng.normal(size=200) > 0)
    assert model.weights[0] > 0.5
    assert model.weights[1] == pytest.approx(0.0)
    assert ((model.chance(matrix) > 0) & (model.chance(matrix) < 1)).all()

"""The bench that compares two commits of a model names models as the products do."""

from __future__ import annotations

import pytest
from bench import model_changes

from drivetrain.products import model_named


@pytest.mark.parametrize("name", sorted(model_changes.REPEATS))
def test_every_model_of_the_bench_is_one_of_the_platform(name: str) -> None:
    assert model_named(name).name == name
    assert name in model_changes._PREDICTORS

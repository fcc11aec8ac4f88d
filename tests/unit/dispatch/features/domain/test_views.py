"""The packed record is compiled from the views, and its hash changes with whatever gives the bytes their meaning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivetrain.dispatch.features.domain.views import (
    DRIVER_STATS,
    HOUR_US,
    LAYOUT,
    STATS_LAYOUT,
    VIEWS,
    Feature,
    Window,
    compile_layout,
)


def test_the_record_has_every_feature_in_the_order_of_the_views_and_no_gaps() -> None:
    features = [feature for view in VIEWS for feature in view.features]
    assert LAYOUT.names == tuple(feature.name for feature in features)
    assert LAYOUT.dtype.itemsize == sum(np.dtype(feature.kind).itemsize for feature in features) == 13


def test_bytes_that_were_kept_before_can_be_read_as_long_as_these_hashes_stand() -> None:
    """Whoever changes a definition changes this on purpose: copies, lakes and ledgers of before mean something else."""
    assert (LAYOUT.digest, STATS_LAYOUT.digest) == ("83592dba38bd49ab", "b4cd9a2f224c83e9")


OTHERS = [
    pytest.param({"kind": "<f8"}, id="another kind"),
    pytest.param({"name": "rate"}, id="another name"),
    pytest.param({"unit": "percent"}, id="another unit"),
    pytest.param({"definition": "something else"}, id="another meaning"),
    pytest.param({"window": Window(24 * HOUR_US, HOUR_US)}, id="another window"),
]


@pytest.mark.parametrize("change", OTHERS)
def test_another_definition_has_another_hash(change: dict[str, object]) -> None:
    first, *rest = DRIVER_STATS.features
    changed = replace(DRIVER_STATS, features=(replace(first, **change), *rest))  # type: ignore[arg-type]
    assert compile_layout((changed,)).digest != STATS_LAYOUT.digest


def test_two_features_of_one_name_are_refused() -> None:
    twice = replace(DRIVER_STATS, name="other")
    with pytest.raises(ValueError, match="one name"):
        compile_layout((DRIVER_STATS, twice))


def test_what_is_missing_is_a_number_that_is_none() -> None:
    numbers = LAYOUT.numbers(LAYOUT.empty(2))
    assert numbers.shape == (2, 4)
    assert np.isnan(numbers[:, :3]).all()
    assert (numbers[:, 3] == 0).all()
    assert LAYOUT.numbers(LAYOUT.empty(0)).shape == (0, 4)


def test_a_window_touches_the_tiles_of_its_length_and_the_one_that_has_begun() -> None:
    window = Window(HOUR_US, HOUR_US // 12)
    assert window.tiles == 13
    assert window.first_tile(10 * HOUR_US) == 9 * 12
    assert window.first_tile(10 * HOUR_US - 1) == 9 * 12 - 1


def test_a_feature_says_what_it_counts() -> None:
    features: list[Feature] = [feature for view in VIEWS for feature in view.features]
    assert all(feature.unit and feature.missing and feature.definition.endswith(".") for feature in features)

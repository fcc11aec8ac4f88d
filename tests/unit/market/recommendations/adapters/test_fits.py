"""A fit is written and read without loss, and what is no fit runs nothing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from tests.support.tastes import circles

from drivetrain.market.recommendations.adapters.fits import packed, unpacked
from drivetrain.market.recommendations.domain.fit import Fit, fitted


@pytest.mark.parametrize("fit", [Fit(), fitted(*circles(200)[::-1], version=0, since_s=5.0, now_s=1e7)])
def test_what_was_written_is_read_again(fit):
    again = unpacked(packed(fit), 7)
    assert again.version == 7
    assert (again.since_s, again.usual_rate, again.buyers) == (fit.since_s, fit.usual_rate, fit.buyers)
    assert np.array_equal(again.viewed, fit.viewed)
    assert np.array_equal(again.views, fit.views)
    assert again.levels.keys() == fit.levels.keys()
    for level, factors in fit.levels.items():
        assert again.levels[level].types == factors.types
        assert again.levels[level].factors == pytest.approx(factors.factors, rel=1e-5, abs=1e-7)


def test_objects_are_not_unpickled():
    file = io.BytesIO()
    np.savez(file, about=np.array([{"types": {}}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        unpacked(file.getvalue(), 1)

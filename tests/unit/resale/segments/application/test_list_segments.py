"""The list shows the live version's segments, largest first, and says where they come from."""

from __future__ import annotations

import pytest
from tests.support.buyers import generated, trained
from tests.support.fakes import FixedModel

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor
from drivetrain.resale.segments.application.list_segments import ListSegments
from drivetrain.resale.segments.model.predictor import load

REF = ModelRef("buyer-segments", "4")


def test_segments_are_listed_largest_first_with_their_version():
    found = ListSegments(FixedModel(load(trained().files, REF)))()
    sizes = [segment.buyers for segment in found.segments]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(generated().target)
    assert (found.model, found.is_synthetic) == (REF, True)


def test_without_a_version_there_is_nothing_to_list():
    with pytest.raises(ModelNotReadyError):
        ListSegments(Predictor("buyer-segments", load))()

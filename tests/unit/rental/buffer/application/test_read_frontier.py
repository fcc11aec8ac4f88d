"""The frontier of an analysis, and its pairs of thresholds."""

from __future__ import annotations

import pytest
from tests.support.buffer_fakes import (
    OneAnalysis,
)

from drivetrain.core.errors import (
    InvalidInputError,
)
from drivetrain.rental.buffer.application.read_frontier import ReadFrontier
from drivetrain.rental.buffer.domain.rule import BufferRule, BufferScope


class TestFrontier:
    def test_points_stand_at_every_step_with_interval_and_band(self):
        answer = ReadFrontier(OneAnalysis())(BufferScope.MOBILE, step_min=240)
        assert [point["threshold_min"] for point in answer.points] == [0, 240, 480, 720]
        at_240 = answer.points[1]
        assert (
            at_240["intervals"]["touched"]["low"]
            <= at_240["touched"]
            <= at_240["intervals"]["touched"]["high"]
        )
        assert at_240["if_unknown_were_known"]["avoided"]["best"] >= at_240["avoided"]
        assert answer.points[0]["break_even"] is None

    def test_a_pair_of_equal_thresholds_is_the_uniform_one(self):
        read = ReadFrontier(OneAnalysis())
        (pair,) = read.pair(BufferRule(60, 60)).points
        uniform = read(BufferScope.ALL, step_min=60).points[1]
        assert {name: pair[name] for name in ("touched", "avoided", "break_even")} == {
            name: uniform[name] for name in ("touched", "avoided", "break_even")
        }
        assert pair["intervals"]["avoided"] == uniform["intervals"]["avoided"]

    def test_a_pair_with_one_threshold_is_that_scope(self):
        read = ReadFrontier(OneAnalysis())
        (pair,) = read.pair(BufferRule(90, 0)).points
        assert pair["touched"] == read(BufferScope.CONNECT, step_min=90).points[1]["touched"]

    @pytest.mark.parametrize("step_min", [0, -30])
    def test_a_step_without_length_is_refused(self, step_min):
        with pytest.raises(InvalidInputError):
            ReadFrontier(OneAnalysis())(BufferScope.ALL, step_min=step_min)

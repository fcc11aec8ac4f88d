"""The best threshold for the inputs of whoever asks."""

from __future__ import annotations

from tests.support.buffer_fakes import (
    OneAnalysis,
    small_analysis,
)

from drivetrain.rental.buffer.application.decide_buffer import DecideBuffer
from drivetrain.rental.buffer.domain.rule import BufferRule
from drivetrain.rental.buffer.domain.worth import BufferWorth, WorthInputs


class TestDeciding:
    def test_the_answer_is_that_of_the_domain(self):
        inputs = WorthInputs(60.0, 250.0, recapture_share=0.2, shift_share=0.4, shift_up_to_min=60)
        decision = DecideBuffer(OneAnalysis())(inputs)
        working = small_analysis().working
        expected = BufferWorth(working.rentals, working.resampling, shift_up_to_min=60).best_uniform(inputs)
        assert (decision.uniform.rule, decision.uniform.gain) == (expected.rule, expected.gain)
        assert decision.thresholds_min[:3] == (0, 30, 60)

    def test_free_bookings_make_the_longest_useful_gap_and_free_conflicts_none(self):
        decide = DecideBuffer(OneAnalysis())
        assert decide(WorthInputs(60.0, 0.0)).uniform.rule == BufferRule(0, 0)
        rentals = small_analysis().working.rentals
        longest = rentals.gap_min[rentals.is_conflict].max()
        assert decide(WorthInputs(0.0, 250.0)).uniform.rule.connect_min == longest + 30

    def test_counting_is_done_once_per_accepted_shift(self):
        decide = DecideBuffer(OneAnalysis())
        for cost in (100.0, 200.0, 300.0):
            decide(WorthInputs(60.0, cost))
        decide(WorthInputs(60.0, 100.0, shift_share=0.5, shift_up_to_min=30))
        assert len(decide._counted) == 2

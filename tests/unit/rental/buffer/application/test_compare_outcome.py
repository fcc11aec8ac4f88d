"""A policy is judged by rentals that came after the table it was set by."""

from __future__ import annotations

import pytest
from tests.support.buffer_fakes import (
    OTHER_SHA,
    OneTable,
    find_analysis,
    finish,
    finished_store,
    small_analysis,
)
from tests.support.buffer_policy import Desk

from drivetrain.core.errors import ConflictError, InvalidInputError
from drivetrain.rental.buffer.application.compare_outcome import CompareOutcome


class TestOutcome:
    def compared(self, **policy):
        store = finished_store()
        finish(store, "newer", small_analysis(seed=11), sha256=OTHER_SHA, is_standing=False)
        store.stored["newer"].record["table"]["sha256"] = OTHER_SHA
        desk = Desk(find_analysis(store))
        desk.save(**policy)
        return CompareOutcome(desk.policies, desk.find, desk.clock)

    def test_rentals_of_the_same_truth_are_as_promised(self):
        outcome = self.compared()("newer")
        assert outcome.outcome.verdict == "as_promised"
        assert outcome.words().startswith("Nothing speaks against the promise")

    def test_bookings_below_the_threshold_are_counted(self):
        """The generator knows no policy, so bookings below it are there and must be named."""
        outcome = self.compared()("newer")
        below = float(outcome.outcome.observed["below"].value)
        assert below > 0
        assert f"{below:,.0f} bookings still lie below the threshold" in outcome.words()

    def test_the_rentals_that_promised_cannot_prove_it(self):
        with pytest.raises(InvalidInputError) as refusal:
            self.compared()("id-1")
        assert refusal.value.code == "rental.outcome_of_the_same_table"

    def test_a_policy_without_an_analysis_promised_nothing(self):
        desk = Desk(find_analysis(tables=OneTable(None)))
        desk.save()
        with pytest.raises(ConflictError) as refusal:
            CompareOutcome(desk.policies, desk.find, desk.clock)("newer")
        assert refusal.value.code == "rental.policy_without_promise"

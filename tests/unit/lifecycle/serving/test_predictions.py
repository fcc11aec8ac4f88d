"""The live handle answers with one whole version, or says why it cannot."""

from __future__ import annotations

import time

import pytest

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor, RequestContext

FIRST, SECOND = ModelRef("m", "1"), ModelRef("m", "2")


def load(files, ref):
    if b"broken" in files.values():
        raise ValueError("broken")
    return (files["f"], ref)


def test_before_the_first_version_the_handle_says_that_none_was_released():
    predictor = Predictor("m", load)
    with pytest.raises(ModelNotReadyError, match="no version has been released yet"):
        predictor.current()
    assert predictor.ref is None


def test_a_swap_replaces_the_version_whole():
    predictor = Predictor("m", load)
    predictor.swap({"f": b"one"}, FIRST)
    held = predictor.current()
    predictor.swap({"f": b"two"}, SECOND)
    assert held == (b"one", FIRST)  # whoever answers with the old one goes on answering with it
    assert predictor.current() == (b"two", SECOND)
    assert (predictor.ref, predictor.reason) == (SECOND, "")


def test_a_version_that_cannot_be_loaded_leaves_the_served_one_alone():
    predictor = Predictor("m", load)
    predictor.swap({"f": b"one"}, FIRST)
    with pytest.raises(ValueError, match="broken"):
        predictor.swap({"f": b"broken"}, SECOND)
    assert predictor.current() == (b"one", FIRST)
    assert predictor.ref == FIRST


def test_the_reason_of_a_refusal_is_told_and_forgotten_again():
    predictor = Predictor("m", load)
    predictor.refuse("version 1 is damaged")
    with pytest.raises(ModelNotReadyError, match="version 1 is damaged"):
        predictor.current()
    predictor.swap({"f": b"one"}, FIRST)
    assert predictor.reason == ""
    predictor.refuse("version 2 is damaged")
    predictor.keep()
    assert predictor.reason == ""


def test_waiting_time_is_counted_in_microseconds_from_the_arrival():
    before = time.perf_counter()
    waited_us = RequestContext("caller", "request", started=before - 2.0).waited_us()
    assert 2_000_000 <= waited_us <= 2_000_000 + round((time.perf_counter() - before) * 1e6)


class TestTrials:
    """A challenger answers its share of the callers, always the same ones, and costs nobody anything."""

    CALLERS = tuple(f"caller {number}" for number in range(2_000))

    @staticmethod
    def predictor(share: float, *, version: str = "2") -> Predictor:
        predictor = Predictor("m", load)
        predictor.swap({"f": b"champion"}, FIRST)
        predictor.try_out({"f": b"challenger"}, ModelRef("m", version), share)
        return predictor

    def answered(self, predictor: Predictor) -> set[str]:
        """Whom the challenger answers."""
        return {
            caller
            for caller in self.CALLERS
            if predictor.answer(caller, lambda model: model[0]) == b"challenger"
        }

    def test_a_share_of_the_callers_gets_the_challenger_and_keeps_it(self):
        one, other = self.predictor(0.2), self.predictor(0.2)
        answered = self.answered(one)
        assert len(answered) == pytest.approx(0.2 * len(self.CALLERS), rel=0.15)
        assert self.answered(one) == answered == self.answered(other)  # another process deals the same way

    def test_a_larger_share_keeps_those_who_were_in_it(self):
        assert self.answered(self.predictor(0.1)) < self.answered(self.predictor(0.4))

    def test_another_trial_draws_other_callers(self):
        assert self.answered(self.predictor(0.2)) != self.answered(self.predictor(0.2, version="3"))

    def test_a_shadow_answers_nobody(self):
        assert self.answered(self.predictor(0.0)) == set()

    def test_a_failing_challenger_costs_the_caller_nothing_and_is_counted(self):
        predictor = self.predictor(1.0)

        def decide(model):
            if model[0] == b"challenger":
                raise ZeroDivisionError
            return model[0]

        assert [predictor.answer(caller, decide) for caller in ("a", "b")] == [b"champion"] * 2
        assert (predictor.trial_requests, predictor.trial_failures) == (2, 2)
        assert (
            predictor.answer("a", decide, is_decision=False) == b"champion"
        )  # looked at: it judges no trial
        assert (predictor.trial_requests, predictor.trial_failures) == (2, 2)

    def test_a_failing_champion_is_not_hidden(self):
        predictor = self.predictor(0.0)
        with pytest.raises(ZeroDivisionError):
            predictor.answer("a", lambda model: 1 // 0)

    def test_after_the_trial_the_champion_answers_all(self):
        predictor = self.predictor(1.0)
        predictor.end_trial()
        assert self.answered(predictor) == set()

    def test_a_challenger_without_champion_answers_its_share_only(self):
        predictor = Predictor("m", load)
        predictor.try_out({"f": b"challenger"}, SECOND, 0.0)
        with pytest.raises(ModelNotReadyError):
            predictor.answer("a", lambda model: model)

"""The five standing questions, answered in words and numbers."""

from __future__ import annotations

import copy

import pytest
from tests.support.buffer_fakes import (
    OneAnalysis,
    small_analysis,
)

from drivetrain.rental.buffer.application.answer_questions import AnswerQuestions, answers_of


class TestStandingQuestions:
    def test_five_questions_are_answered_with_figures_and_the_method(self):
        answers = AnswerQuestions(OneAnalysis())().answers
        assert len(answers) == 5
        assert all(each.words and each.figures and each.method for each in answers)

    def test_words_carry_the_records_figures(self):
        record = small_analysis().record
        conflicts = record["summary"]["conflicts"]["value"]
        lateness, solved = answers_of(record)[2:4]
        assert f"In {conflicts} of " in lateness.words
        avoided = record["frontiers"]["all"]["figures"]["avoided"]["value"][60]
        assert f"At 60 minutes for all cars {avoided} (" in solved.words

    @pytest.mark.parametrize(
        ("p_value", "head"), [(0.4, "No scope beats"), (0.01, "Yes: connect only beats")]
    )
    def test_the_verdict_on_scopes_follows_the_test(self, p_value, head):
        record = copy.deepcopy(small_analysis().record)
        for scope in record["scopes"].values():
            scope["reachable"].update(p_value=0.9, is_better=False)
            scope["below"].update(p_value=0.9, is_better=False)
        record["scopes"]["connect"]["reachable"].update(p_value=p_value, is_better=p_value < 0.05)
        words = answers_of(record)[4].words
        assert words.startswith(head)
        assert f"connect only p = {p_value:g}" in words
        assert "no uniform threshold exists" not in words

    def test_a_win_below_the_shortest_uniform_threshold_is_told_apart(self):
        record = copy.deepcopy(small_analysis().record)
        best = {
            "connect_min": 0,
            "mobile_min": 30,
            "touched": 122,
            "avoided": 61,
            "more_than_uniform": {"value": 11.2, "low": 3.7, "high": 18.4},
        }
        record["scopes"]["mobile"]["below"].update(p_value=0.005, is_better=True, best=best)
        words = answers_of(record)[4].words
        assert (
            "30 minutes for mobile only touches 122 bookings and avoids 61 conflicts, 11.2 (3.7 to 18.4) more"
            in words
        )

    def test_nothing_is_promised_about_revenue_without_its_assumption(self):
        assert "If every rental earns the same" in answers_of(small_analysis().record)[0].words

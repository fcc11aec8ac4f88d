"""Rails end a trial with figures, and never on one unlucky row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivetrain.lifecycle.releasing.guard_rails import GuardRails
from drivetrain.lifecycle.releasing.trial_store import Evidence

GOOD = Evidence(answers=1_000, failures=10, p95_us=50_000.0, outcomes=1_000, covered=800)
"""Just within every rail."""


class TestGuardRails:
    def test_on_the_rail_is_not_over_it(self):
        assert GuardRails().breaches(GOOD) == []

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"failures": 11}, "it failed 11 of 1,000 times, allowed are 1%"),
            ({"p95_us": 50_100.0}, "its p95 is 50.1 ms, allowed are 50.0 ms"),
            ({"covered": 799}, "its range held 79.9% of 1,000 outcomes, at least 80% are asked"),
        ],
    )
    def test_each_broken_rail_is_told_with_its_figures(self, changed, sentence):
        assert GuardRails().breaches(replace(GOOD, **changed)) == [sentence]

    def test_all_broken_rails_are_told(self):
        assert len(GuardRails().breaches(Evidence(100, 100, 1e6, 100, 0))) == 3

    def test_a_few_unlucky_rows_end_nothing(self):
        assert GuardRails(fewest=50).breaches(Evidence(49, 49, 1e9, 49, 0)) == []
        assert len(GuardRails(fewest=50).breaches(Evidence(50, 50, 1e9, 50, 0))) == 3

    def test_what_one_process_saw_counts_beside_the_evidence(self):
        """Reasons that cannot be worked out: no shadow asks for them."""
        assert GuardRails().breaches(GOOD, requests=100, failures=1) == []
        assert GuardRails().breaches(GOOD, requests=49, failures=49) == []
        assert GuardRails().breaches(GOOD, requests=100, failures=2) == [
            "it failed 2 of 100 times, allowed are 1%"
        ]

    def test_every_rail_is_told_with_its_state(self):
        rails = GuardRails().rails(replace(GOOD, failures=11, outcomes=10))
        assert [(rail.name, rail.state, rail.cases) for rail in rails] == [
            ("failures", "broken", 1_000),
            ("p95_us", "ok", 1_000),
            ("coverage", "waiting", 10),
        ]
        told = [rail.sentence for rail in GuardRails().rails(Evidence(0, 0, None, 0, 0))]
        assert told[1:] == [
            "it has not answered yet, allowed are 50.0 ms",
            "no outcome is known yet, at least 80% are asked",
        ]

    def test_before_the_first_answer_nothing_is_broken(self):
        assert GuardRails(fewest=0).breaches(Evidence(0, 0, None, 0, 0)) == []

"""A trial that breaks a rail is ended once, and only the trial that broke it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog
from tests.support.model_trials import MODEL, SOUND, Toy, TrialEvidence, catalog_of_three, load

from drivetrain.lifecycle.releasing.guard_trials import GuardTrials
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor

BROKEN = replace(SOUND, failures=60)


@pytest.fixture
def catalog() -> MemoryModelCatalog:
    """Version 2 on trial beside version 1, for a tenth of the callers."""
    catalog = catalog_of_three(FixedClock())
    load(catalog, "2", share=0.1)
    return catalog


def guard(catalog, evidence, predictors=None):
    return GuardTrials(catalog, TrialEvidence(evidence), lambda name: Toy())(predictors)


def test_a_sound_challenger_stays(catalog):
    assert guard(catalog, SOUND) == []
    assert catalog.challengers()[MODEL].version.version == "2"


def test_a_failing_challenger_is_ended_once_with_its_figures_in_the_history(catalog):
    (release,) = guard(catalog, BROKEN)
    assert (release.version, release.previous, release.actor) == (None, "2", "guard rail")
    assert release.reason == "Version 2 was taken out: it failed 60 of 100 times, allowed are 1%."
    assert guard(catalog, BROKEN) == []
    assert catalog.history(MODEL)[0] == release


def test_failures_of_this_process_count_for_the_version_they_belong_to(catalog):
    predictor: Predictor[None] = Predictor(MODEL, lambda files, ref: None)
    predictor.try_out({}, ModelRef(MODEL, "3"), 0.1)
    predictor.trial_requests, predictor.trial_failures = 100, 50
    assert guard(catalog, SOUND, {MODEL: predictor}) == []  # those are another trial's
    predictor.try_out({}, ModelRef(MODEL, "2"), 0.1)
    predictor.trial_requests, predictor.trial_failures = 100, 2
    (release,) = guard(catalog, SOUND, {MODEL: predictor})
    assert release.reason == "Version 2 was taken out: it failed 2 of 100 times, allowed are 1%."


def test_a_trial_that_another_process_ended_meanwhile_is_left_alone(catalog):
    class Overtaken(TrialEvidence):
        """Another process ends the trial and begins one of version 3 while the evidence is read."""

        def evidence(self, *question, **more):
            catalog.end_trial(MODEL, actor="guard rail", reason="by another process")
            load(catalog, "3")
            return super().evidence(*question, **more)

    assert GuardTrials(catalog, Overtaken(BROKEN), lambda name: Toy())() == []
    assert catalog.challengers()[MODEL].version.version == "3"

"""The report of a trial names both versions, says how it stands, and shows rails and differences."""

from __future__ import annotations

import json

import pytest
from tests.support.fakes import FixedClock, MemoryModelCatalog
from tests.support.model_trials import MODEL, SOUND, Toy, TrialEvidence, catalog_of_three, load, promote

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.releasing.compare_trial import CompareTrial, latest_trial
from drivetrain.lifecycle.releasing.comparison import Pair
from drivetrain.lifecycle.releasing.guard_rails import GuardRails
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion


def pair(number: int, price: float, other: float) -> Pair:
    answers = [json.dumps({"price": value}).encode() for value in (price, other)]
    return Pair(f"id-{number}", "shop", "1", b"{}", *answers)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def catalog(clock: FixedClock) -> MemoryModelCatalog:
    return catalog_of_three(clock)


def report_of(catalog, store):
    return CompareTrial(catalog, store, lambda name: Toy(), GuardRails())(MODEL)


def test_a_shadow_answers_nobody_and_a_canary_a_share(catalog):
    load(catalog, "2")
    assert latest_trial(MODEL, catalog.history(MODEL)).in_words() == (
        "Version 2 is on trial beside version 1 and answers nobody (shadow)."
    )
    load(catalog, "2", share=0.25)
    assert latest_trial(MODEL, catalog.history(MODEL)).in_words() == (
        "Version 2 is on trial beside version 1 and answers 25% of the callers."
    )


def test_the_report_asks_for_the_evidence_since_the_trial_began(catalog, clock):
    clock.advance(hours=5)
    load(catalog, "2", share=0.1)
    began_at = clock.now()
    clock.advance(hours=1)
    store = TrialEvidence(SOUND, [pair(1, 100.0, 110.0), pair(2, 100.0, 100.0)])
    report = report_of(catalog, store)
    assert store.questions == [(MODEL, "1", "2"), (MODEL, "2", began_at, "booked", True)]
    assert (report["decisions"], report["moved_share"], report["ended"]) == (2, 0.5, None)
    assert [rail["state"] for rail in report["guard_rails"]] == ["ok", "ok", "waiting"]
    assert report["summary"][-1].startswith("Rail waiting: no outcome is known yet")


def test_a_trial_that_was_ended_says_by_whom(catalog):
    load(catalog, "2")
    catalog.end_trial(MODEL, actor="bob", reason="Seen enough.")
    report = report_of(catalog, TrialEvidence(SOUND))
    assert report["ended"]["actor"] == "bob"
    assert report["summary"][:2] == [
        "The trial of version 2 beside version 1 has ended, by bob: Seen enough.",
        "There is no pair of answers to compare yet.",
    ]


def test_a_challenger_that_became_champion_is_compared_with_the_one_before(catalog):
    load(catalog, "2")
    promote(catalog, "2")
    trial = latest_trial(MODEL, catalog.history(MODEL))
    assert (trial.challenger, trial.champion) == ("2", "1")
    assert trial.end is not None and trial.end.reason == "It became champion."


def test_a_trial_of_the_version_that_is_gone_back_to_stays_readable(catalog):
    promote(catalog, "2")
    load(catalog, "1")
    catalog.end_trial(MODEL, actor="bob", reason="Seen enough.")
    catalog.roll_back(MODEL, actor="bob", reason="It was better.")
    trial = latest_trial(MODEL, catalog.history(MODEL))
    assert (trial.challenger, trial.champion) == ("1", "2")
    assert trial.end is not None and trial.end.reason == "Seen enough."


def test_a_refused_challenger_changes_nothing_of_the_trial(catalog):
    load(catalog, "2")
    catalog.refuse(MODEL, Alias.CHALLENGER, actor="ann", reason="Version 3 was refused.")
    trial = latest_trial(MODEL, catalog.history(MODEL))
    assert (trial.challenger, trial.end) == ("2", None)


@pytest.mark.parametrize("is_released", [False, True])
def test_without_a_trial_or_a_champion_there_is_nothing_to_compare(clock, is_released):
    catalog = MemoryModelCatalog(clock)
    catalog.add_version(ModelVersion(MODEL, "1", clock.now(), "m", "0" * 64, {}, {}, {}, True, "run"))
    if is_released:
        promote(catalog, "1")
    else:
        load(catalog, "1")  # on trial beside nobody
    with pytest.raises(ConflictError) as refused:
        report_of(catalog, TrialEvidence(SOUND))
    assert refused.value.code == "model.no_trial"

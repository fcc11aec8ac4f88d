"""A whole training: figures with their baselines, the truth recovered, ids that go on, and no segments where there are none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.buyers import QUICK, generated, trained

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.features import take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.package import known_segments
from drivetrain.resale.segments.model.predictor import KNOWN, load, recipe_of
from drivetrain.resale.segments.model.training import train_segments


def train(table, champion=None, **settings):
    return train_segments(table, {**QUICK, **settings}, champion, SilentProgress())


@pytest.fixture(scope="module")
def shuffled() -> TrainingTable:
    """The generated buyers with every field dealt out anew: nothing belongs together."""
    rng = np.random.default_rng(8)
    rows = {
        name: [values[at] for at in rng.permutation(len(values))] for name, values in generated().rows.items()
    }
    return TrainingTable(rows, np.full(len(generated().target), np.nan))


def test_the_hidden_tastes_are_recovered_far_better_than_by_price_alone():
    models = trained().report["models"]
    assert models["candidate"]["recovery_score"]["low"] > 0.75
    assert models["price terciles alone"]["recovery_score"]["high"] < 0.5
    assert models["one segment"]["recovery_score"]["mean"] == 0


def test_more_interactions_recover_the_taste_better():
    by_count = trained().report["recovery_by_interactions"]
    assert by_count["1 to 4"]["mean"] < by_count["10 to 19"]["mean"] < by_count["20 or more"]["mean"] + 0.05


def test_a_higher_confidence_is_right_more_often_and_never_promises_too_much():
    bands = list(trained().report["confidence"].values())
    assert bands == sorted(bands, key=lambda band: band["confidence"])
    assert bands[-1]["right"] > 0.95
    assert all(band["right"] > band["confidence"] - 0.1 for band in bands)


def test_buyers_without_a_taste_are_called_far_more_often():
    far = trained().report["called_far"]
    assert far["without_taste"] > 5 * far["with_taste"]


def test_the_gate_passes_and_names_its_baselines():
    questions = [check.question for check in trained().verdict.checks]
    assert trained().verdict.passed, trained().verdict.reason()
    assert "better than price terciles alone in silhouette" in questions
    assert "better than price terciles alone in recovery of the hidden tastes" in questions


def test_every_segment_has_a_name_a_profile_and_a_size_and_sizes_add_up():
    segments = trained().report["segments"]
    assert len({segment["name"] for segment in segments}) == len(segments) == 6
    assert sum(segment["buyers"] for segment in segments) == len(generated().target)
    assert all(segment["profile"].endswith(".") and 0 <= segment["stability"] <= 1 for segment in segments)


def test_the_order_of_the_rows_does_not_matter():
    order = np.random.default_rng(5).permutation(len(generated().target))
    mixed = TrainingTable(take(generated().rows, order), generated().target[order])
    assert dict(train(mixed).files) == dict(trained().files)


def test_tastes_change_figures_but_never_the_segments():
    blind = train(TrainingTable(generated().rows, np.full(len(generated().target), np.nan)))
    ours, theirs = (json.loads(result.files["model.json"]) for result in (trained(), blind))
    assert (theirs.pop("is_synthetic"), ours.pop("is_synthetic")) == (False, True)
    assert ours == theirs
    assert "recovery_score" not in blind.metrics
    assert (
        blind.report["confidence"]
        == blind.report["called_far"]
        == blind.report["recovery_by_interactions"]
        == {}
    )


def test_without_structure_there_is_one_segment_and_the_gate_says_so(shuffled):
    result = train(shuffled, segments=0, most_segments=4)
    assert not result.verdict.passed
    assert "there are segments" in result.verdict.reason()
    assert len(result.report["segments"]) == 1
    assert any("nothing is made up" in remark for remark in result.report["remarks"])
    model = load(result.files, ModelRef("buyer-segments", "1"))
    assert model.estimate(generated().rows).confidence.min() == 1


def test_ids_go_on_when_the_next_version_finds_the_same_segments():
    """The same buyers and a few less; the champion's ids were changed so that chance cannot keep them."""
    champion = recipe_of(trained().files)
    champion[KNOWN] = {
        **champion[KNOWN],
        "ids": ["s14", "s12", "s11", "s16", "s15", "s13"],
        "next_number": 17,
    }
    names = {segment["name"]: segment["id"] for segment in trained().report["segments"]}
    table = TrainingTable(
        take(generated().rows, np.arange(10, len(generated().target))), generated().target[10:]
    )
    again = train(table, champion=champion)
    ids = {segment["id"] for segment in again.report["segments"]}
    assert len(ids & {f"s{number}" for number in range(11, 17)}) >= 5
    assert not ids & set(names.values())
    assert json.loads(again.files["model.json"])["next_number"] >= 17


def test_known_segments_keep_their_place_in_another_space():
    own = json.loads(trained().files["model.json"])
    model = load(trained().files, ModelRef("buyer-segments", "1"))
    known = known_segments(recipe_of(trained().files)[KNOWN], model._space)
    np.testing.assert_allclose(known.centers, own["centers"])


def test_the_champions_recipe_is_compared_on_the_same_halves():
    champion = {**recipe_of(trained().files), "starts": 2}
    checks = train(generated(), champion=champion).verdict.checks
    assert checks[-1].question == "not worse than the champion's recipe"


def test_a_champions_recipe_that_this_table_is_too_small_for_does_not_stop_the_training():
    champion = {**recipe_of(trained().files), "segments": 500}
    assert train(generated(), champion=champion).verdict.passed


def test_an_unknown_setting_is_refused():
    with pytest.raises(InvalidInputError):
        train(generated(), clusters=3)


def test_profiles_alone_would_be_a_training_table_too():
    assert set(generated().rows) == set(BUYER_PROFILE.names)

"""The list that every model of every product passes, whatever it predicts."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import ContractError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.contracts import FlagColumn, InstantColumn, ListColumn, NumberColumn
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.lifecycle.learning.training import FittedModel, TrainingTable
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import PRODUCTS

ROWS, SEED = 200, 11
SMALL: dict[str, dict[str, Any]] = {
    "rental-price": {"trees": 15, "learning_rate": 0.2, "leaves": 7},
    "resale-price": {"most_rows": 100},
    "trip-duration": {"trees": 40, "learning_rate": 0.2, "leaves": 7, "leaf_rows": 5},
    "used-car-price": {"trees": 15, "learning_rate": 0.2, "leaves": 7},
    "used-car-price-au": {"trees": 15, "learning_rate": 0.2, "leaves": 7},
    "used-car-price-in": {"trees": 15, "learning_rate": 0.2, "leaves": 7},
    "buyer-segments": {"segments": 3, "halvings": 4, "shuffles": 1, "starts": 2, "fewest_interactions": 5},
}
"""Settings with which a model trains in a second or two: the list asks whether it is sound, not whether it is
good."""

ROWS_OF_TABLE = {"buyer-segments": 5_000}
"""Rows of the generated table where it is not one row of the contract for each of its own: some 200
buyers."""

MODELS = [model for product in PRODUCTS for model in product.models]
every_model = pytest.mark.parametrize("spec", MODELS, ids=lambda spec: spec.name)
pytestmark = [pytest.mark.xdist_group("common_list"), pytest.mark.timeout(300)]  # the trainings are shared


@cache
def table_of(name: str) -> TrainingTable:
    """The rows of the model's generated table that pass its contract."""
    spec = named(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        spec.table.write_synthetic(path, ROWS_OF_TABLE.get(name, ROWS), SEED, SilentProgress())
        return read_training_table(
            path, spec.contract, path.with_name("set_aside.csv"), spec.table.preparation
        ).table


def train(spec: ModelSpec, *, seed: int = 1, champion: Mapping[str, Any] | None = None) -> FittedModel:
    return spec.train(
        table_of(spec.name), {**SMALL.get(spec.name, {}), "seed": seed}, champion, SilentProgress()
    )


@cache
def trained(name: str) -> FittedModel:
    """The model trained on its generated table."""
    return train(named(name))


@cache
def served(name: str) -> Any:
    """The trained model as serving loads it."""
    return named(name).load(trained(name).files, ModelRef(name, "1"))


def named(name: str) -> ModelSpec:
    return next(model for model in MODELS if model.name == name)


def answers(model: Any, rows: Mapping[str, Any]) -> dict[str, bytes]:
    """Every number the model answers with, to the bit."""
    estimates = model.estimate(rows)
    return {each.name: getattr(estimates, each.name).tobytes() for each in dataclasses.fields(estimates)}


def figures_of(model: Any, row: Mapping[str, Any]) -> list[Any]:
    """Every array that the model answers one row with."""
    estimates = model.estimate({name: (value,) for name, value in row.items()})
    return [getattr(estimates, each.name) for each in dataclasses.fields(estimates)]


def row_of(spec: ModelSpec, at: int) -> dict[str, Any]:
    return {name: table_of(spec.name).rows[name][at] for name in spec.contract.names}


class TestTheSpec:
    @every_model
    def test_names_are_unique_and_product_is_its_own(self, spec):
        assert [model.name for model in MODELS].count(spec.name) == 1
        assert spec in next(product for product in PRODUCTS if product.name == spec.product).models

    @every_model
    def test_the_table_has_the_columns_that_the_contract_is_made_of(self, spec):
        own = {*spec.contract.names, spec.contract.target.name}
        wanted = own if spec.table.preparation is None else set(spec.table.preparation.columns)
        assert wanted <= set(spec.table.header)

    @every_model
    def test_the_card_tells_what_the_model_is_for_and_its_limits(self, spec):
        assert len(spec.card()) > 200
        assert "imit" in spec.card()

    @every_model
    def test_the_generated_table_passes_the_contract_but_for_odd_rows(self, spec):
        assert len(table_of(spec.name).target) >= 0.95 * ROWS


class TestTraining:
    @every_model
    def test_the_same_seed_trains_the_same_model_to_the_byte(self, spec):
        again = train(spec)
        assert dict(again.files) == dict(trained(spec.name).files)
        assert again.metrics == trained(spec.name).metrics

    @every_model
    def test_the_table_is_left_as_it_was(self, spec):
        before = json.dumps(table_of(spec.name).rows), table_of(spec.name).target.tobytes()
        trained(spec.name)
        assert (json.dumps(table_of(spec.name).rows), table_of(spec.name).target.tobytes()) == before

    @every_model
    def test_report_metrics_and_params_are_plain_finite_values(self, spec):
        result = trained(spec.name)
        json.dumps([result.report, dict(result.metrics), dict(result.params)], allow_nan=False)
        assert result.metrics
        assert all(name.endswith(("_error", "_score")) for name in result.metrics)

    @every_model
    def test_the_gate_compares_with_a_plain_baseline(self, spec):
        checks = trained(spec.name).verdict.checks
        assert any("better than" in check.question for check in checks)
        assert all(check.figures for check in checks)

    @every_model
    def test_on_targets_without_any_order_the_gate_lets_nothing_through(self, spec):
        """The baseline must be able to win: shuffled targets leave nothing to learn."""
        table = table_of(spec.name)
        noise = TrainingTable(table.rows, np.random.default_rng(5).permutation(table.target))
        assert not spec.train(noise, SMALL.get(spec.name, {}), None, SilentProgress()).verdict.passed

    @every_model
    def test_another_seed_trains_another_model(self, spec):
        rival = train(spec, seed=2, champion=spec.recipe_of(trained(spec.name).files))
        assert dict(rival.files) != dict(trained(spec.name).files)
        # the versions of other models are compared themselves, once they are trained
        is_compared_by_recipe = spec.point is None
        assert len(rival.verdict.checks) == len(trained(spec.name).verdict.checks) + is_compared_by_recipe

    @every_model
    def test_the_recipe_travels_with_the_files(self, spec):
        told = dict(spec.recipe_of(trained(spec.name).files))
        assert {name: told[name] for name in trained(spec.name).params} == dict(trained(spec.name).params)


class TestServing:
    @every_model
    def test_the_model_knows_which_version_it_is(self, spec):
        assert served(spec.name).ref == ModelRef(spec.name, "1")

    @every_model
    def test_a_row_alone_is_answered_as_in_a_batch_to_the_last_bit(self, spec):
        rows = table_of(spec.name).rows
        together = served(spec.name).estimate(rows)
        for at in range(0, len(rows[spec.contract.names[0]]), 7):
            alone = served(spec.name).estimate({name: (value,) for name, value in row_of(spec, at).items()})
            for each in dataclasses.fields(together):
                assert getattr(alone, each.name)[0].tobytes() == getattr(together, each.name)[at].tobytes()

    @every_model
    def test_the_order_of_the_rows_does_not_matter(self, spec):
        rows = table_of(spec.name).rows
        order = np.random.default_rng(6).permutation(len(table_of(spec.name).target))
        straight, shuffled = served(spec.name).estimate(rows), served(spec.name).estimate(take(rows, order))
        for each in dataclasses.fields(straight):
            assert getattr(shuffled, each.name).tobytes() == getattr(straight, each.name)[order].tobytes()

    @every_model
    def test_asking_twice_gives_the_same_answer(self, spec):
        rows = table_of(spec.name).rows
        assert answers(served(spec.name), rows) == answers(served(spec.name), rows)

    @every_model
    def test_a_loaded_copy_gives_the_same_answer(self, spec):
        again = spec.load(dict(trained(spec.name).files), ModelRef(spec.name, "2"))
        rows = table_of(spec.name).rows
        assert answers(again, rows) == answers(served(spec.name), rows)

    @every_model
    def test_a_missing_file_is_refused(self, spec):
        for name in trained(spec.name).files:
            with pytest.raises(ArtifactRefusedError):
                spec.load(
                    {other: text for other, text in trained(spec.name).files.items() if other != name},
                    ModelRef("m", "1"),
                )


class TestInputs:
    @every_model
    def test_the_ends_of_every_range_and_every_word_are_answered(self, spec):
        example = spec.contract.example()
        odd = [example]
        for column in spec.contract.columns:
            odd += [{**example, column.name: value} for value in _all_kinds(column)]
        checked = [spec.contract.check_row(row)[0] for row in odd]
        estimates = served(spec.name).estimate(as_columns(checked, spec.contract.names))
        answered = [each.name for each in dataclasses.fields(estimates) if each.name != "features"]
        assert all(np.isfinite(getattr(estimates, name)).all() for name in answered)

    @every_model
    def test_an_unknown_word_of_an_open_list_is_answered_and_warned_of(self, spec):
        for column in spec.contract.columns:
            if isinstance(column, ListColumn) and column.is_open and column.values:
                row, warnings = spec.contract.check_row(
                    {**spec.contract.example(), column.name: "Never Seen"}
                )
                assert [warning.field for warning in warnings] == [column.name]
                assert all(np.isfinite(figures).all() for figures in figures_of(served(spec.name), row))

    @every_model
    def test_a_missing_value_never_reaches_the_model(self, spec):
        for name in set(spec.contract.names) - spec.contract.optional_names:
            for broken in (
                {**spec.contract.example(), name: None},
                {**spec.contract.example(), name: float("nan")},
            ):
                with pytest.raises(ContractError):
                    spec.contract.check_row(broken)


def _all_kinds(column: Any) -> list[Any]:
    if isinstance(column, NumberColumn):
        return [column.low, column.usual_low, column.usual_high, column.high]
    if isinstance(column, ListColumn):
        return [*column.values, *column.spellings]
    if isinstance(column, InstantColumn):
        return [f"{column.first_year}-01-01T00:00:00Z", f"{column.last_year}-12-31T23:59:59Z"]
    assert isinstance(column, FlagColumn)
    return [True, False]


def test_there_is_a_model_to_try_the_list_on():
    assert MODELS


def test_no_case_of_the_list_leaves_a_model_out():
    """Each case takes a ``spec``, so that a new model is tried by all of them as soon as its card lists it."""
    cases: list[Callable[..., None]] = [
        case
        for suite in (TestTheSpec, TestTraining, TestServing, TestInputs)
        for name, case in vars(suite).items()
        if name.startswith("test_")
    ]
    assert len(cases) > 15
    assert all("spec" in inspect.signature(case).parameters for case in cases)

"""Reasons come from the version that decided, loaded once, and say whether its answer is still the logged one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.explain_decision import MOST_KEPT, ExplainDecision, VersionCache
from drivetrain.lifecycle.serving.answering import DecisionRule
from drivetrain.lifecycle.serving.predictions import LoggedDecision, ModelRef, Predictor

NOW = datetime(2026, 5, 2, tzinfo=UTC)
MODEL = "parking-price"


class Factor:
    """Version n asks n for a kilometre."""

    def __init__(self, number: float, ref: ModelRef) -> None:
        self.number, self.ref = number, ref


class Price:
    def __init__(self, amount: float) -> None:
        self.amount = amount

    def as_dict(self) -> dict[str, object]:
        return {"price": self.amount}


def decide(model: Factor, rows: Any) -> Any:
    features = np.asarray([[float(mileage)] for mileage in rows["mileage"]])
    return features, [Price(model.number * row[0]) for row in features.tolist()]


def explain(model: Factor, row: Any, features: Any, price: Price) -> dict[str, float]:
    return {"per_km": model.number, "km": float(features[0]), "of_row": row["mileage"], "price": price.amount}


RULE: Any = DecisionRule("parking", decide, explain)


def load(files: Any, ref: ModelRef) -> Factor:
    return Factor(float(files["factor"]), ref)


SPEC = SimpleNamespace(
    rule=RULE,
    load=load,
    explained=lambda: lambda explanation: {"reasons": explanation},
    contract=None,
    value_field="price",
)


class Catalog:
    """Versions 1 to 9; the files of version 4 are gone, those of version 5 damaged."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def version(self, model: str, version: str) -> Any:
        if not "1" <= version <= "9":
            raise NotFoundError(f"There is no version {version}.", code="model.version_not_found")
        return SimpleNamespace(model=model, version=version)

    def open(self, version: Any) -> dict[str, bytes]:
        self.opened.append(version.version)
        if version.version == "4":
            raise ArtifactRefusedError("model.bin is missing.")
        return {"factor": b"not a number" if version.version == "5" else version.version.encode()}


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture
def predictor() -> Predictor[Any]:
    return Predictor(MODEL, load)


@pytest.fixture
def ask(catalog: Any, predictor: Predictor[Any]) -> ExplainDecision:
    models: dict[str, Any] = {MODEL: SPEC, "counter": SimpleNamespace(rule=RULE, load=load, explained=None)}
    cache = VersionCache(catalog, {MODEL: predictor}, models, catalog.open)
    return ExplainDecision(models, cache)


def logged(version: str = "2", *, price: float = 20.0, model: str = MODEL, **row: object) -> LoggedDecision:
    return LoggedDecision(
        decision_id="id-1",
        decided_at=NOW,
        product="parking",
        model=ModelRef(model, version),
        input=row or {"mileage": 10},
        features=(10.0,),
        answer={"price": price},
        latency_us=1,
        caller="shop",
        request_id="request-1",
    )


def test_the_version_that_decided_answers_the_same_and_says_why(ask):
    reasons = ask(logged())
    assert (reasons.decision_id, reasons.model, reasons.is_identical) == ("id-1", ModelRef(MODEL, "2"), True)
    assert reasons.answer == {"price": 20.0}
    assert reasons.explanation == {"reasons": {"per_km": 2.0, "km": 10.0, "of_row": 10, "price": 20.0}}
    assert json.loads(json.dumps(reasons.as_dict()))["model"] == {"name": MODEL, "version": "2"}


def test_an_answer_that_is_another_one_now_is_not_called_identical(ask):
    reasons = ask(logged(price=20.5))
    assert (reasons.answer, reasons.is_identical) == ({"price": 20.0}, False)


def test_another_version_gives_its_own_answer_and_reasons(ask):
    reasons = ask(logged(), "3")
    assert (reasons.model.version, reasons.answer, reasons.is_identical) == ("3", {"price": 30.0}, False)
    assert reasons.explanation["reasons"]["per_km"] == 3.0


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_version_that_is_served_or_on_trial_is_not_loaded_again(ask, catalog, predictor, version):
    predictor.swap({"factor": b"2"}, ModelRef(MODEL, "2"))
    predictor.try_out({"factor": b"3"}, ModelRef(MODEL, "3"), 0.0)
    assert ask(logged(), version).answer == {"price": 10.0 * float(version)}
    assert catalog.opened == []


def test_the_versions_asked_for_last_are_kept_and_no_more_than_these(ask, catalog):
    for version in ("1", "2", "1", "2"):
        ask(logged(), version)
    assert catalog.opened == ["1", "2"]
    ask(logged(), "3")
    ask(logged(), "1")
    assert (catalog.opened, MOST_KEPT) == (["1", "2", "3", "1"], 2)


@pytest.mark.parametrize(
    ("decision", "version", "error", "code"),
    [
        (logged(model="counter"), None, NotFoundError, "decision.no_reasons"),
        (logged(model="rule-of-thumb"), None, NotFoundError, "decision.no_reasons"),
        (logged(), "99", NotFoundError, "model.version_not_found"),
        (logged("99"), None, NotFoundError, "model.version_not_found"),
        (logged("4"), None, ArtifactRefusedError, "model.artifact_refused"),
        (logged("5"), None, ArtifactRefusedError, "model.artifact_refused"),
        (logged(mileage="many"), None, ConflictError, "decision.not_answerable"),
        (logged(color="red"), None, ConflictError, "decision.not_answerable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_explained_is_an_error_with_a_code(ask, decision, version, error, code):
    with pytest.raises(error) as raised:
        ask(decision, version)
    assert raised.value.code == code

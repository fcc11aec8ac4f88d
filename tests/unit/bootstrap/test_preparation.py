"""What the process that sets up tells the supervisor: a plan, and a failure of the same kind, code and words."""

from __future__ import annotations

import json

import pytest

from drivetrain.bootstrap.preparation import KeptCommand, Plan, _outcome, write_outcome
from drivetrain.core.errors import (
    ConflictError,
    ContractError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
    ModelNotReadyError,
    UnavailableError,
)

PLAN = Plan(["analyze"], [KeptCommand("The scoring", ["package.module", "name"])], ["Sign in here."])


def passed_on(folder, failure):
    """The outcome as the supervisor reads it."""
    write_outcome(folder / "set-up.json", PLAN, failure)
    return _outcome(json.loads((folder / "set-up.json").read_text()))


def test_a_plan_arrives_as_it_was_made(tmp_path):
    outcome = passed_on(tmp_path, None)
    assert (outcome.plan, outcome.failure) == (PLAN, None)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (InvalidInputError("Wrong.", code="data.no_folder"), InvalidInputError),
        (ConflictError("Newer.", code="database.newer_than_code"), ConflictError),
        (UnavailableError("Away."), UnavailableError),
        (ModelNotReadyError("price", "none"), UnavailableError),  # the caller can do the same about it
        (DrivetrainError("Odd."), DrivetrainError),
    ],
)
def test_a_failure_keeps_kind_code_and_words(tmp_path, failure, kind):
    arrived = passed_on(tmp_path, failure).failure
    assert type(arrived) is kind
    assert (arrived.code, arrived.detail) == (failure.code, failure.detail)


def test_a_failure_keeps_the_fields_that_are_wrong(tmp_path):
    errors = [FieldError("table.bad_value", "No number.", row=3, column="price")]
    arrived = passed_on(tmp_path, ContractError(errors)).failure
    assert isinstance(arrived, InvalidInputError)
    assert list(arrived.errors) == errors

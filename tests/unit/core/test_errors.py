"""Errors carry a stable code, a sentence, and the places that are wrong."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import (
    ContractError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
    ModelNotReadyError,
    NotFoundError,
    UnavailableError,
)


def test_a_class_has_its_code_and_an_instance_may_have_a_closer_one():
    assert NotFoundError("No such key.").code == "resource.not_found"
    assert NotFoundError("No such key.", code="keys.not_found").code == "keys.not_found"
    assert NotFoundError.code == "resource.not_found"  # the class is not changed by an instance


@pytest.mark.parametrize(
    ("error", "place"),
    [
        (FieldError("c", "d", pointer="/mileage"), {"pointer": "/mileage"}),
        (FieldError("c", "d"), {"pointer": ""}),  # the whole body
        (FieldError("c", "d", row=7, column="mileage"), {"row": 7, "column": "mileage"}),
        (FieldError("c", "d", column="mileage"), {"column": "mileage"}),  # a header is in no row
        (FieldError("c", "d", row=7), {"row": 7}),
    ],
)
def test_a_field_error_shows_only_the_places_that_apply(error, place):
    assert error.as_dict() == {**place, "code": "c", "detail": "d"}


@pytest.mark.parametrize(
    ("count", "sentence"), [(1, "The input has 1 error."), (3, "The input has 3 errors.")]
)
def test_a_contract_error_counts_in_its_sentence(count, sentence):
    error = ContractError([FieldError("c", "d")] * count)
    assert (error.detail, len(error.errors)) == (sentence, count)


def test_a_table_lists_the_first_errors_and_counts_all():
    error = ContractError([FieldError("c", "d")], subject="The table", count=12_345)
    assert error.detail == "The table has 12345 errors."
    assert len(error.errors) == 1


def test_a_model_that_is_not_ready_says_why_and_when_to_come_back():
    error = ModelNotReadyError("rental-price", "no version has been released yet")
    assert "rental-price" in error.detail
    assert "no version has been released yet" in error.detail
    assert error.retry_after_s >= 1
    assert isinstance(error, UnavailableError)


def test_what_breaks_a_contract_is_invalid_input():
    assert issubclass(ContractError, InvalidInputError)
    assert str(InvalidInputError("Fix it.")) == "Fix it."
    assert isinstance(ContractError([]), DrivetrainError)

"""What MLflow's errors mean: every class of them is looked at."""

from __future__ import annotations

import pytest
from mlflow import exceptions
from sqlalchemy import exc

from drivetrain.adapters.mlflow.registry import NOT_OURS, UNAVAILABLE, _translating
from drivetrain.core.errors import UnavailableError

STOPPED = {
    "MlflowException",
    "RestException",
    "InvalidUrlException",
    "_UnsupportedMultipartUploadException",
    "_UnsupportedMultipartDownloadException",
    "_UnsupportedPresignedUploadException",
    "_UnsupportedPresignedDownloadException",
}
"""Raised where MLflow is asked to store something and cannot."""


def kinds() -> list[type[Exception]]:
    return [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == exceptions.__name__
    ]


def test_every_class_of_error_is_mapped():
    assert len(kinds()) > 10  # they were found
    ours = {kind.__name__ for kind in kinds() if not issubclass(kind, NOT_OURS)}
    assert ours == STOPPED
    assert all(issubclass(kind, UNAVAILABLE) for kind in kinds())


@pytest.mark.parametrize(
    "error",
    [
        exceptions.MlflowException("no such run"),
        exceptions.MlflowException(""),  # says nothing at all
        exc.OperationalError("SELECT 1", {}, OSError("connection refused")),
        exc.TimeoutError("the pool is empty"),
        FileNotFoundError("the folder is gone"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_stops_mlflow_makes_the_registry_unavailable(error):
    with pytest.raises(UnavailableError, match="model registry cannot be used") as raised, _translating():
        raise error
    assert raised.value.code == "registry.unavailable"


@pytest.mark.parametrize(
    "error", [exceptions.MlflowTracingException("x"), exceptions.MissingConfigException("x"), KeyError("x")]
)
def test_what_is_our_bug_stays_what_it_is(error):
    with pytest.raises(type(error)), _translating():
        raise error

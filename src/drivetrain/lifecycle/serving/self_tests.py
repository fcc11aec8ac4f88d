"""Stored rows with stored answers: a version proves when it is loaded that it still answers as it did."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError, Files, json_file
from drivetrain.lifecycle.learning.features import Columns
from drivetrain.lifecycle.serving.predictions import ModelRef

SELF_TEST_FILE = "self_test.json"
SELF_TEST_ROWS = 64

M = TypeVar("M")
Rows = list[dict[str, object]]
Answers = Callable[[M, Rows], Any]
"""What a model answers for stored rows, as JSON values."""


def self_test_rows(rows: Columns, names: Sequence[str]) -> Rows:
    """About ``SELF_TEST_ROWS`` rows of a table, evenly spread over it."""
    count = len(rows[names[0]])
    every = max(1, count // SELF_TEST_ROWS)
    return [{name: rows[name][row] for name in names} for row in range(0, count, every)]


def self_test_file(rows: Rows, answers: Any) -> bytes:
    """The file that ``load_tested`` asks a version with."""
    return json_file({"rows": rows, "answers": answers})


def load_tested(make: Callable[[Files, ModelRef], M], answers: Answers[M], files: Files, ref: ModelRef) -> M:
    """Make a model of its verified files, and prove on stored rows that it still answers as it did.

    Raises:
        ArtifactRefusedError: a file is missing or cannot be parsed, or the self-test differs.
    """
    try:
        model = make(files, ref)
        expected = json.loads(files[SELF_TEST_FILE])
        answered = answers(model, expected["rows"])
    except (LookupError, ValueError, TypeError) as error:
        raise ArtifactRefusedError(
            f"Version {ref.version} of {ref.name} cannot be loaded: {error}."
        ) from error
    if answered != expected["answers"]:
        raise ArtifactRefusedError(
            f"Version {ref.version} of {ref.name} answers its stored rows differently than when it was trained.",
            code="model.self_test_failed",
        )
    return model

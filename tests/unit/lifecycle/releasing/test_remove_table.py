"""A version of a table is removed, unless it is in use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.lifecycle.releasing.remove_table import RemoveTable

CURRENT = DatasetReference("toys", "c" * 12, "c" * 64, Path("c.csv"), "A shop.", "CC0", is_synthetic=False)
LEARNED = replace(CURRENT, version="b" * 12, sha256="b" * 64)
IDLE = replace(CURRENT, version="a" * 12, sha256="a" * 64)


class Versions:
    def __init__(self) -> None:
        self.kept = [CURRENT, LEARNED, IDLE]

    def history(self, name: str) -> list[DatasetReference]:
        return [version for version in self.kept if version.name == name]

    def version(self, name: str, version: str) -> DatasetReference:
        for kept in self.history(name):
            if kept.version == version:
                return kept
        raise NotFoundError("no such version")

    def remove(self, name: str, version: str) -> None:
        self.kept.remove(self.version(name, version))


def learned_from(table: DatasetReference) -> ModelVersion:
    return ModelVersion(
        "toy", "3", datetime(2026, 1, 1, tzinfo=UTC), "toy/3", "0" * 64, {}, {}, table.as_dict(), False, "run"
    )


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def remove(versions: Versions) -> RemoveTable:
    elsewhere = learned_from(replace(IDLE, name="other-toys"))
    return RemoveTable(versions, lambda: [elsewhere, learned_from(LEARNED)])


def test_a_version_that_nothing_needs_is_removed(versions: Versions, remove: RemoveTable) -> None:
    remove("toys", IDLE.version)
    assert versions.kept == [CURRENT, LEARNED]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [(CURRENT, "is the current table"), (LEARNED, "toy version 3 learned from")],
    ids=["current", "learned from"],
)
def test_one_in_use_is_removed_only_by_force(
    versions: Versions, remove: RemoveTable, reference: DatasetReference, reason: str
) -> None:
    with pytest.raises(ConflictError, match=reason) as refused:
        remove("toys", reference.version)
    assert refused.value.code == "data.version_in_use"
    assert len(versions.kept) == 3
    remove("toys", reference.version, force=True)
    assert reference not in versions.kept


def test_what_is_served_is_not_asked_for_where_it_does_not_matter(versions: Versions) -> None:
    def unreachable() -> list[ModelVersion]:
        raise AssertionError("the database was asked")

    remove = RemoveTable(versions, unreachable)
    with pytest.raises(NotFoundError):
        remove("toys", "0" * 12)
    with pytest.raises(ConflictError):
        remove("toys", CURRENT.version)
    remove("toys", IDLE.version, force=True)

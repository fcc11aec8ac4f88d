"""Parameters on disk: whole, checked, and never a reason not to draw."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.rides import fitted

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.trips.rides.adapters.files import RideFile
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import to_json


@pytest.fixture
def file(tmp_path: Path) -> RideFile:
    return RideFile(tmp_path / "trips" / "rides.json")


def test_what_is_saved_is_found_again(file: RideFile) -> None:
    file.save(fitted())
    assert file.load().demand.digest == fitted().digest
    assert file.load().table_sha256 is None
    assert file.demand_in_use().demand.name == "fitted"
    assert file.demand_in_use().problem is None
    assert [each.name for each in file.path.parent.iterdir()] == ["rides.json"]


def test_without_a_file_the_built_in_parameters_serve(file: RideFile) -> None:
    found = file.demand_in_use()
    assert found.demand.digest == built_in().digest
    assert found.problem is None
    with pytest.raises(FileNotFoundError):
        file.load()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"sha256": "x"}',
        b'{"sha256": "x", "demand": {"format": 1}}',
        b"\xff\x00",
    ],
)
def test_a_damaged_file_is_named_and_the_built_in_parameters_serve(file: RideFile, content: bytes) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    found = file.demand_in_use()
    assert found.demand.name == "built-in"
    assert found.problem is not None
    assert found.problem.code == "trips.damaged_ride_parameters"
    assert "fit-rides" in found.problem.detail


def test_the_table_they_were_learned_from_is_found_again(file: RideFile) -> None:
    file.save(fitted(), table_sha256="a" * 64)
    assert file.demand_in_use().table_sha256 == "a" * 64


@pytest.mark.parametrize(
    ("source", "table_sha256"),
    [
        (f"Learned from the table chicago-trips {'b' * 12} (SHA-256 {'b' * 64}).", "b" * 64),
        ("Learned from day.csv.", None),  # by command
        ("Learned from the table of a friend.", None),
    ],
)
def test_files_of_older_versions_name_the_table_in_their_sentence(
    file: RideFile, source: str, table_sha256: str | None
) -> None:
    demand = replace(fitted(), source=source)
    file.path.parent.mkdir()
    file.path.write_text(json.dumps({"sha256": demand.digest, "demand": json.loads(to_json(demand))}))
    assert file.load().table_sha256 == table_sha256
    assert file.load().demand.digest == demand.digest


@pytest.mark.parametrize("wrong", [1, "", "B" * 64, "b" * 63, ["b" * 64], True])
def test_a_table_that_is_no_checksum_is_damage(file: RideFile, wrong: object) -> None:
    file.save(fitted(), table_sha256="b" * 64)
    plain = json.loads(file.path.read_bytes())
    file.path.write_text(json.dumps({**plain, "table_sha256": wrong}))
    with pytest.raises(InvalidInputError, match="table_sha256"):
        file.load()


def test_one_changed_figure_is_noticed(file: RideFile) -> None:
    file.save(fitted())
    plain = json.loads(file.path.read_bytes())
    plain["demand"]["when"]["rides_per_hour"]["values"][0] += 1
    file.path.write_text(json.dumps(plain))
    with pytest.raises(InvalidInputError, match="checksum"):
        file.load()


def test_a_file_cut_short_is_noticed(file: RideFile) -> None:
    file.save(fitted())
    file.path.write_bytes(file.path.read_bytes()[:-1_000])
    assert file.demand_in_use().problem is not None


def test_a_folder_that_cannot_be_made_is_a_clear_problem(tmp_path: Path) -> None:
    (tmp_path / "trips").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError) as failed:
        RideFile(tmp_path / "trips" / "rides.json").save(built_in())
    assert failed.value.code == "home.not_writable"


def test_a_folder_where_the_file_should_be_is_damage(file: RideFile) -> None:
    file.path.mkdir(parents=True)
    assert file.demand_in_use().problem is not None

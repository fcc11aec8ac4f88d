"""What a task of a cluster refuses, and what is said where Ray is not installed.

Ray itself is not needed here.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from tests.support.trip_files import bytes_of, packed, write_rides

from drivetrain.core.errors import UnavailableError
from drivetrain.trips.bulk.adapters import ray_engine
from drivetrain.trips.bulk.adapters.folder_claim import CLAIM
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders
from drivetrain.trips.bulk.adapters.ray_engine import RayEngine, Work
from drivetrain.trips.bulk.domain.bulk import plan


@pytest.fixture
def work(tmp_path):
    """Work on one file, as a worker gets it while the driver holds the folder."""
    write_rides(tmp_path / "in/a.parquet", 50)
    folders, model = ParquetFolders(tmp_path / "in", tmp_path / "out"), packed()
    with folders.claimed():
        token = (folders.target / CLAIM).read_bytes()
        yield Work(plan(folders.sources().files), model, model.stamp, folders.root, folders.target, token)


def test_a_task_scores_its_fragment_and_again_makes_the_identical_file(work):
    assert ray_engine._score(work, work.fragments[0]).rows == 50
    before = bytes_of(work.target)
    assert ray_engine._score(work, work.fragments[0]).failure is None
    assert bytes_of(work.target) == before


@pytest.mark.parametrize(
    "change",
    [
        {"token": b"of another run"},  # the same path, another folder
        {"target": "nowhere"},
        {"root": "nowhere"},
    ],
)
def test_a_node_that_does_not_see_the_folders_is_named_and_stops_the_run(work, change, tmp_path):
    changed = replace(
        work, **{name: tmp_path / value if name != "token" else value for name, value in change.items()}
    )
    failure = ray_engine._score(changed, work.fragments[0]).failure
    assert (failure.code, failure.stops) == ("trips.folder_not_shared", True)
    assert "shared storage" in failure.detail
    assert not list(work.target.glob("*.parquet"))


def test_a_fragment_that_ends_its_worker_again_and_again_is_given_up(work):
    for number in range(8):
        (work.target / f".{work.fragments[0].output}.{number}-aa.unfinished").touch()
    failure = ray_engine._score(work, work.fragments[0]).failure
    assert (failure.code, failure.stops) == ("trips.worker_lost", False)


def test_the_model_is_loaded_once_in_a_process(work, monkeypatch):
    monkeypatch.setattr(ray_engine, "_held", {})
    assert ray_engine._held_model(work) is ray_engine._held_model(work)


def test_files_that_changed_on_the_way_are_not_loaded(work, monkeypatch):
    monkeypatch.setattr(ray_engine, "_held", {})
    changed = replace(work, stamp=replace(work.stamp, model_sha256="00"))
    with pytest.raises(AssertionError, match="changed on the way"):
        ray_engine._held_model(changed)


def test_where_ray_is_missing_it_is_said_what_to_install(work, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UnavailableError) as missing:
        list(RayEngine(work.root, work.target, address=None).run(work.fragments, work.model))
    assert missing.value.code == "trips.ray_not_installed"
    assert "pip install 'drivetrain[ray]'" in missing.value.detail

"""Every store of objects keeps the promises of the port."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.support.lake import MemoryObjects

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.core.errors import InvalidInputError, NotFoundError, UnavailableError
from drivetrain.core.objects import Objects


@pytest.fixture(params=["memory", "folder"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return MemoryObjects() if request.param == "memory" else FolderObjects(tmp_path / "lake")


def test_what_was_put_is_there(objects: Objects) -> None:
    assert objects.put_new("a/b=1/c.parquet", b"bytes")
    assert objects.get("a/b=1/c.parquet") == b"bytes"


def test_a_name_is_given_once(objects: Objects) -> None:
    assert objects.put_new("a/b", b"first")
    assert not objects.put_new("a/b", b"second")
    assert objects.get("a/b") == b"first"


def test_of_many_who_put_one_name_one_succeeds(objects: Objects) -> None:
    together, won = threading.Barrier(8), list[int]()

    def put(number: int) -> None:
        together.wait()
        if objects.put_new("a/b", bytes([number]) * 1_000):
            won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert objects.get("a/b") == bytes(won) * 1_000


def test_names_are_sorted_and_those_of_their_folder_alone(objects: Objects) -> None:
    for name in ("a/2/x", "a/10/x", "ab/x", "a/1/y"):
        objects.put_new(name, b"")
    assert list(objects.names("a")) == ["a/1/y", "a/10/x", "a/2/x"]
    assert list(objects.names("a", after="a/10")) == ["a/10/x", "a/2/x"]
    assert list(objects.names("nothing")) == []


def test_what_was_removed_is_gone_and_removing_it_again_is_no_error(objects: Objects) -> None:
    objects.put_new("a/b/c", b"")
    objects.put_new("a/b/d", b"")
    for _ in range(2):
        objects.remove(["a/b/c"])
    assert list(objects.names("a")) == ["a/b/d"]
    objects.remove(["a/b/d"])
    assert list(objects.names("a")) == []
    with pytest.raises(NotFoundError) as raised:
        objects.get("a/b/c")
    assert raised.value.code == "objects.not_found"


@pytest.mark.parametrize("name", ["", "/etc/passwd", "a//b", "../b", "a/../../b", "a/.hidden"])
def test_a_folder_has_no_objects_outside_of_it_or_hidden_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError):
        FolderObjects(tmp_path).put_new(name, b"")


def test_what_a_killed_process_left_is_no_object(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path)
    objects.put_new("a/b", b"whole")
    (tmp_path / "a" / ".c.17-00.unfinished").write_bytes(b"ha")
    assert list(objects.names("a")) == ["a/b"]


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(UnavailableError):
        FolderObjects(tmp_path / "lake").put_new("a/b", b"")

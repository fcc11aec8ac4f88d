"""Several files kept as one: the same files give the same bytes, and come out as they went in."""

from __future__ import annotations

import pytest

from drivetrain.lifecycle.data.table_parts import join_parts, open_parts


def test_the_parts_come_out_as_they_went_in_by_name(tmp_path):
    for name, content in (("b.csv", b"2"), ("a.csv", b"1" * 1000)):
        (tmp_path / name).write_bytes(content)
    join_parts([tmp_path / "b.csv", tmp_path / "a.csv"], tmp_path / "table.tar")
    with open_parts(tmp_path / "table.tar") as parts:
        assert [(part.name, part.read_bytes()) for part in parts] == [("a.csv", b"1" * 1000), ("b.csv", b"2")]
    assert not any(part.exists() for part in parts)


def test_the_same_files_give_the_same_archive_whenever_they_are_put_together(tmp_path):
    archives = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_bytes(b"1")
        (tmp_path / folder / "a.csv").chmod(0o600 if folder == "one" else 0o644)
        join_parts([tmp_path / folder / "a.csv"], tmp_path / f"{folder}.tar")
        archives.append((tmp_path / f"{folder}.tar").read_bytes())
    assert archives[0] == archives[1]


def test_a_plain_file_is_its_own_only_part(tmp_path):
    (tmp_path / "table.csv").write_bytes(b"1")
    with open_parts(tmp_path / "table.csv") as parts:
        assert parts == [tmp_path / "table.csv"]


@pytest.mark.parametrize("content", [b"", b"no archive" * 100])
def test_a_broken_archive_is_an_error(tmp_path, content):
    (tmp_path / "table.tar").write_bytes(content)
    with pytest.raises(ValueError, match="broken"), open_parts(tmp_path / "table.tar"):
        pass

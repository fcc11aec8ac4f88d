"""A table is referred to by its contents."""

from __future__ import annotations

import hashlib
import json

import pytest

from drivetrain.lifecycle.data.datasets import refer_to, sha256_of


def test_the_version_is_the_beginning_of_the_digest(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n1,2\n" * 300_000)  # more than one block
    reference = refer_to(path, name="rental-pricing", source="A test.", licence="unstated", is_synthetic=True)
    assert reference.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == sha256_of(path)
    assert reference.version == reference.sha256[:12]


def test_a_reference_as_plain_values_does_not_say_where_the_file_lies(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"")
    plain = refer_to(path, name="t", source="s", licence="l", is_synthetic=False).as_dict()
    assert set(plain) == {"name", "version", "sha256", "source", "licence", "is_synthetic"}
    assert str(tmp_path) not in json.dumps(plain)


def test_a_file_that_is_not_there_cannot_be_referred_to(tmp_path):
    with pytest.raises(FileNotFoundError):
        refer_to(tmp_path / "none", name="t", source="s", licence="l", is_synthetic=False)

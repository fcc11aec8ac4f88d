"""Published files are read packed and plain, with quoted cells and short rows."""

from __future__ import annotations

import gzip

import pytest

from drivetrain.market.listings.adapters.commands import opened

TEXT = '\ufeffmake,model\nBMW,"3 ""Series""\nline"\nAudi\n'


@pytest.mark.parametrize("is_packed", [False, True])
def test_opened(tmp_path, is_packed):
    path = tmp_path / "cars"
    octets = TEXT.encode()
    path.write_bytes(gzip.compress(octets) if is_packed else octets)
    with opened(path) as rows:
        assert list(rows) == [{"make": "BMW", "model": '3 "Series"\nline'}, {"make": "Audi", "model": None}]

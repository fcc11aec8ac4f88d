"""An origin that could not be trusted or recognized cannot even be written down."""

from __future__ import annotations

import pytest

from drivetrain.lifecycle.data.table_specs import Origin


@pytest.mark.parametrize(
    ("url", "recognized_by"),
    [
        ("http://example.org/a.csv", {"rows": 3}),  # anybody on the way could change it
        ("file:///etc/passwd", {"rows": 3}),
        ("https://example.org/a.csv", {}),  # neither checksum nor rows
    ],
)
def test_refused_origins(url, recognized_by):
    with pytest.raises(ValueError, match=r"https only|could not be recognized"):
        Origin(url, limit_bytes=10, **recognized_by)


def test_an_origin_knows_its_host():
    assert Origin("https://example.org/a.csv", limit_bytes=10, rows=3).host == "example.org"

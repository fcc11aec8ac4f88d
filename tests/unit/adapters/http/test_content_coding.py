"""Which coding a client wants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.adapters.http.content_coding import preferred_coding

OFFERED = ["br", "gzip"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),  # says nothing
        ("gzip, deflate, br, zstd", "br"),  # every browser
        ("gzip, deflate", "gzip"),  # a browser over plain HTTP
        ("GZIP", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0.4, br;q=0", "gzip"),
        ("identity;q=0", "identity"),  # nothing is left, and an error would help nobody
        ("*;q=0", "identity"),
        ("br;q=2", "identity"),  # no weight
        ("br;q=nan, gzip;q=x", "identity"),
        ("br;level=3", "identity"),
        (",,;q=1,", "identity"),
        ("deflate, zstd", "identity"),  # not offered
    ],
)
def test_the_highest_weight_decides_and_among_equals_the_better_coding(accepted: str, coding: str) -> None:
    assert preferred_coding(accepted, OFFERED) == coding


def test_what_is_not_offered_is_not_given() -> None:
    assert preferred_coding("br, gzip", ["gzip"]) == "gzip"
    assert preferred_coding("*", []) == "identity"


@given(st.text())
def test_any_header_gets_an_answer(accepted: str) -> None:
    assert preferred_coding(accepted, OFFERED) in {*OFFERED, "identity"}

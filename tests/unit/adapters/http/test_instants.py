"""Instants are read with their zone or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivetrain.adapters.http.instants import read_instant
from drivetrain.core.errors import ContractError


@pytest.mark.parametrize(
    "text", ["2026-05-01T09:30:00Z", "2026-05-01T11:30:00+02:00", "2026-04-30T23:30-10:00"]
)
def test_every_zone_leads_to_utc(text):
    assert read_instant(text, "/at") == datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    assert read_instant(text, "/at").tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-05-01T09:30:00", "2026-05-01", "09:30Z", "", "now", "0001-01-01T00:00:00+14:00"]
)
def test_what_names_no_instant_is_refused(text):
    with pytest.raises(ContractError) as refusal:
        read_instant(text, "/at")
    assert refusal.value.errors[0].pointer == "/at"

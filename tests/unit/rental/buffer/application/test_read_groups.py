"""The groups of an analysis, without its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.support.buffer_fakes import OneAnalysis

from drivetrain.core.errors import ConflictError
from drivetrain.rental.buffer.application.ports import FinishedAnalysis
from drivetrain.rental.buffer.application.read_groups import ReadGroups


class OldAnalysis(OneAnalysis):
    """One that was made before rentals were grouped."""

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        analysis = super().__call__(analysis_id)
        record: dict[str, Any] = {name: part for name, part in analysis.record.items() if name != "groups"}
        return replace(analysis, record=record)  # type: ignore[arg-type]


def test_all_rentals_of_the_table_are_in_a_group() -> None:
    answer = ReadGroups(OneAnalysis())()
    groups = answer.groups["groups"]
    assert sum(group["rentals"] for group in groups) == answer.record["table"]["used"]
    assert {group["state"] for group in groups} == {"ended", "canceled"}
    assert {group["checkin_type"] for group in groups} == {"connect", "mobile"}
    for group in groups:
        assert (group["gap"] is None) == (group["previous"] is None)
        assert group["delay"] is None or 0 <= group["delay"] <= len(answer.groups["delay_edges_min"])
        assert group["gap"] is None or 0 <= group["gap"] <= len(answer.groups["gap_edges_min"])


def test_an_analysis_without_groups_says_what_to_do() -> None:
    with pytest.raises(ConflictError) as raised:
        ReadGroups(OldAnalysis())()
    assert raised.value.code == "rental.analysis_without_groups"

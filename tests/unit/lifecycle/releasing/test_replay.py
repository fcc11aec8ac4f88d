"""A replay goes through whatever stands in the ledger: what a version cannot answer is counted, and ends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.releasing.comparison import PairedDifference
from drivetrain.lifecycle.releasing.replay import RecordedDecision, Window, replay

NOW = datetime(2026, 5, 2, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW, most=100)


class Ledger:
    """Chunks of decisions."""

    def __init__(self, *chunks: Sequence[RecordedDecision]) -> None:
        self.chunks = chunks

    def count(self, model: str, *, since: datetime, until: datetime) -> int:
        return sum(map(len, self.chunks))

    def read(
        self, model: str, *, since: datetime, until: datetime, most: int
    ) -> Iterator[Sequence[RecordedDecision]]:
        yield from self.chunks


def recorded(
    number: int, price: float, mileage: object = None, text: bytes | None = None
) -> RecordedDecision:
    asked = text or json.dumps({"mileage": number if mileage is None else mileage}).encode()
    return RecordedDecision(f"id-{number}", "shop", "1", asked, json.dumps({"price": price}).encode())


def tenth(model, columns):
    """A price for each mileage; breaks as a whole on one that is no number, as a table of numbers does."""
    return [json.dumps({"price": float(mileage) / 10}).encode() for mileage in columns["mileage"]]


def told(*chunks: Sequence[RecordedDecision]):
    with SilentProgress().stage("replay", total=1, unit="decisions") as stage:
        return replay(Ledger(*chunks), "m", None, WINDOW, tenth, PairedDifference("price", []), stage)


def test_rows_that_break_the_version_are_counted_and_those_beside_them_are_answered():
    odd = [
        recorded(3, 0.3, mileage="many"),
        recorded(4, 0.4, text=b'{"other": 1}'),
        recorded(5, 0.5, text=b"{"),
    ]
    report = told([recorded(1, 0.1), *odd, recorded(2, 0.2)], [recorded(6, 0.6)])
    assert (report["decisions"], report["identical"], report["failed"]) == (3, 3, 3)
    assert report["failed_examples"] == ["id-3", "id-4", "id-5"]


def test_a_window_that_it_cannot_answer_at_all_is_told_as_such():
    report = told([recorded(3, 0.3, mileage="many")])
    assert (report["decisions"], report["failed"]) == (0, 1)


def test_an_empty_window():
    assert told() == {"decisions": 0, "identical": 0, "failed": 0, "answered_by": {}}


def test_without_a_begin_it_is_the_day_before_the_end():
    assert Window.of_request(None, NOW, 100) == WINDOW


@pytest.mark.parametrize("since", [NOW, NOW + timedelta(seconds=1), None], ids=str)
def test_a_window_that_ends_before_it_begins_is_refused(since):
    # nothing lies before the first day of all
    until = datetime.min.replace(tzinfo=UTC) if since is None else NOW
    with pytest.raises(InvalidInputError) as raised:
        Window.of_request(since, until, 5)
    assert raised.value.code == "replay.empty_window"

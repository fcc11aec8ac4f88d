"""The list of doubtful decisions: judged by the whole request, answered again by their own versions, bounded in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any

from drivetrain.core.errors import NotFoundError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.contracts import NumberColumn
from drivetrain.lifecycle.releasing.find_misread_decisions import (
    MOST_WAITING,
    QUIET_CHUNKS,
    FindMisreadDecisions,
    MisreadDecision,
    SearchCounts,
)
from drivetrain.lifecycle.releasing.replay import RecordedDecision, Window

NOW = datetime(2026, 5, 2, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)

MILEAGE = NumberColumn("mileage", "", "km", 0, 1_500_000, 0, 400_000, example=1)
ASKING_PRICE = NumberColumn("asking_price", "", "EUR", 1, 500_000, 500, 80_000, example=1, whole=False)


def answer_of(row: dict[str, Any], factor: float = 1.0) -> dict[str, Any]:
    """A price that falls with the mileage, and a verdict where there is an asking price."""
    price = round(factor * 200 / (1 + row["mileage"] / 100_000), 2)
    asked = row.get("asking_price")
    verdict = {} if asked is None else {"verdict": "great" if asked < price * 100 else "fair"}
    return {"price": price, "range": {"low": price - 1}, **verdict}


def answers(factor: float, columns: dict[str, list[Any]]) -> list[bytes]:
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    if any(row["mileage"] == 13_000 for row in rows):
        raise ValueError("the version cannot answer it")
    return [json.dumps(answer_of(row, factor)).encode() for row in rows]


SPEC = SimpleNamespace(
    contract=SimpleNamespace(columns=(MILEAGE,)),
    request_columns=(ASKING_PRICE,),
    value_field="price",
    load=lambda files, ref: float(files["factor"]),
    rule=SimpleNamespace(ledger_answers=answers),
)


class Catalog:
    """Versions 1 and 2."""

    def version(self, model: str, version: str) -> str:
        if version not in {"1", "2"}:
            raise NotFoundError(f"There is no version {version}.", code="model.version_not_found")
        return version


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


def made(request: str, *rows: int | dict[str, Any], version: str = "1") -> list[RecordedDecision]:
    full = [{"mileage": row} if isinstance(row, int) else row for row in rows]
    return [
        RecordedDecision(
            f"{request}-{number}",
            NOW,
            "shop",
            request,
            version,
            json.dumps(row).encode(),
            json.dumps(answer_of(row)).encode(),
        )
        for number, row in enumerate(full)
    ]


def search(
    *chunks: Sequence[RecordedDecision], single_rows: bool = False
) -> tuple[list[MisreadDecision], SearchCounts]:
    counts = SearchCounts()
    find = FindMisreadDecisions(
        Catalog(), Ledger(*chunks), lambda _: SPEC, lambda version: {"factor": version.encode()}
    )
    return list(find("m", WINDOW, SilentProgress(), counts, single_rows=single_rows)), counts


def ids(decisions: Sequence[MisreadDecision]) -> list[str]:
    return [decision.decision.decision_id for decision in decisions]


def test_a_file_of_small_mileages_is_listed_with_both_readings_and_both_answers() -> None:
    listed, counts = search(made("a", 150, 20))
    assert ids(listed) == ["a-0", "a-1"]
    assert listed[0].as_dict() == {
        "decision_id": "a-0",
        "decided_at": "2026-05-02T00:00:00.000000Z",
        "model": "m",
        "version": "1",
        "caller": "shop",
        "request_id": "a",
        "request_rows": 2,
        "numbers": [{"column": "mileage", "as_decimal": 150, "as_groups": 150_000}],
        "is_unusual": False,
        "answered": 199.7,
        "changes": [{"field": "price", "from": 199.7, "to": 80.0}],
        "remark": "",
    }
    assert listed[0].in_words() == (
        "mileage was read as 150 and may mean 150,000; price 199.7 would have been 80.0"
    )
    assert (counts.decisions, counts.listed, counts.single_rows) == (2, 2, 0)
    assert "2 of 2 decisions may rest on" in counts.in_words()


def test_a_request_with_a_number_of_four_digits_wrote_it_without_groups_wherever_it_stands() -> None:
    listed, _ = search(made("before", 1_234, 150), made("after", 150, 1_234), made("other", 150, 30))
    assert ids(listed) == ["other-0", "other-1"]


def test_each_column_is_judged_by_itself() -> None:
    rows = [{"mileage": 90_000, "asking_price": 8.2}, {"mileage": 150, "asking_price": 7.5}]
    listed, _ = search(made("deals", *rows))
    assert [[number.column for number in decision.numbers] for decision in listed] == [["asking_price"]] * 2
    assert listed[0].as_dict()["is_unusual"] is True
    assert [change[0] for change in listed[0].changes] == []  # 8,200 is still a great price
    both, _ = search(
        made("deals", {"mileage": 150, "asking_price": 30.0}, {"mileage": 2, "asking_price": 9.5})
    )
    assert both[0].changes == [("price", 199.7, 80.0), ("verdict", "great", "fair")]


def test_a_request_of_one_row_is_counted_and_listed_when_asked_for() -> None:
    ledger = made("alone", 150) + made("pair", 150, 20)
    listed, counts = search(ledger)
    assert (ids(listed), counts.single_rows) == (["pair-0", "pair-1"], 1)
    assert "1 more came alone" in counts.in_words()
    listed, counts = search(ledger, single_rows=True)
    assert (sorted(ids(listed)), counts.single_rows) == (["alone-0", "pair-0", "pair-1"], 0)


def test_each_decision_is_answered_again_by_its_own_version() -> None:
    listed, _ = search(made("a", 150, 20, version="2"))
    assert listed[0].changes == [("price", 199.7, 160.0)]


def test_a_version_that_is_gone_or_cannot_answer_is_a_remark() -> None:
    listed, _ = search(made("a", 150, 20, version="9"), made("b", 13, 20))
    by_id = {decision.decision.decision_id: decision for decision in listed}
    assert (by_id["a-0"].changes, by_id["a-0"].remark) == ((), "There is no version 9.")
    assert by_id["b-0"].remark == "Version 1 cannot answer the row."
    assert by_id["b-1"].changes and not by_id["b-1"].remark


def test_the_rows_of_a_request_may_lie_in_several_chunks_with_others_between_them() -> None:
    first, second = made("long", 150, 20)
    quiet = [made(f"json-{number}", 90_000) for number in range(QUIET_CHUNKS - 1)]
    listed, counts = search([first], *quiet, [second])
    assert ids(listed) == ["long-0", "long-1"]
    assert {decision.request_rows for decision in listed} == {2}
    assert counts.decisions == QUIET_CHUNKS + 1


def test_a_request_is_over_after_quiet_chunks_so_that_memory_stays_bounded() -> None:
    """The list begins before the ledger ends, and a long file does not wait for its last row."""

    class Endless(Ledger):
        def read(self, *_: object, **__: object) -> Iterator[Sequence[RecordedDecision]]:
            yield made("early", 150, 20)
            while True:
                yield made("json", 90_000)

    find = FindMisreadDecisions(
        Catalog(), Endless(), lambda _: SPEC, lambda version: {"factor": version.encode()}
    )
    decisions = find("m", WINDOW, SilentProgress(), SearchCounts(), single_rows=False)
    assert ids(list(islice(decisions, 2))) == ["early-0", "early-1"]

    class LongFile(Ledger):
        def read(self, *_: object, **__: object) -> Iterator[Sequence[RecordedDecision]]:
            while True:
                yield made("file", *range(1, 101))

    find = FindMisreadDecisions(
        Catalog(), LongFile(), lambda _: SPEC, lambda version: {"factor": version.encode()}
    )
    (first,) = islice(find("m", WINDOW, SilentProgress(), SearchCounts(), single_rows=False), 1)
    assert first.request_rows == MOST_WAITING


def test_progress_counts_every_decision_of_the_window() -> None:
    class Counting:
        total = done = 0

        @contextmanager
        def stage(self, name: str, *, total: int, unit: str) -> Iterator[Any]:
            self.total = total
            yield self

        def advance(self, count: int = 1) -> None:
            self.done += count

    progress = Counting()
    find = FindMisreadDecisions(Catalog(), Ledger(made("a", 5, 6), made("b", 9_000)), lambda _: SPEC, {}.get)
    list(find("m", WINDOW, progress, SearchCounts(), single_rows=False))
    assert (progress.total, progress.done) == (3, 3)


def test_an_empty_ledger() -> None:
    listed, counts = search()
    assert (listed, counts.in_words()) == (
        [],
        "0 of 0 decisions may rest on digit groups read as decimals.",
    )

"""Listing logged decisions whose numbers may have been read wrongly, with what their answers would have been."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from drivetrain.core.progress import Progress, Stage
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.data.contracts import Contract, NumberColumn
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.digit_groups import (
    DoubtfulNumber,
    doubtful_numbers,
    regrouped,
    without_groups,
)
from drivetrain.lifecycle.releasing.redeciding import answers_or_none
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.releasing.replay import (
    LedgerWindow,
    ModelOf,
    RecordedDecision,
    ReplayableModel,
    UnloadableVersion,
    Window,
    models_by_version,
)

MOST_WAITING = 2_000
"""Doubtful decisions of one request that are kept until all of its rows were seen; a longer file is judged by these."""

ChangedField = tuple[str, object, object]
"""Name of a field of an answer, what was answered, and what would have been."""

QUIET_CHUNKS = 10
"""Chunks of the ledger without a row of a request, after which the request counts as over: other decisions lie between
the rows of a long file, and this many of them never do."""


class MisreadableModel(ReplayableModel, Protocol):
    """The part of a model's specification that the search needs."""

    @property
    def contract(self) -> Contract:
        """What its rows hold."""
        ...

    @property
    def request_columns(self) -> Sequence[NumberColumn]:
        """Numbers that a request may add to them."""
        ...


@dataclass(frozen=True, slots=True)
class MisreadDecision:
    """A decision that may rest on a number that was read wrongly.

    Attributes:
        request_rows: rows of its request, as far as they were seen.
        answered: the amount or word that was answered.
        changes: the fields of the answer that the same version answers differently where the numbers are read the
            other way.
        remark: why that is not known; empty where it is.
    """

    model: str
    decision: RecordedDecision
    request_rows: int
    numbers: Sequence[DoubtfulNumber]
    answered: object
    changes: Sequence[ChangedField]
    remark: str

    def in_words(self) -> str:
        """What may be wrong with it, as one sentence."""
        numbers = " and ".join(
            f"{number.column} was read as {number.as_decimal:.10g} and may mean {number.as_groups:,.10g}"
            for number in self.numbers
        )
        changes = " and ".join(f"{name} {old} would have been {new}" for name, old, new in self.changes)
        return f"{numbers}; {self.remark or changes or 'the answer would have been the same'}"

    def as_dict(self) -> dict[str, object]:
        """The decision as plain values."""
        return {
            "decision_id": self.decision.decision_id,
            "decided_at": iso_utc(self.decision.decided_at),
            "model": self.model,
            "version": self.decision.version,
            "caller": self.decision.caller,
            "request_id": self.decision.request_id,
            "request_rows": self.request_rows,
            "numbers": [number.as_dict() for number in self.numbers],
            "is_unusual": any(number.is_unusual for number in self.numbers),
            "answered": self.answered,
            "changes": [{"field": name, "from": old, "to": new} for name, old, new in self.changes],
            "remark": self.remark,
        }


@dataclass(slots=True)
class SearchCounts:
    """What a search went through.

    Attributes:
        decisions: all decisions of the window.
        listed: those that may rest on a number that was read wrongly.
        single_rows: doubtful ones that are not listed because their request had one row.
    """

    decisions: int = 0
    listed: int = 0
    single_rows: int = 0

    def in_words(self) -> str:
        """What the list means, for whoever reads it."""
        sentences = [
            f"{self.listed:,} of {self.decisions:,} decisions may rest on digit groups read as decimals."
        ]
        if self.listed:
            sentences.append(
                "The ledger has the number that was read and not what was written: ask whoever sent the rows."
            )
        if self.single_rows:
            sentences.append(
                f"{self.single_rows:,} more came alone, nearly always as JSON, and are not listed (--single-rows)."
            )
        return " ".join(sentences)


@dataclass(frozen=True, slots=True)
class FindMisreadDecisions:
    """Lists the decisions of a model that may rest on a number whose digit groups were read as decimals.

    Memory holds a few chunks of the ledger, whatever the window.

    Attributes:
        model_named: the specification of a model.
        open_version: the verified files of a registered version.
    """

    catalog: ModelCatalog
    ledger: LedgerWindow
    model_named: Callable[[str], MisreadableModel]
    open_version: Callable[[ModelVersion], Files]

    def __call__(
        self, model: str, window: Window, progress: Progress, counts: SearchCounts, *, single_rows: bool
    ) -> Iterator[MisreadDecision]:
        """The doubtful decisions of a window, newest request first.

        Args:
            counts: is added to as the search goes on.
            single_rows: whether decisions of requests with one row are listed too. Nearly all of these were asked
                for in JSON, where a number has no digit groups.
        """
        spec = self.model_named(model)
        columns = [
            column
            for column in (*spec.contract.columns, *spec.request_columns)
            if isinstance(column, NumberColumn)
        ]
        model_of = models_by_version(self.catalog, self.open_version, spec, model)
        stored = self.ledger.count(model, since=window.since, until=window.until)
        with progress.stage(model, total=min(window.most, stored), unit="decisions") as stage:
            for request in _requests(self.ledger, model, columns, window, stage, counts):
                doubtful = request.take()
                if request.rows == 1 and not single_rows:
                    counts.single_rows += len(doubtful)
                    continue
                counts.listed += len(doubtful)
                yield from _answered(model, spec, model_of, request.rows, doubtful)


@dataclass(slots=True)
class _Request:
    """The rows of one request, as far as they were seen.

    Attributes:
        plain: columns in which a row shows that the file did not group digits by points.
        last_chunk: number of the chunk of the ledger with its latest row.
    """

    rows: int = 0
    last_chunk: int = 0
    plain: frozenset[str] = frozenset()
    waiting: list[tuple[RecordedDecision, tuple[DoubtfulNumber, ...]]] = field(default_factory=list)

    def add(self, columns: Sequence[NumberColumn], decision: RecordedDecision, chunk: int) -> None:
        """Take a row."""
        self.rows += 1
        self.last_chunk = chunk
        row = orjson.loads(decision.input_json)
        self.plain |= without_groups(columns, row)
        doubtful = doubtful_numbers([column for column in columns if column.name not in self.plain], row)
        if doubtful:
            self.waiting.append((decision, doubtful))

    def take(self) -> list[tuple[RecordedDecision, tuple[DoubtfulNumber, ...]]]:
        """The doubtful decisions that wait, without the numbers of columns that turned out to be plain."""
        waiting, self.waiting = self.waiting, []
        judged = [
            (decision, tuple(number for number in numbers if number.column not in self.plain))
            for decision, numbers in waiting
        ]
        return [(decision, numbers) for decision, numbers in judged if numbers]


def _requests(
    ledger: LedgerWindow,
    model: str,
    columns: Sequence[NumberColumn],
    window: Window,
    stage: Stage,
    counts: SearchCounts,
) -> Iterator[_Request]:
    """Requests with doubtful decisions, each when its rows are complete; a long one in parts."""
    requests: dict[str, _Request] = {}
    chunks = ledger.read(model, since=window.since, until=window.until, most=window.most)
    for number, chunk in enumerate(chunks):
        for decision in chunk:
            request = requests.setdefault(decision.request_id, _Request())
            request.add(columns, decision, number)
            if len(request.waiting) >= MOST_WAITING:
                yield request
        over = [key for key, request in requests.items() if request.last_chunk <= number - QUIET_CHUNKS]
        yield from (request for request in map(requests.pop, over) if request.waiting)
        counts.decisions += len(chunk)
        stage.advance(len(chunk))
    yield from (request for request in requests.values() if request.waiting)


def _answered(
    model: str,
    spec: MisreadableModel,
    model_of: ModelOf,
    request_rows: int,
    doubtful: Sequence[tuple[RecordedDecision, tuple[DoubtfulNumber, ...]]],
) -> Iterator[MisreadDecision]:
    """The decisions of a request, each with the answer to its numbers read the other way."""
    for decision, numbers in doubtful:
        answer = json.loads(decision.answer_json)
        changes, remark = _changes(spec, model_of(decision.version), decision, numbers, answer)
        answered = answer.get(spec.value_field)
        yield MisreadDecision(model, decision, request_rows, numbers, answered, changes, remark)


def _changes(
    spec: MisreadableModel,
    loaded: Any,
    decision: RecordedDecision,
    numbers: Sequence[DoubtfulNumber],
    answer: Mapping[str, object],
) -> tuple[Sequence[ChangedField], str]:
    """What the version that decided answers differently to numbers read the other way, or why that is unknown."""
    if isinstance(loaded, UnloadableVersion):
        return (), loaded.reason
    row = regrouped(orjson.loads(decision.input_json), numbers)
    (again,) = answers_or_none(spec.rule.ledger_answers, loaded, [orjson.dumps(row)])
    if again is None:
        return (), f"Version {decision.version} cannot answer the row."
    fields = json.loads(again)
    return [
        (name, answer.get(name), value)
        for name, value in fields.items()
        if value != answer.get(name) and not isinstance(value, (dict, list))
    ], ""
